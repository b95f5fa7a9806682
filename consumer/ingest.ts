import { gunzip, type GzipFault } from './gunzip.ts';
import type { KeyAnswers } from './key-answers.ts';
import { lineBlocks, MAXIMUM_LINE_BYTES } from './lines.ts';
import type { OpenBatches } from './open-batches.ts';
import type { QuarantineFiles } from './quarantine-files.ts';
import { quarantineEntry } from './quarantine.ts';
import type { Fault } from './record/envelope.ts';
import type { KeyNeeded, Outcome, ReadRecord, WrappedKey } from './record/read-record.ts';
import { beginRun, type SourceRun } from './source-run.ts';
import type { Collection, FindCollection } from '../schemas/collection.ts';
import type { DataObject } from '../schemas/source-object.ts';
import type { GetResult, ObjectStore } from '../storage/store.ts';

/** A source object to ingest, pinned to the version that was announced if that is known. */
export interface IngestTask {
  readonly object: DataObject;
  /** 0 live, else the start of the reprocess run in epoch ms. */
  readonly generation: number;
  readonly eTag?: string;
  readonly versionId?: string;
}

export type ReadResult =
  /** Every line is in a batch. */
  | { readonly kind: 'read'; readonly run: SourceRun; readonly isRewritten: boolean }
  | { readonly kind: 'missing' }
  | { readonly kind: 'outage'; readonly reason: string };

export interface IngestContext {
  readonly corporate: ObjectStore;
  readonly batches: OpenBatches;
  readonly quarantine: QuarantineFiles;
  readonly findCollection: FindCollection;
  readonly readRecord: ReadRecord;
  readonly keys: KeyAnswers;
  /** Called before the first line is read. */
  readonly onRun: (run: SourceRun) => void;
}

const LINE_FEED = 0x0a;

/**
 * Reads a source object into the open batches: object → inflated chunks → blocks of whole lines → one row, one
 * quarantine entry or one blank a line. A fault of the gzip itself is one entry more.
 *
 * @throws what the store throws; the run is then dropped, as it is after an outage.
 */
export async function ingestObject(task: IngestTask, context: IngestContext): Promise<ReadResult> {
  const { corporate, batches, quarantine, findCollection } = context;
  const { found, isRewritten } = await getPinned(corporate, task);
  if (found === undefined) return { kind: 'missing' };
  await using body = found.body;
  const run = beginRun(task.object, task.generation, found.info);
  context.onRun(run);
  const topicCollection = findCollection(task.object.topicCollection);
  try {
    await using blocks = lineBlocks(gunzip(body, found.info.size));
    for (;;) {
      const next = await blocks.next();
      if (run.state === 'dropped')
        throw new Error('a part with earlier lines of the object could not be written');
      if (next.done) {
        if (next.value !== undefined) {
          const fault = { reason: next.value, detail: GZIP_FAULTS[next.value] };
          quarantineUnread(run, WHOLE_OBJECT, topicCollection, fault, context);
        }
        break;
      }
      if (next.value.kind === 'too-long') {
        quarantineUnread(run, run.lines + 1, topicCollection, TOO_LONG, context);
        continue;
      }
      const outage = await readLines(next.value.bytes, run, context);
      if (outage !== undefined) {
        run.state = 'dropped';
        return { kind: 'outage', reason: outage };
      }
      await batches.makeRoom();
      await quarantine.makeRoom(run);
    }
  } catch (error) {
    run.state = 'dropped';
    throw error;
  }
  run.state = 'read';
  batches.addSummary(run, topicCollection);
  return { kind: 'read', run, isRewritten };
}

/** The object as announced or, when it has been written again since, as it is now. */
async function getPinned(
  store: ObjectStore,
  { object, eTag, versionId }: IngestTask,
): Promise<{ found: Extract<GetResult, { kind: 'found' }> | undefined; isRewritten: boolean }> {
  let pin = eTag;
  for (;;) {
    const result = await store.get(object.key, {
      ...(pin !== undefined && { ifMatch: pin }),
      ...(versionId !== undefined && pin === eTag && { versionId }),
    });
    if (result.kind !== 'changed') {
      return { found: result.kind === 'found' ? result : undefined, isRewritten: pin !== eTag };
    }
    pin = result.eTag;
  }
}

