import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { acknowledgements } from './acknowledge.ts';
import { findCovering } from './covering.ts';
import { emptyWatch } from './empty-watch.ts';
import { heartbeat } from './heartbeat.ts';
import type { IngestTask } from './ingest.ts';
import { intake } from './intake.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { Log } from './log.ts';
import { parseNotification, type AnnouncedObject } from './notification.ts';
import { outageOf } from './outage.ts';
import type { MessageOutcome, ObjectOutcome, SkipReason } from './outcome.ts';
import type { Queue, QueueMessage } from './queue.ts';
import { storeWatch, type StoreWatchOptions } from './store-watch.ts';
import { newTally, type ConsumeReport } from './tally.ts';
import { workerPool, type PartOfDay } from './worker-pool.ts';
import { parseSourceObject, type DataObject } from '../schemas/source-object.ts';
import { SetupError } from '../storage/aws-setup.ts';
import type { ObjectStore } from '../storage/store.ts';

export interface ConsumeOptions {
  readonly queue: Queue;
  readonly corporate: ObjectStore;
  readonly published: ObjectStore;
  readonly keyRing: KeyRing;
  readonly startWorker: () => Worker;
  readonly workers: number;
  /** Bytes of source objects in work at once. */
  readonly inFlightBytes: number;
  readonly visibilityTimeoutMs: number;
  /** End when the queue holds nothing, in flight elsewhere included, and everything is durable. */
  readonly drain: boolean;
  /** Stops taking messages in, finishes what is being read, writes it, and ends. */
  readonly stop: AbortSignal;
  /**
   * How long messages may be held while nothing is written or acknowledged.
   *
   * @defaultValue ten minutes
   */
  readonly stalledMs?: number;
  /**
   * Receives that may fail in a row before the consumer gives up.
   *
   * @defaultValue 30, which with the pauses between them is ten minutes
   */
  readonly mostFailedReceives?: number;
  readonly onWritten: (written: PartOfDay) => void;
  /** Called when nothing is received any more because the key service or a store is out, and when that is over. */
  readonly onPause?: (pause: { readonly reason: string } | undefined) => void;
  readonly log: Log;
  /** Of the stores, when they are out. */
  readonly storeProbes?: StoreWatchOptions;
}

export interface Consumer {
  report(): ConsumeReport;
  health(): ConsumerHealth;
  /**
   * @throws {StalledError} when messages were held and nothing was committed for too long (R-LIVENESS).
   * @throws {BrokenWorkerError} when a worker thread could not start.
   */
  readonly finished: Promise<ConsumeReport>;
}

/** How a consumer is at the moment. */
export interface ConsumerHealth {
  /** `stalled` also when no worker thread could start. */
  readonly state: 'working' | 'stopping' | 'stalled';
  /** Messages. */
  readonly held: number;
  /** When files were written or a message was acknowledged last. */
  readonly lastCommitAt: Date | undefined;
  /** Whether nothing is received because the key service or a store is out. */
  readonly paused: boolean;
}

/** Messages are held, and nothing was committed for too long; a new process may do better. */
export class StalledError extends Error {
  override readonly name = 'StalledError';
}

/** A worker thread could not start. */
export class BrokenWorkerError extends Error {
  override readonly name = 'BrokenWorkerError';
}

const POLLERS = 3;
const OBJECTS_PER_WORKER = 4;
const RECEIVE_BATCH = 10;
/** What an object counts for when its event does not tell its size. */
const UNKNOWN_BYTES = 1 << 20;
/** Messages held while they wait for a flush; more make it come early. SQS allows 120,000 in flight. */
const MOST_HELD = 20_000;
const STOP_GRACE_MS = 60_000;

type ObjectResult =
  | ObjectOutcome
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  /** Not begun, because the consumer is stopping. */
  | { readonly kind: 'turned-away' };

type Settlement =
  | { readonly kind: Exclude<MessageOutcome, 'released'> }
  | { readonly kind: 'released'; readonly delayMs: number; readonly countReceive: boolean };

