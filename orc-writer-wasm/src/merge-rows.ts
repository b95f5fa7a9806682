import type { ColumnBatch } from './columns.ts';
import { region, type Core } from './core.ts';
import { MemoryLimitError, SchemaMismatchError } from './errors.ts';
import { gatherer } from './gather.ts';
import { PICK_BYTES } from './picks.ts';
import { keepCode, keyPartsOf, type MergeOrder } from './merge-order.ts';
import type { MergeSource, SourceBatch, WholeStripe } from './merge-source.ts';
import type { TypeDescription } from './schema.ts';
import { slotArrays } from './slot-arrays.ts';
import { keyBuilder, RECORD_BYTES } from './sort-keys.ts';

/** What comes next in the result. A batch is valid until the next one is asked for. */
export type Merged =
  | { readonly kind: 'rows'; readonly batch: ColumnBatch }
  | { readonly kind: 'stripe'; readonly stripe: WholeStripe };

/** `rowsIn = rowsOut + duplicates` at the end. */
export interface MergeCounts {
  /** Rows of all inputs. */
  rowsIn: number;
  /** Rows of the result. */
  rowsOut: number;
  /** Rows left out because another one was kept. */
  duplicates: number;
}

/** Rows of a batch of the result. */
const ROWS_TOGETHER = 8192;

/** Sources that wait for their first batch at a time. */
const BEGUN_TOGETHER = 16;

/**
 * Merges sorted inputs. In memory are one or two batches of each, and one of the result; a group of rows that may hold
 * duplicates keeps the batches that it began in.
 *
 * A source's batches go into slots, where they stay until all their rows that were picked are in the result.
 */
export async function* mergeRows(
  core: Core,
  schema: TypeDescription,
  sources: readonly MergeSource[],
  order: MergeOrder,
  counts: MergeCounts,
): AsyncGenerator<Merged> {
  // The tree of none has no winner to look at.
  if (sources.length === 0) return;
  const { kernels } = core;
  const keys = keyBuilder(core, schema, keyPartsOf(order));
  const columns = schema.children.map((type, i) => gatherer(core, type, schema.fieldNames[i] ?? ''));
  const records = slotArrays(core);
  const picks = region(core);
  const merge = kernels.newMerge(sources.length, keepCode(order)) >>> 0;
  if (merge === 0) throw new MemoryLimitError('memory-limit', `no room to merge ${sources.length} files`);

  // Two slots have the last rows of stripes that were copied.
  let lastSlot = 0;
  let slotCount = 2;
  /** Of each source, the slot of its batch. */
  const slots: (number | undefined)[] = [];
  const freeSlots: number[] = [];
  let usedUp: number[] = [];
  /** Of each source, the stripe that its batch is the beginning of, if that may be copied. */
  const stripes: (SourceStripe | undefined)[] = [];
  let capacity = 2 * ROWS_TOGETHER;
  picks.reserve(capacity * PICK_BYTES);

  await begin();
  kernels.startMerge(merge);
  for (;;) {
    kernels.mergeRows(merge, records.table, picks.address, capacity);
    const source = core.result(1);
    const picked = core.result(2);
    const closed = core.result(3);
    counts.duplicates += core.result(4);
    switch (endings[core.result(0)]) {
      case 'full':
        if (closed > 0) yield* flush(closed);
        else makeRoom(picked);
        break;
      case 'needs-batch':
        if (closed >= ROWS_TOGETHER || usedUp.length > slots.length / 4) yield* flush(closed);
        giveBatch(source, await nextOf(sources[source]));
        break;
      case 'paused':
        yield* copyStripe(source);
        break;
      case 'finished':
        yield* flush(closed);
        return;
      case 'not-sorted':
        throw new SchemaMismatchError('not-sorted', `input ${source} is not sorted by the sort keys`);
      default:
        throw new MemoryLimitError('memory-limit', 'no room for the rows of a group in wasm memory');
    }
  }

  /**
   * Begins with many sources at once, as each waits for its file, but not with all: what was fetched takes memory until
   * it is decoded.
   */
  async function begin(): Promise<void> {
    const waiting = [...sources.entries()];
    const lanes = Array.from({ length: BEGUN_TOGETHER }, async () => {
      try {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          giveBatch(next[0], await nextOf(next[1]));
        }
      } finally {
        waiting.length = 0;
      }
    });
    // The others must not give batches to a core that was returned.
    const failed = (await Promise.allSettled(lanes)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  function giveBatch(source: number, next: SourceBatch | undefined): void {
    const before = slots[source];
    if (before !== undefined) usedUp.push(before);
    slots[source] = undefined;
    if (next === undefined) {
      kernels.giveBatch(merge, source, 0, 0, 0, 0);
      return;
    }
    const { batch, stripe } = next;
    const slot = freeSlots.pop() ?? slotCount++;
    slots[source] = slot;
    stripes[source] = stripe === undefined ? undefined : { stripe, firstRows: batch.size };
    batch.columns.forEach((vector, i) => columns[i]?.load(slot, vector, batch.size));
    const vectors = keys.columns.map((column) => batch.columns[column]).filter((each) => each !== undefined);
    const address = keys.build(vectors, batch.size, slot);
    records.set(slot, address);
    kernels.giveBatch(merge, source, slot, address, batch.size, Number(stripe !== undefined));
    counts.rowsIn += batch.size;
  }

  /** Hands out the picks that are final, and gives back the slots that only they needed. */
  function* flush(count: number): Generator<Merged> {
    if (count > 0) {
      const views = columns.map((column) => column.gather({ address: picks.address, count }));
      counts.rowsOut += count;
      yield { kind: 'rows', batch: { size: count, columns: views.map((view) => view()) } };
    }
    const open = kernels.forgetPicks(merge, picks.address);
    const needed = new Set(
      Array.from({ length: open }, (_, i) => core.int32[picks.address / 4 + i * 2] ?? 0),
    );
    freeSlots.push(...usedUp.filter((slot) => !needed.has(slot)));
    usedUp = usedUp.filter((slot) => needed.has(slot));
  }

  /** Takes a stripe as it is if no other row belongs between its rows. */
  async function* copyStripe(source: number): AsyncGenerator<Merged> {
    const begun = stripes[source];
    if (begun === undefined) return;
    const { stripe, firstRows } = begun;
    const { vectors, rows } = await stripe.lastRows(keys.columns);
    const end = keys.build(vectors, rows, lastSlot) + (rows - 1) * RECORD_BYTES;
    if (kernels.standsAlone(merge, source, end) === 0) return;
    lastSlot = 1 - lastSlot;
    yield* flush(kernels.skipRows(merge, picks.address, source, end));
    yield { kind: 'stripe', stripe };
    counts.rowsIn += stripe.rows - firstRows;
    counts.rowsOut += stripe.rows;
    await stripe.skip();
    giveBatch(source, await nextOf(sources[source]));
  }

  /** For a group of rows that is larger than all picks. */
  function makeRoom(picked: number): void {
    capacity *= 2;
    picks.reserve(capacity * PICK_BYTES, picked * PICK_BYTES);
  }
}

/** The next batch that has rows. */
async function nextOf(source: MergeSource | undefined): Promise<SourceBatch | undefined> {
  for (;;) {
    const next = await source?.next();
    if (next?.batch.size !== 0) return next;
  }
}

interface SourceStripe {
  readonly stripe: WholeStripe;
  readonly firstRows: number;
}

/** In the order of the numbers in assembly/merge.ts. */
const endings = ['full', 'needs-batch', 'paused', 'finished', 'not-sorted', 'no-memory'] as const;
