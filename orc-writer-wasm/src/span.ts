// How far a writer goes in a batch before it looks at the size of the stripe. It depends on the rows alone.

import type { ColumnVector, DictionaryVector } from './columns.ts';

/** The bytes of the strings and elements of a column between two rows. */
export type ByteCounter = (from: number, to: number) => number;

export function byteCounter(vector: ColumnVector): ByteCounter {
  if ('ids' in vector) return between(sumsOf(vector));
  if ('data' in vector) return between(vector.offsets);
  if ('fields' in vector) return sumOf(vector.fields);
  if ('tags' in vector) return sumOf(vector.children);
  if ('child' in vector) return elements(vector.offsets, byteCounter(vector.child));
  if ('key' in vector) return elements(vector.offsets, sumOf([vector.key, vector.value]));
  return () => 0;
}

/** The same numbers as the offsets of plain strings; what stands in the slot of a null counts nothing. */
function sumsOf({ ids, dictionary: { offsets }, present }: DictionaryVector): Float64Array {
  const sums = new Float64Array(ids.length + 1);
  let sum = 0;
  for (let i = 0; i < ids.length; i++) {
    const isPresent = present === undefined || (((present[i >> 3] as number) >> (i & 7)) & 1) === 1;
    const id = ids[i] as number;
    if (isPresent) sum += (offsets[id + 1] as number) - (offsets[id] as number);
    sums[i + 1] = sum;
  }
  return sums;
}

function between(offsets: Uint32Array | Float64Array): ByteCounter {
  return (from, to) => (offsets[to] ?? 0) - (offsets[from] ?? 0);
}

function elements(offsets: Uint32Array, bytes: ByteCounter): ByteCounter {
  const count = between(offsets);
  return (from, to) => count(from, to) * ELEMENT_BYTES + bytes(offsets[from] ?? 0, offsets[to] ?? 0);
}

function sumOf(vectors: readonly ColumnVector[]): ByteCounter {
  const counters = vectors.map(byteCounter);
  return (from, to) => byteCount(counters, from, to);
}

/** What an element of a list counts besides its strings. */
const ELEMENT_BYTES = 8;

export function byteCount(sizes: readonly ByteCounter[], from: number, to: number): number {
  return sizes.reduce((sum, size) => sum + size(from, to), 0);
}

/** The first row after `from` at which the strings come to `bytes`, or `most`; at least one row is taken. */
export function spanEnd(sizes: readonly ByteCounter[], from: number, most: number, bytes: number): number {
  if (byteCount(sizes, from, most) < bytes) return most;
  let low = from + 1;
  let high = most;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byteCount(sizes, from, middle) >= bytes) high = middle;
    else low = middle + 1;
  }
  return low;
}