/** Reads the lines of a block; those whose key is not known yet once more when it is. Answers why it could not. */
async function readLines(
  bytes: Uint8Array,
  run: SourceRun,
  context: IngestContext,
): Promise<string | undefined> {
  const { readRecord, keys } = context;
  const read = ({ start, end }: Line) => readRecord(bytes, start, end, run.object.topicCollection);
  let waiting: WaitingLine[] = [];
  for (let start = 0; start < bytes.length;) {
    const lineFeed = bytes.indexOf(LINE_FEED, start);
    const lineEnd = lineFeed < 0 ? bytes.length : lineFeed;
    let line = { start, end: lineEnd, number: run.lines + 1 };
    let outcome = read(line);
    if (outcome.kind === 'joined') {
      line = { ...line, end: outcome.second };
      outcome = read(line);
    }
    run.lines = line.number;
    if (!place(outcome, line, bytes, run, context)) waiting.push({ ...line, key: outcome.key });
    start = line.end === lineEnd ? lineEnd + 1 : line.end;
  }
  run.isMidBlock = waiting.length > 0;
  try {
    while (waiting.length > 0) {
      const outage = await keys.learn(waiting.map(({ key }) => key));
      if (outage !== undefined) return outage;
      waiting = waiting.filter((line) => !place(read(line), line, bytes, run, context));
    }
    return undefined;
  } finally {
    run.isMidBlock = false;
  }
}

interface Line {
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly number: number;
}

interface WaitingLine extends Line {
  readonly key: WrappedKey;
}

/** Puts what was read where it belongs; false when nothing was, for want of a key. */
function place(
  outcome: Outcome,
  line: Line,
  bytes: Uint8Array,
  run: SourceRun,
  context: IngestContext,
): outcome is Exclude<Outcome, KeyNeeded> {
  switch (outcome.kind) {
    case 'row':
      run.rows += 1;
      if (outcome.isIdMismatch) run.idMismatches += 1;
      context.batches.addRow(run, line.number, outcome);
      return true;
    case 'blank':
      run.blank += 1;
      return true;
    case 'quarantined':
      quarantineLine(
        run,
        line.number,
        outcome.collection,
        outcome,
        bytes.subarray(line.start, line.end),
        context,
      );
      return true;
    case 'joined':
      throw new Error('a line that was already cut cannot be joined of two');
    case 'key-needed':
      return false;
  }
}

/** An entry for what is no line that could be read, and counts as one all the same. */
function quarantineUnread(
  run: SourceRun,
  line: number,
  collection: Collection,
  fault: Fault,
  context: IngestContext,
): void {
  run.lines += 1;
  quarantineLine(run, line, collection, fault, undefined, context);
}

function quarantineLine(
  run: SourceRun,
  line: number,
  collection: Collection,
  fault: Fault,
  bytes: Uint8Array | undefined,
  { batches, quarantine }: IngestContext,
): void {
  run.quarantined[fault.reason] = (run.quarantined[fault.reason] ?? 0) + 1;
  const entry = quarantineEntry(run, line, collection, fault, bytes);
  quarantine.add(run, collection, line, entry);
  batches.addQuarantined(run, collection, entry.length);
}

const WHOLE_OBJECT = 0;
const GZIP_FAULTS: Record<GzipFault, string> = {
  'not-gzip': 'the object does not begin as gzip does',
  'truncated-gzip': 'the gzip data is cut short or damaged; the lines before that are kept',
};
const TOO_LONG: Fault = {
  reason: 'unsupported-value',
  detail: `the line is longer than ${MAXIMUM_LINE_BYTES} bytes and was not kept`,
};
