import { openReader, type ColumnBatch, type ReadOptions } from 'orc-writer-wasm';
import { rowFile, type PlainRow } from './live-part.ts';

/** The rows, sorted, as they are read from a file; by default in one batch. */
export async function rowBatches(
  rows: readonly PlainRow[],
  options: ReadOptions = {},
): Promise<ColumnBatch[]> {
  await using reader = await openReader(await rowFile(rows));
  return Array.fromAsync(reader.batches({ batchSize: rows.length, ...options }));
}
