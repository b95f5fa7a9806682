import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { IngestTask } from './ingest.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { Log } from './log.ts';
import type { ObjectOutcome } from './outcome.ts';
import type { FromWorker, ToWorker } from './worker-protocol.ts';

/** The worker threads of a consumer, as one. */
export interface WorkerPool {
  /** Whether a task given now would be begun at once. */
  hasRoom(): boolean;
  ingest(task: IngestTask): Ingestion;
  /** Has every worker write its open batches. */
  flush(): void;
  /** Ends the threads; what they held is lost and its tasks never settle. */
  close(): Promise<void>;
}

export interface Ingestion {
  /** Resolves when the object's bytes are let go, at the latest when it is settled. */
  readonly read: Promise<void>;
  readonly settled: Promise<ObjectOutcome>;
}

export type PartOfDay = Extract<FromWorker, { kind: 'written' }>;

export interface WorkerPoolOptions {
  readonly workers: number;
  /** Objects that one worker reads side by side: while one waits for the store another is decrypted. */
  readonly objectsPerWorker: number;
  readonly startWorker: () => Worker;
  readonly keyRing: KeyRing;
  readonly onWritten: (written: PartOfDay) => void;
  readonly onQuarantined: (files: number) => void;
  /** A thread could not even start: another one would not either. Its tasks never settle. */
  readonly onBroken: (reason: string) => void;
  readonly log: Log;
}

const END_GRACE_MS = 1_000;

interface Member {
  readonly worker: Worker;
  readonly tasks: Map<number, PoolTask>;
  reading: number;
  isReady: boolean;
  /** What it threw, if it did. */
  fault: string | undefined;
}

interface PoolTask {
  isReading: boolean;
  readonly onRead: () => void;
  readonly onSettled: (outcome: ObjectOutcome) => void;
}

/**
 * Starts the threads. Objects of one topic and day go to the same worker while it has room, so that a quiet
 * collection makes one part and not one a worker. A thread that dies at work fails its tasks and is replaced.
 */
export function workerPool(options: WorkerPoolOptions): WorkerPool {
  const { objectsPerWorker, keyRing, log } = options;
  const closing = new AbortController();
  let lastTask = 0;

  function start(): Member {
    const worker = options.startWorker();
    const member: Member = { worker, tasks: new Map(), reading: 0, isReady: false, fault: undefined };
    worker.on('message', (message: FromWorker) => hear(member, message));
    worker.on('error', ({ message }) => {
      member.fault = message;
      log('Worker:Failed', { reason: message });
    });
    worker.on('exit', () => replace(member));
    return member;
  }

  function hear(member: Member, message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        member.isReady = true;
        return;
      case 'read':
        endReading(member, message.id);
        return;
      case 'settled':
        endReading(member, message.id);
        member.tasks.get(message.id)?.onSettled(message.outcome);
        member.tasks.delete(message.id);
        return;
      case 'written':
        options.onWritten(message);
        return;
      case 'quarantined':
        options.onQuarantined(message.files);
        return;
      case 'key-request':
        void answer(member, message.id, message.keys);
    }
  }

  async function answer(
    member: Member,
    id: number,
    keys: Parameters<KeyRing['resolveAll']>[0],
  ): Promise<void> {
    try {
      say(member, { kind: 'keys', id, resolutions: await keyRing.resolveAll(keys, closing.signal) });
    } catch (error) {
      if (!closing.signal.aborted) throw error;
    }
  }

  function endReading(member: Member, id: number): void {
    const task = member.tasks.get(id);
    if (!task?.isReading) return;
    task.isReading = false;
    member.reading -= 1;
    task.onRead();
  }

  function replace(dead: Member): void {
    if (closing.signal.aborted) return;
    if (!dead.isReady) {
      options.onBroken(dead.fault ?? 'it exited');
      return;
    }
    members[members.indexOf(dead)] = start();
    for (const [id, task] of dead.tasks) {
      endReading(dead, id);
      task.onSettled({ kind: 'failed', reason: 'the worker thread died' });
    }
  }

  const members = Array.from({ length: options.workers }, start);

  return {
    hasRoom: () => members.some((member) => member.reading < objectsPerWorker),

    ingest(task) {
      const id = ++lastTask;
      const member = choose(members, objectsPerWorker, task);
      const read = Promise.withResolvers<void>();
      const settled = Promise.withResolvers<ObjectOutcome>();
      member.tasks.set(id, { isReading: true, onRead: read.resolve, onSettled: settled.resolve });
      member.reading += 1;
      say(member, { kind: 'ingest', id, task });
      return { read: read.promise, settled: settled.promise };
    },

    flush() {
      for (const member of members) say(member, { kind: 'flush' });
    },

    async close() {
      closing.abort();
      await Promise.all(members.map(end));
    },
  };
}

/** Lets a thread end by itself, as it does when it has nothing in hand: a thread that is torn down can take Node along. */
async function end(member: Member): Promise<void> {
  const { worker } = member;
  if (worker.threadId < 0) return;
  const exited = once(worker, 'exit');
  say(member, { kind: 'end' });
  const timer = setTimeout(() => void worker.terminate(), END_GRACE_MS);
  await exited;
  clearTimeout(timer);
}

function say({ worker }: Member, message: ToWorker): void {
  worker.postMessage(message);
}

/** The worker of the object's topic and day, or the least busy one when that has no room. */
function choose(members: readonly Member[], objectsPerWorker: number, task: IngestTask): Member {
  const { topic, exportDate } = task.object;
  let place = 0;
  for (const character of topic + exportDate) place = (place * 31 + character.charCodeAt(0)) % 65_521;
  const preferred = members[place % members.length];
  if (preferred !== undefined && preferred.reading < objectsPerWorker) return preferred;
  return members.reduce((best, member) => (member.reading < best.reading ? member : best));
}
