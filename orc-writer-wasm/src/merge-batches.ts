import type { ColumnBatch } from './columns.ts';
import { borrowCore, returnCore } from './core.ts';
import type { MergeOrder } from './merge-order.ts';
import { mergeRows, type MergeCounts } from './merge-rows.ts';
import { batchSource } from './merge-source.ts';
import { parseSchema, type TypeDescription } from './schema.ts';

/**
 * Merges sorted inputs batch by batch, for those who write several files of the result or look at it on the way. The
 * batches are as `Reader.batches()` gives them, with or without `dictionaries`; a batch of the result is valid until
 * the next one is asked for. Returns the counts when all are read.
 *
 * @throws {SchemaMismatchError} when a column is unfit or an input is not sorted
 */
export async function* mergeBatches(
  schema: string | TypeDescription,
  inputs: readonly AsyncIterable<ColumnBatch>[],
  order: MergeOrder,
): AsyncGenerator<ColumnBatch, MergeCounts, undefined> {
  const type = typeof schema === 'string' ? parseSchema(schema) : schema;
  const counts = { rowsIn: 0, rowsOut: 0, duplicates: 0 };
  const sources = inputs.map((input) => batchSource(input[Symbol.asyncIterator]()));
  const core = borrowCore();
  try {
    for await (const next of mergeRows(core, type, sources, order, counts)) {
      if (next.kind === 'rows') yield next.batch;
    }
    return counts;
  } finally {
    returnCore(core);
    for (const source of sources) await source.close();
  }
}
