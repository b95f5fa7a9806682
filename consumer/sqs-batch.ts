import { setTimeout as pause } from 'node:timers/promises';
import { mapConcurrently } from '../storage/map-concurrently.ts';

/** What SQS says to a batch; every entry should be in one of the lists. */
export interface BatchAnswer {
  readonly Successful?: readonly Answered[] | undefined;
  readonly Failed?: readonly Answered[] | undefined;
}

interface Answered {
  readonly Id?: string | undefined;
  readonly MessageId?: string | undefined;
  readonly Code?: string | undefined;
  readonly SenderFault?: boolean | undefined;
}

export type EntryAnswer =
  /** With the message's id if it was sent. */
  | { readonly kind: 'done'; readonly messageId: string }
  /** SQS named this entry; the code is without the prefix that some have. */
  | { readonly kind: 'rejected'; readonly code: string }
  /** The request failed, or its answer leaves the entry out: what became of it is unknown. */
  | { readonly kind: 'unanswered'; readonly reason: string };

const MOST_ENTRIES = 10;
/** SQS takes 1 MiB since August 2025, and took 256 KiB before; a message larger than that goes alone. */
const MOST_BYTES = 256 * 1024;
/** A heartbeat of many held messages has to be through before the next. */
const BATCHES_AT_ONCE = 8;
/** As often as the SDK tries a request. */
const MOST_ATTEMPTS = 7;
/** Doubled each time; it takes a random part of it. */
const FIRST_PAUSE_MS = 50;

/**
 * Sends entries in as many batches as it takes, and settles every one of them (R-BATCHAPI).
 *
 * R-ONERETRY: the SDK tries a request again, but not an entry that SQS told to have failed by no fault of ours; that is
 * done here. It never throws: a batch that fails after all says nothing about the others.
 *
 * @param bytesOf - what an entry adds to the size of its request, as SQS counts it.
 * @returns answers in the order of the entries.
 */
export async function inBatches<Entry extends object>(
  entries: readonly Entry[],
  bytesOf: (entry: Entry) => number,
  send: (batch: (Entry & { Id: string })[]) => Promise<BatchAnswer>,
): Promise<EntryAnswer[]> {
  const answers: EntryAnswer[] = [];
  const settled = mapConcurrently(batchesOf(entries, bytesOf), BATCHES_AT_ONCE, (batch) =>
    settleBatch(batch, send),
  );
  for await (const some of settled) answers.push(...some);
  return answers;
}

function* batchesOf<Entry>(
  entries: readonly Entry[],
  bytesOf: (entry: Entry) => number,
): Generator<Entry[], void, undefined> {
  let batch: Entry[] = [];
  let batchBytes = 0;
  for (const entry of entries) {
    const bytes = bytesOf(entry);
    if (batch.length === MOST_ENTRIES || (batch.length > 0 && batchBytes + bytes > MOST_BYTES)) {
      yield batch;
      batch = [];
      batchBytes = 0;
    }
    batch.push(entry);
    batchBytes += bytes;
  }
  if (batch.length > 0) yield batch;
}

async function settleBatch<Entry extends object>(
  batch: readonly Entry[],
  send: (batch: (Entry & { Id: string })[]) => Promise<BatchAnswer>,
): Promise<EntryAnswer[]> {
  const answers = new Map<string, EntryAnswer>();
  let left = batch.map((entry, index) => ({ ...entry, Id: String(index) }));
  for (let attempt = 1; left.length > 0; attempt++) {
    const answer = await answerOf(left, send);
    for (const { Id } of left) answers.set(Id, answerFor(Id, answer));
    if (attempt === MOST_ATTEMPTS) break;
    left = left.filter(({ Id }) => isFaultOfSqs(Id, answer));
    if (left.length > 0) await pause(Math.random() * FIRST_PAUSE_MS * 2 ** (attempt - 1));
  }
  return batch.map((_, index) => answers.get(String(index)) ?? { kind: 'unanswered', reason: LEFT_OUT });
}

/** A request that failed leaves all entries out. */
type AnswerOrFailure = BatchAnswer & { readonly failure?: string };

async function answerOf<Entry>(
  batch: Entry[],
  send: (batch: Entry[]) => Promise<BatchAnswer>,
): Promise<AnswerOrFailure> {
  try {
    return await send(batch);
  } catch (error) {
    return { failure: error instanceof Error ? `${error.name}: ${error.message}` : 'the request failed' };
  }
}

const LEFT_OUT = 'the answer leaves it out';

function isFaultOfSqs(id: string, { Failed = [] }: BatchAnswer): boolean {
  return Failed.some(({ Id, SenderFault }) => Id === id && SenderFault === false);
}

function answerFor(
  id: string,
  { Successful = [], Failed = [], failure: reason = LEFT_OUT }: AnswerOrFailure,
): EntryAnswer {
  const failed = Failed.find(({ Id }) => Id === id);
  if (failed !== undefined) return { kind: 'rejected', code: failed.Code?.split('.').at(-1) ?? 'no code' };
  const success = Successful.find(({ Id }) => Id === id);
  return success === undefined
    ? { kind: 'unanswered', reason }
    : { kind: 'done', messageId: success.MessageId ?? '' };
}
