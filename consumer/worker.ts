import type { MessagePort } from 'node:worker_threads';
import type { Batch } from './batch.ts';
import { ingestObject, type IngestTask } from './ingest.ts';
import { keyAnswers } from './key-answers.ts';
import type { KeyResolution } from './keys/key-ring.ts';
import { openBatches, type FlushLimits } from './open-batches.ts';
import type { ObjectOutcome } from './outcome.ts';
import { quarantineFiles } from './quarantine-files.ts';
import { recordReader } from './record/read-record.ts';
import { lineCounts, type SourceRun } from './source-run.ts';
import type { FromWorker, ToWorker } from './worker-protocol.ts';
import { writeBatch } from './write-batch.ts';
import type { FindCollection } from '../schemas/collection.ts';
import { mapConcurrently } from '../storage/map-concurrently.ts';
import type { ObjectStore } from '../storage/store.ts';

export interface WorkerOptions {
  readonly corporate: ObjectStore;
  readonly published: ObjectStore;
  readonly findCollection: FindCollection;
  readonly limits: FlushLimits;
}

/** Under way at once in a thread: there is one for every object with a line that cannot be used. */
const QUARANTINE_WRITES = 16;

/**
 * The work of one worker thread: objects in, parts and quarantine files out.
 *
 * A task is *reading*, then *read* while batches still hold lines of it; when they are durable, its quarantine is
 * written, and it is *settled*, as it is when something failed. Failing drops the run: what is not written yet is left
 * out, what is written stays, and the task's next reading doubles rows, which compaction undoes, and replaces its
 * quarantine.
 */
export function runWorker(port: MessagePort, options: WorkerOptions): void {
  const { corporate, published, findCollection, limits } = options;
  const questions = new Map<number, (resolutions: readonly KeyResolution[]) => void>();
  /** Tasks whose last word is not spoken, by their run. */
  const unsettled = new Map<SourceRun, { readonly id: number; isRewritten: boolean }>();
  let lastQuestion = 0;

  const say = (message: FromWorker) => port.postMessage(message);
  const keys = keyAnswers((wanted) => {
    const id = ++lastQuestion;
    say({ kind: 'key-request', id, keys: wanted });
    return new Promise((resolve) => questions.set(id, resolve));
  });
  const batches = openBatches(limits, write);
  const quarantine = quarantineFiles(published);
  const context = {
    corporate,
    batches,
    quarantine,
    findCollection,
    readRecord: recordReader(findCollection, keys.find),
    keys,
  };

  async function ingest(id: number, task: IngestTask): Promise<void> {
    let begun: SourceRun | undefined;
    try {
      const result = await ingestObject(task, {
        ...context,
        onRun(run) {
          begun = run;
          unsettled.set(run, { id, isRewritten: false });
        },
      });
      if (result.kind !== 'read') {
        settle(begun, id, result);
        return;
      }
      const entry = unsettled.get(result.run);
      // A batch with lines of it may have failed while it was being read.
      if (entry !== undefined) entry.isRewritten = result.isRewritten;
      say({ kind: 'read', id });
    } catch (error) {
      settle(begun, id, { kind: 'failed', reason: reasonOf(error) });
    }
  }

  async function write(batch: Batch): Promise<void> {
    try {
      const part = await writeBatch(batch, published);
      const { db, collection } = batch.collection;
      if (part !== undefined) say({ kind: 'written', db, collection, exportDate: batch.exportDate, part });
    } catch (error) {
      for (const { run } of batch.sources) fail(run, error);
      return;
    }
    for (const { run } of batch.sources) run.openBatches -= 1;
    const durable = batch.sources.filter(({ run }) => run.state === 'read' && run.openBatches === 0);
    for await (const _ of mapConcurrently(durable, QUARANTINE_WRITES, ({ run }) => finish(run)));
  }

  /** Settles a run whose rows are durable. */
  async function finish(run: SourceRun): Promise<void> {
    try {
      const files = await quarantine.write(run);
      if (files > 0) say({ kind: 'quarantined', files });
      const entry = unsettled.get(run);
      const isRewritten = entry?.isRewritten ?? false;
      settle(run, entry?.id, { kind: 'ingested', counts: lineCounts(run), isRewritten });
    } catch (error) {
      fail(run, error);
    }
  }

  function fail(run: SourceRun, error: unknown): void {
    run.state = 'dropped';
    settle(run, unsettled.get(run)?.id, { kind: 'failed', reason: reasonOf(error) });
  }

  /** Speaks the last word on a task, unless it has been spoken. */
  function settle(run: SourceRun | undefined, id: number | undefined, outcome: ObjectOutcome): void {
    if (run !== undefined) quarantine.drop(run);
    if (id === undefined || (run !== undefined && !unsettled.delete(run))) return;
    say({ kind: 'settled', id, outcome });
  }

  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'ingest':
        void ingest(message.id, message.task);
        return;
      case 'flush':
        void batches.flush(true);
        return;
      case 'end':
        clearInterval(flushing);
        port.close();
        return;
      case 'keys':
        questions.get(message.id)?.(message.resolutions);
        questions.delete(message.id);
    }
  });
  const flushing = setInterval(() => void batches.flush(false), Math.min(1_000, limits.ageMs / 4));
  say({ kind: 'ready' });
}

/** Errors of stores and files name their place, never what a record holds. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
}
