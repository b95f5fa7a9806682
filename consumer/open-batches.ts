import { addQuarantined, addRow, addSummary, emptyBatch, heldBytes, valBytes, type Batch } from './batch.ts';
import type { Row } from './record/read-record.ts';
import type { SourceRun } from './source-run.ts';
import type { Collection } from '../schemas/collection.ts';

/** When a batch becomes a part; the first limit that is reached decides. */
export interface FlushLimits {
  readonly valBytes: number;
  readonly rows: number;
  readonly ageMs: number;
  /** All open batches together: above it the largest is written. */
  readonly heldBytes: number;
}

/** The batches that a worker is filling, and the rules by which they are written. */
export interface OpenBatches {
  addRow(run: SourceRun, line: number, row: Row): void;
  /** Notes that so much of the object is kept until its rows are durable. */
  addQuarantined(run: SourceRun, collection: Collection, bytes: number): void;
  /** Notes that the object was read to its end, in the batch of its topic's collection. */
  addSummary(run: SourceRun, collection: Collection): void;
  /** Writes the batches that are due by size; resolves when there is room again. */
  makeRoom(): Promise<void>;
  /**
   * Writes those that are older than the age limit; all of them with `everything`. Those with lines of an object in
   * the middle of a block stay for the next time.
   */
  flush(everything: boolean): Promise<void>;
}

/**
 * A batch is *open* while rows are added. Writing takes it out of the open ones first, so lines read meanwhile go to
 * a new one.
 *
 * @param write - says itself how it ended; it must not throw.
 */
export function openBatches(limits: FlushLimits, write: (batch: Batch) => Promise<void>): OpenBatches {
  const open = new Map<string, Batch>();
  const writing = new Set<Promise<void>>();
  // Most lines go where the line before them went.
  let last: { readonly run: SourceRun; readonly collection: Collection; readonly batch: Batch } | undefined;

  function batchOf(run: SourceRun, collection: Collection): Batch {
    if (last?.run === run && last.collection === collection) return last.batch;
    const { generation } = run;
    const { exportDate } = run.object;
    // Names come from envelopes, so any character may be in them.
    const key = `${exportDate} ${generation} ${collection.db.length} ${collection.db} ${collection.collection}`;
    let batch = open.get(key);
    if (batch === undefined) open.set(key, (batch = emptyBatch({ collection, exportDate, generation })));
    last = { run, collection, batch };
    return batch;
  }

  /** Unless it is being written already, from another call. */
  async function startWriting(key: string, batch: Batch): Promise<void> {
    if (open.get(key) !== batch) return;
    open.delete(key);
    last = undefined;
    const written = write(batch).finally(() => writing.delete(written));
    writing.add(written);
    await written;
  }

  /** Its lines of an object are all that were read up to one: parts then hold ranges of lines that don't overlap. */
  const isWritable = (batch: Batch) => batch.sources.every(({ run }) => !run.isMidBlock);
  const isFull = (batch: Batch) => batch.rows >= limits.rows || valBytes(batch) >= limits.valBytes;

  return {
    addRow: (run, line, row) => addRow(batchOf(run, row.collection), run, line, row),
    addQuarantined: (run, collection, bytes) => addQuarantined(batchOf(run, collection), run, bytes),
    addSummary: (run, collection) => addSummary(batchOf(run, collection), run),

    async makeRoom() {
      const due = [...open].filter(([, batch]) => isFull(batch) && isWritable(batch));
      for (const [key, batch] of due) await startWriting(key, batch);
      for (;;) {
        const all = [...open].map(([key, batch]) => ({ key, batch, bytes: heldBytes(batch) }));
        if (all.reduce((sum, { bytes }) => sum + bytes, 0) <= limits.heldBytes) return;
        const [largest] = all.filter(({ batch }) => isWritable(batch)).toSorted((a, b) => b.bytes - a.bytes);
        // The objects in the middle of a block come here when they are through with it.
        if (largest === undefined) return;
        await startWriting(largest.key, largest.batch);
      }
    },

    async flush(everything) {
      const oldest = Date.now() - limits.ageMs;
      for (const [key, batch] of [...open]) {
        const isDue = everything || batch.openedAtMs <= oldest;
        if (isDue && isWritable(batch)) await startWriting(key, batch);
      }
      if (everything) await Promise.all(writing);
    },
  };
}