/**
 * Consumes the queue.
 *
 * A message is *held* from its receive, with a heartbeat, until every object it announces has an outcome; then it is
 * deleted, or released if anything has to be tried again. Deleting comes after everything that holds its
 * lines is durable, and no option changes that (R-ORDER).
 *
 * An object waits at the intake, is read by a worker, and is settled when its rows are durable. Two messages about
 * one version of an object share one reading. One that is gone is settled through the coalesced object that
 * covers it. During an outage of the key service or a store nothing is received, and what is held stays held:
 * giving it back would spend a receive on SQS (R-OUTAGE).
 */
export function startConsumer(options: ConsumeOptions): Consumer {
  const {
    queue,
    corporate,
    published,
    keyRing,
    stop,
    stalledMs = 600_000,
    mostFailedReceives = 30,
    log,
  } = options;
  const tally = newTally();
  const beat = heartbeat(queue, options.visibilityTimeoutMs, log);
  const acknowledge = acknowledgements(queue, tally, log);
  const held = new Map<QueueMessage, Promise<void>>();
  const shared = new Map<string, Promise<ObjectOutcome | { kind: 'turned-away' }>>();
  const drained = new AbortController();
  const emptiness = emptyWatch(queue.depthLagMs);
  /** Aborted with what ends the consumer at once; messages come back when their time is over. */
  const fatal = new AbortController();
  const ended = AbortSignal.any([stop, drained.signal]);
  const stores = storeWatch([corporate, published], options.storeProbes);
  const outage = outageOf(
    { KeyService: keyRing, Store: stores },
    {
      signal: ended,
      onPause: options.onPause,
      held: () => held.size,
      log,
    },
  );
  /** Objects that are waited for, looked for or being read: more lines may come of them at once. */
  let unread = 0;
  let lastCommitMs: number | undefined;
  /** Of the last commit, or of the last time that none was to be expected. */
  let lastMoveMs = Date.now();

  const pool = workerPool({
    ...options,
    objectsPerWorker: OBJECTS_PER_WORKER,
    onWritten(written) {
      committed();
      tally.written(written.part);
      options.onWritten(written);
    },
    onQuarantined(files) {
      committed();
      tally.quarantined(files);
    },
    onBroken: (reason) => fatal.abort(new BrokenWorkerError(`a worker thread could not start: ${reason}`)),
  });
  const gate = intake(options.inFlightBytes, () => pool.hasRoom());

  async function poll(): Promise<void> {
    while (!ended.aborted) {
      await gate.hasRoom(ended);
      await outage.untilOver();
      if (held.size >= MOST_HELD) pool.flush();
      const messages = await askForMessages();
      if (messages === undefined) continue;
      tally.received(messages.length);
      if (messages.length > 0) emptiness.messageSeen();
      for (const message of messages) hold(message);
      if (messages.length === 0 && options.drain) await checkDrained();
    }
  }

  const askForMessages = patiently(() =>
    queue.receive({
      max: RECEIVE_BATCH,
      // Draining, it looks a dozen times before a depth that lags is believed.
      waitMs: options.drain ? Math.max(200, queue.depthLagMs / 12) : 20_000,
      visibilityTimeoutMs: options.visibilityTimeoutMs,
      signal: ended,
    }),
  );
  const askForDepth = patiently(() => queue.depth());

  /** Asks the queue; undefined when it did not answer, and each time in a row it is waited longer before that. */
  function patiently<Answer>(ask: () => Promise<Answer>): () => Promise<Answer | undefined> {
    let failures = 0;
    let hasAnswered = false;
    return async () => {
      try {
        const answer = await ask();
        failures = 0;
        hasAnswered = true;
        return answer;
      } catch (error) {
        failures += 1;
        // Right at the start it is the settings that are wrong, or a permission that is missing.
        if (failures > mostFailedReceives || (!hasAnswered && error instanceof SetupError)) throw error;
        log('Receive:Failed', { times: failures, reason: error instanceof Error ? error.message : '' });
        await sleep(Math.min(50 * 2 ** failures, 30_000), undefined, { signal: ended }).catch(() => {});
        return undefined;
      }
    };
  }

  async function checkDrained(): Promise<void> {
    if (held.size > 0) {
      if (unread === 0) pool.flush();
      return;
    }
    const depth = await askForDepth();
    if (depth === undefined || held.size > 0) return;
    if (emptiness.isEmpty(depth)) drained.abort();
  }

  function hold(message: QueueMessage): void {
    beat.hold(message);
    const handled = handle(message).finally(() => {
      beat.letGo(message);
      held.delete(message);
    });
    held.set(message, handled);
  }

  async function handle(message: QueueMessage): Promise<void> {
    const settlement = await settle(message);
    if (settlement.kind === 'released') await giveBack(message, settlement);
    else {
      await acknowledge.delete(message);
      committed();
    }
    tally.settled(settlement.kind);
  }

  async function giveBack(
    message: QueueMessage,
    release: { delayMs: number; countReceive: boolean },
  ): Promise<void> {
    try {
      await queue.release([message.receiptHandle], release);
    } catch (error) {
      // It comes back by itself when its time is over.
      log('Release:Failed', { message: message.id, reason: error instanceof Error ? error.message : '' });
    }
  }

  async function settle(message: QueueMessage): Promise<Settlement> {
    const notification = parseNotification(message.body);
    switch (notification.kind) {
      case 'test':
        tally.skipped('test-event');
        return { kind: 'skipped' };
      case 'unparseable':
        log('Message:Unparseable', {
          message: message.id,
          receives: message.receiveCount,
          reason: notification.reason,
        });
        return { kind: 'released', delayMs: 0, countReceive: true };
      case 'objects': {
        for (const _ of notification.ignored) tally.skipped('not-created');
        const results = await Promise.all(notification.objects.map(processObject));
        return settlementOf(results, message);
      }
    }
  }

  async function processObject(announced: AnnouncedObject): Promise<ObjectResult> {
    const object = parseSourceObject(announced.key);
    if (object.kind === 'other') {
      log('Object:Skipped', { key: object.key, why: object.why });
      return skip('other');
    }
    if (object.kind === 'coalesced' && !announced.isOwn) return skip('coalesced');
    for (;;) {
      const result = await ingestAnnounced(announced, object);
      const isOutage = result.kind === 'outage' || (result.kind === 'failed' && (await stores.isOut()));
      if (!isOutage) return result;
      await outage.untilOver();
      if (stop.aborted) return { kind: 'turned-away' };
    }
  }

  async function ingestAnnounced(announced: AnnouncedObject, object: DataObject): Promise<ObjectResult> {
    const { generation, eTag, versionId, size } = announced;
    const outcome = await ingestOnce(
      {
        object,
        generation,
        ...(eTag !== undefined && { eTag }),
        ...(versionId !== undefined && { versionId }),
      },
      size ?? UNKNOWN_BYTES,
    );
    return outcome.kind === 'missing' ? ingestCovering(object, generation) : outcome;
  }

  function skip(reason: SkipReason): ObjectResult {
    tally.skipped(reason);
    return { kind: 'skipped', reason };
  }

  async function ingestCovering(gone: DataObject, generation: number): Promise<ObjectResult> {
    try {
      unread += 1;
      const covering = await findCovering(corporate, gone).finally(() => (unread -= 1));
      if (covering !== undefined) {
        const outcome = await ingestOnce({ object: covering, generation }, UNKNOWN_BYTES);
        if (outcome.kind === 'ingested') tally.superseded();
        if (outcome.kind !== 'missing') return outcome;
      }
    } catch (error) {
      return { kind: 'failed', reason: error instanceof Error ? error.message : 'listing failed' };
    }
    log('Object:Missing', { key: gone.key });
    tally.object({ kind: 'missing' });
    return { kind: 'missing' };
  }

  /** Reads an object unless it is being read: whoever asks for the same version meanwhile gets the same outcome. */
  function ingestOnce(task: IngestTask, bytes: number): Promise<ObjectOutcome | { kind: 'turned-away' }> {
    const key = JSON.stringify([task.object.key, task.versionId ?? task.eTag, task.generation]);
    const underWay = shared.get(key);
    if (underWay !== undefined) return underWay;
    const outcome = ingest(task, bytes).finally(() => shared.delete(key));
    shared.set(key, outcome);
    return outcome;
  }

  async function ingest(task: IngestTask, bytes: number): Promise<ObjectOutcome | { kind: 'turned-away' }> {
    unread += 1;
    if (!(await gate.enter(bytes))) {
      unread -= 1;
      return { kind: 'turned-away' };
    }
    const ingestion = pool.ingest(task);
    void ingestion.read.then(() => {
      unread -= 1;
      gate.leave(bytes);
    });
    const outcome = await ingestion.settled;
    // One that is missing here may be covered by another.
    if (outcome.kind !== 'missing') tally.object(outcome);
    if (outcome.kind === 'failed') log('Object:Failed', { key: task.object.key, reason: outcome.reason });
    return outcome;
  }

  /** Resolves when nothing is held any more, writing early what the last reads left open. */
  async function finishHeld(): Promise<void> {
    while (held.size > 0) {
      if (unread === 0) pool.flush();
      await Promise.race([Promise.all(held.values()), sleep(50)]);
    }
  }

  /** Reading or releasing is none: both may go on for ever and bring nothing. */
  function committed(): void {
    lastCommitMs = lastMoveMs = Date.now();
  }

  function health(): ConsumerHealth {
    return {
      state: fatal.signal.aborted ? 'stalled' : ended.aborted ? 'stopping' : 'working',
      held: held.size,
      lastCommitAt: lastCommitMs === undefined ? undefined : new Date(lastCommitMs),
      paused: !outage.isOver(),
    };
  }

  function report(): ConsumeReport {
    return { ...tally.report(), keys: keyRing.counts() };
  }

  async function run(): Promise<ConsumeReport> {
    const watchdog = setInterval(() => {
      // Waiting for messages or for an outage to end is no stall.
      if (held.size === 0 || !outage.isOver()) lastMoveMs = Date.now();
      if (Date.now() - lastMoveMs > stalledMs) {
        fatal.abort(
          new StalledError(`${held.size} messages held and nothing moved for ${stalledMs / 1_000} s`),
        );
      }
    }, 1_000);
    stop.addEventListener('abort', () => gate.close(), { once: true });
    const pollers = Array.from({ length: POLLERS }, poll);
    try {
      await raceSignal(Promise.all(pollers), fatal.signal);
      gate.close();
      await Promise.race([finishHeld(), sleep(STOP_GRACE_MS, undefined, { ref: false })]);
      await Promise.all(
        [...held.keys()].map((message) => giveBack(message, { delayMs: 0, countReceive: true })),
      );
      return report();
    } finally {
      clearInterval(watchdog);
      // After a fault as well: nothing may be received any more (R-STOP).
      drained.abort();
      gate.close();
      await Promise.allSettled(pollers);
      beat.stop();
      await pool.close();
    }
  }

  return { report, health, finished: run() };
}

