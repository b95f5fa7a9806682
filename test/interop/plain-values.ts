// The truth about a file: its rows in a form that every language reads and compares the same way.

import type { ColumnVector, TypeDescription } from 'orc-writer-wasm';
import { shown, type Raw } from '../../orc-writer-wasm/test/helpers/nested.ts';

/**
 * A value as JSON: `tinyint` to `int` and the days of a `date` as numbers; `bigint`, the unscaled value of a
 * `decimal` and the nanoseconds since 1970 of a timestamp as text; floating point as the hex of the double's bits;
 * `binary` as hex; lists, structs and entries of maps as lists; of a union its number and value.
 */
export type Plain = null | boolean | number | string | readonly Plain[];

/** What was given to the writer. */
export function plainValue(type: TypeDescription, value: Raw): Plain {
  if (value === null) return null;
  const inner = (index: number, of: Raw): Plain => plainValue(type.children[index] ?? type, of);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return shownText(type, value);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return isFloating(type) ? doubleHex(value) : value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if ('tag' in value) return [value.tag, inner(value.tag, value.value)];
  if (type.category === 'array') return value.map((element) => inner(0, element));
  if (type.category === 'map') {
    return value.map((entry) => (Array.isArray(entry) ? entry.map((part: Raw, i) => inner(i, part)) : null));
  }
  return value.map((field, i) => inner(i, field));
}

/** A value of a type without types inside, as `Reader.rows()` shows it. */
export function shownText(type: TypeDescription, value: Raw): string {
  const text = shown(type, value);
  if (typeof text === 'object') throw new TypeError(`${type.category} has no text`);
  return String(text);
}

/** What the reader gave. */
export function plainVector(type: TypeDescription, vector: ColumnVector, size: number): Plain[] {
  const get = getter(type, vector);
  return Array.from({ length: size }, (_, row) => get(row));
}

function getter(type: TypeDescription, vector: ColumnVector): (row: number) => Plain {
  const get = presentGetter(type, vector);
  const { present } = vector;
  return present === undefined ? get : (row) => (bit(present, row) ? get(row) : null);
}

function presentGetter(type: TypeDescription, vector: ColumnVector): (row: number) => Plain {
  const inner = (index: number, of: ColumnVector): ((row: number) => Plain) =>
    getter(type.children[index] ?? type, of);
  if ('bits' in vector) return (row) => bit(vector.bits, row);
  if ('seconds' in vector) {
    return (row) => String((vector.seconds[row] ?? 0n) * 1_000_000_000n + BigInt(vector.nanos[row] ?? 0));
  }
  if ('low' in vector) return (row) => String(((vector.high[row] ?? 0n) << 64n) | (vector.low[row] ?? 0n));
  if ('data' in vector) {
    const data = Buffer.from(vector.data.buffer, vector.data.byteOffset, vector.data.length);
    const form = type.category === 'binary' ? 'hex' : 'utf8';
    return (row) => data.toString(form, vector.offsets[row], vector.offsets[row + 1]);
  }
  if ('fields' in vector) {
    const fields = vector.fields.map((field, i) => inner(i, field));
    return (row) => fields.map((field) => field(row));
  }
  if ('child' in vector) {
    const element = inner(0, vector.child);
    return (row) => slots(vector.offsets, row).map(element);
  }
  if ('key' in vector) {
    const [key, value] = [inner(0, vector.key), inner(1, vector.value)];
    return (row) => slots(vector.offsets, row).map((slot) => [key(slot), value(slot)]);
  }
  if ('tags' in vector) {
    const variants = vector.children.map((variant, i) => inner(i, variant));
    return (row) => {
      const tag = vector.tags[row] ?? 0;
      return [tag, variants[tag]?.(row) ?? null];
    };
  }
  if (!('values' in vector)) throw new TypeError('the reader does not make such vectors');
  const { values } = vector;
  if (values instanceof BigInt64Array) return (row) => String(values[row]);
  if (isFloating(type)) return (row) => doubleHex(Number(values[row]));
  return (row) => Number(values[row]);
}

function isFloating({ category }: TypeDescription): boolean {
  return category === 'float' || category === 'double';
}

function doubleHex(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

function bit(bits: Uint8Array, row: number): boolean {
  return (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
}

function slots(offsets: Uint32Array, row: number): number[] {
  const [start = 0, end = 0] = [offsets[row], offsets[row + 1]];
  return Array.from({ length: end - start }, (_, i) => start + i);
}
