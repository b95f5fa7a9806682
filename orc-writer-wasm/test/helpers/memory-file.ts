import type { ColumnBatch } from '../../src/columns.ts';
import type { WriterOptions } from '../../src/writer-options.ts';
import { createWriter } from '../../src/writer.ts';
import { batchOf, schemaOf, type Column } from './table.ts';

/** The bytes of a file with these batches. */
export async function writeBatches(batches: Iterable<ColumnBatch>, options: WriterOptions): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => {
    chunks.push(chunk);
  }, options);
  for (const batch of batches) await writer.addRowBatch(batch);
  await writer.close();
  return Buffer.concat(chunks);
}

/** The bytes of a file with these columns, given to the writer `batchRows` rows at a time. */
export function writeColumns(
  columns: readonly Column[],
  options: Omit<WriterOptions, 'schema'> = {},
  batchRows: () => number = () => Infinity,
): Promise<Buffer> {
  return writeBatches(cut(columns, batchRows), { ...options, schema: schemaOf(columns) });
}

function* cut(columns: readonly Column[], batchRows: () => number): Generator<ColumnBatch> {
  const rows = columns[0]?.values.length ?? 0;
  for (let from = 0; from < rows;) {
    const to = Math.min(rows, from + batchRows());
    yield batchOf(columns, from, to);
    from = to;
  }
}
