import { setTimeout as pause } from 'node:timers/promises';
import type { OnceQueue } from '../consumer/queue.ts';
import { ownEvent } from '../schemas/own-event.ts';
import { isCancelled, type JournalledRun, type RunJournal } from './journal.ts';
import type { PlannedObject } from './plan.ts';

export interface SendOptions {
  readonly queue: OnceQueue;
  readonly journal: RunJournal;
  readonly objectsPerSecond: number;
  /** Ends after what is in hand, as when the run is cancelled. */
  readonly signal: AbortSignal;
  readonly onSent: (sent: number) => void;
}

/** A message was refused or not taken; the run may be gone on with. */
export class SendError extends Error {
  override readonly name = 'SendError';
}

/**
 * Sends what a run has left, no faster than the rate, and returns how many are sent. Each object has an id in the
 * queue made of the run and its position, so what was sent before a kill and not yet journalled is not sent again.
 *
 * @throws {SendError} when the queue does not take a message.
 */
export async function sendRun(run: JournalledRun, options: SendOptions): Promise<number> {
  const { queue, journal, objectsPerSecond, signal, onSent } = options;
  const planned = await journal.objects(run);
  const startedAtMs = performance.now();
  const perBatch = Math.max(1, Math.min(MOST_PER_BATCH, Math.floor(objectsPerSecond / BATCHES_PER_SECOND)));
  let sent = run.sent;
  while (sent < run.objects && !signal.aborted && !(await isCancelled(journal, run))) {
    const objects = planned.slice(sent, sent + perBatch);
    const results = await queue.sendOnce(
      objects.map((object, index) => messageOf(run, object, sent + index)),
    );
    const refused = results.find((result) => result.kind !== 'sent');
    if (refused?.kind === 'refused' || refused?.kind === 'failed') throw new SendError(refused.reason);
    sent += objects.length;
    await journal.markSent(run, sent);
    onSent(sent);
    const dueMs = startedAtMs + (1_000 * (sent - run.sent)) / objectsPerSecond;
    if (sent < run.objects) await pauseUntil(dueMs, signal);
  }
  return sent;
}

const MOST_PER_BATCH = 100;
const BATCHES_PER_SECOND = 10;

function messageOf(run: JournalledRun, { key, size, eTag }: PlannedObject, position: number) {
  const { generation } = run;
  return { id: `${generation}/${position}`, body: ownEvent({ key, size, eTag, generation }) };
}

async function pauseUntil(dueMs: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(Math.max(0, dueMs - performance.now()), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
