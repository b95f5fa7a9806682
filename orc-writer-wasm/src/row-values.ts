import type { ColumnBatch, ColumnVector } from './columns.ts';
import type { IncludedColumn } from './reader.ts';

/**
 * A value as JavaScript: `string` as it is, `int` as number, `bigint` as bigint, `binary` as bytes, `date` as
 * `2026-01-31`, `timestamp` as `2026-01-31 23:59:59.5` with up to nine digits after the point.
 */
export type RowValue = string | number | bigint | Uint8Array | null;

/** The rows of a batch as objects. */
export function* rowValues(
  { size, columns }: ColumnBatch,
  included: readonly IncludedColumn[],
): Generator<Record<string, RowValue>> {
  const getters = columns.map((vector, i) => getter(vector, included[i]?.type.category ?? 'binary'));
  for (let row = 0; row < size; row++) {
    const entries = included.map(({ name }, i): [string, RowValue] => [name, getters[i]?.(row) ?? null]);
    yield Object.fromEntries(entries);
  }
}

function getter(vector: ColumnVector, category: string): (row: number) => RowValue {
  const { present } = vector;
  const get = presentGetter(vector, category);
  if (present === undefined) return get;
  return (row) => (((present[row >> 3] ?? 0) >> (row & 7)) & 1 ? get(row) : null);
}

function presentGetter(vector: ColumnVector, category: string): (row: number) => RowValue {
  if ('seconds' in vector) return (row) => timestampText(vector.seconds[row] ?? 0n, vector.nanos[row] ?? 0);
  if ('data' in vector) {
    const data = Buffer.from(vector.data.buffer, vector.data.byteOffset, vector.data.length);
    const { offsets } = vector;
    return category === 'binary'
      ? (row) => data.subarray(offsets[row], offsets[row + 1])
      : (row) => data.toString('utf8', offsets[row], offsets[row + 1]);
  }
  if ('values' in vector) {
    const { values } = vector;
    if (category === 'date') return (row) => dateText(Number(values[row] ?? 0) * 86_400_000);
    return (row) => values[row] ?? null;
  }
  throw new TypeError('the reader does not make such vectors');
}

function timestampText(seconds: bigint, nanos: number): string {
  const fraction = String(nanos)
    .padStart(9, '0')
    .replace(/0{1,8}$/, '');
  const millis = Number(seconds) * 1000;
  const instant = new Date(millis);
  // Beyond the range of Date only the number is left.
  if (Number.isNaN(instant.getTime())) return `${seconds}.${fraction}`;
  return `${dateText(millis)} ${instant.toISOString().slice(-13, -5)}.${fraction}`;
}

function dateText(millis: number): string {
  const instant = new Date(millis);
  return Number.isNaN(instant.getTime())
    ? String(millis / 86_400_000)
    : (instant.toISOString().split('T')[0] ?? '');
}