/** What has to be tried again decides over the rest of a message. */
function settlementOf(results: readonly ObjectResult[], message: QueueMessage): Settlement {
  if (results.some(({ kind }) => kind === 'failed' || kind === 'outage')) {
    return {
      kind: 'released',
      delayMs: retryDelayMs(message.receiveCount, LONGEST_FAULT_DELAY_MS),
      countReceive: true,
    };
  }
  if (results.some(({ kind }) => kind === 'missing')) {
    return {
      kind: 'released',
      delayMs: retryDelayMs(message.receiveCount, LONGEST_MISSING_DELAY_MS),
      countReceive: true,
    };
  }
  if (results.some(({ kind }) => kind === 'turned-away'))
    return { kind: 'released', delayMs: 0, countReceive: false };
  const ingested = results.filter((result) => result.kind === 'ingested');
  if (ingested.length === 0) return { kind: 'skipped' };
  const hasOnlyQuarantine = ingested.every(({ counts }) => counts.rows === 0 && counts.lines > counts.blank);
  return { kind: hasOnlyQuarantine ? 'quarantined' : 'ingested' };
}

/** A full disk or a store that is down takes its time, and is no reason for dead letters. */
const LONGEST_FAULT_DELAY_MS = 60_000;
/** An object that nobody has seen for a minute does not come back. */
const LONGEST_MISSING_DELAY_MS = 5_000;

/** Doubles with each receive. */
function retryDelayMs(receiveCount: number, longestMs: number): number {
  return Math.min(250 * 2 ** (receiveCount - 1), longestMs);
}

async function raceSignal<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}
