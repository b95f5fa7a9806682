import type { ColumnBatch, ColumnVector } from './columns.ts';
import { formatDecimal } from './decimal.ts';
import type { IncludedColumn } from './reader.ts';
import type { TypeDescription } from './schema.ts';

/**
 * A value of a type without types inside, as JavaScript: `string`, `char` and `varchar` as they are, `tinyint` to
 * `int`, `float` and `double` as number, `bigint` as bigint, `decimal` as text with all the digits of its scale,
 * `binary` as bytes, `date` as `2026-01-31`, both timestamps as `2026-01-31 23:59:59.5` with up to nine digits after
 * the point (an instant in UTC).
 */
export type RowValue = string | number | bigint | Uint8Array | null;

/** A value of any type; of a `uniontype` with the number of its variant. */
export type NestedValue =
  | RowValue
  | boolean
  | NestedValue[]
  | Map<NestedValue, NestedValue>
  | { readonly tag: number; readonly value: NestedValue }
  | { readonly [field: string]: NestedValue };

/** The rows of a batch as objects. */
export function* rowValues(
  { size, columns }: ColumnBatch,
  included: readonly IncludedColumn[],
): Generator<Record<string, NestedValue>> {
  const names = included.map(({ name }) => name);
  const getters = included.map(({ type }, i) => getter(columns[i], type));
  for (let row = 0; row < size; row++) yield rowOf(names, getters, row);
}

type Getter = (row: number) => NestedValue;

function rowOf(
  names: readonly string[],
  getters: readonly Getter[],
  row: number,
): Record<string, NestedValue> {
  return Object.fromEntries(names.map((name, i) => [name, getters[i]?.(row) ?? null]));
}

function getter(vector: ColumnVector | undefined, type: TypeDescription): Getter {
  if (vector === undefined) return () => null;
  const { present } = vector;
  const get = presentGetter(vector, type);
  if (present === undefined) return get;
  return (row) => (isSet(present, row) ? get(row) : null);
}

function presentGetter(vector: ColumnVector, type: TypeDescription): Getter {
  const inner = (child: ColumnVector, index: number): Getter => getter(child, type.children[index] ?? type);
  if ('bits' in vector) return (row) => isSet(vector.bits, row);
  if ('seconds' in vector) return (row) => timestampText(vector.seconds[row] ?? 0n, vector.nanos[row] ?? 0);
  if ('low' in vector) {
    const { low, high } = vector;
    return (row) => decimalText(((high[row] ?? 0n) << 64n) | (low[row] ?? 0n), type);
  }
  if ('ids' in vector) {
    const entry = presentGetter(vector.dictionary, type);
    return (row) => entry(vector.ids[row] ?? 0);
  }
  if ('data' in vector) {
    const data = Buffer.from(vector.data.buffer, vector.data.byteOffset, vector.data.length);
    const { offsets } = vector;
    const isText = ['string', 'char', 'varchar'].includes(type.category);
    return isText
      ? (row) => data.toString('utf8', offsets[row], offsets[row + 1])
      : (row) => data.subarray(offsets[row], offsets[row + 1]);
  }
  if ('fields' in vector) {
    const fields = vector.fields.map(inner);
    return (row) => rowOf(type.fieldNames, fields, row);
  }
  if ('child' in vector) {
    const element = inner(vector.child, 0);
    return (row) => elements(vector.offsets, row, element);
  }
  if ('key' in vector) {
    const [key, value] = [inner(vector.key, 0), inner(vector.value, 1)];
    return (row) => new Map(elements(vector.offsets, row, (at) => [key(at), value(at)] as const));
  }
  if ('tags' in vector) {
    const variants = vector.children.map(inner);
    return (row) => {
      const tag = vector.tags[row] ?? 0;
      return { tag, value: variants[tag]?.(row) ?? null };
    };
  }
  if ('values' in vector) {
    const { values } = vector;
    if (type.category === 'date') return (row) => dateText(Number(values[row] ?? 0) * 86_400_000);
    if (type.category === 'decimal') return (row) => decimalText(BigInt(values[row] ?? 0), type);
    return (row) => values[row] ?? null;
  }
  throw new TypeError('the reader does not make such vectors');
}

function isSet(bits: Uint8Array, row: number): boolean {
  return (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
}

function elements<T>(offsets: Uint32Array, row: number, element: (at: number) => T): T[] {
  const [start = 0, end = 0] = [offsets[row], offsets[row + 1]];
  return Array.from({ length: end - start }, (_, i) => element(start + i));
}

function decimalText(unscaled: bigint, { scale = 0 }: TypeDescription): string {
  return formatDecimal({ unscaled, scale });
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
