import { createWriter, openReader, type NestedValue } from 'orc-writer-wasm';
import {
  typedExtractor,
  type ExtractorOptions,
  type TypedExtractor,
} from '../../compactor/typed/typed-extractor.ts';
import type { TypedColumn } from '../../schemas/typed/column-type.ts';
import { orcSchema } from '../../schemas/typed/table-types.ts';
import { textVector } from './text-vector.ts';

export interface TypedRows {
  /** The values of every row, as they come out of a file that was written with them. */
  readonly rows: readonly (readonly NestedValue[])[];
  readonly misfits: readonly number[];
  readonly unusable: number;
}

export async function typedRows(
  columns: readonly TypedColumn[],
  texts: readonly string[],
  options: ExtractorOptions = {},
  extractor: TypedExtractor = typedExtractor(columns, options),
): Promise<TypedRows> {
  const { batch, misfits, unusable } = extractor.extract(textVector(texts), texts.length);
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => void chunks.push(Buffer.from(chunk)), {
    schema: orcSchema(columns),
  });
  await writer.addRowBatch(batch);
  await writer.close();
  const reader = await openReader(Buffer.concat(chunks));
  const rows: NestedValue[][] = [];
  for await (const row of reader.rows()) rows.push(Object.values(row));
  return { rows, misfits, unusable };
}
