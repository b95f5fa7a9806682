import type { Reader } from 'orc-writer-wasm';

/** Bytes of the values of rows as they are in memory: of strings their UTF-8, of everything else 8 a value. */
export function rawBytesOf({
  schema,
  statistics,
  rows,
}: {
  readonly schema: Reader['schema'];
  readonly statistics: ReturnType<Reader['statistics']>;
  readonly rows: number;
}): number {
  return schema.children.reduce((sum, { id }) => {
    const values = statistics[id]?.values;
    return sum + (values?.kind === 'string' ? Number(values.sum) : 8 * rows);
  }, 0);
}
