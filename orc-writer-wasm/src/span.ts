// How far a writer goes in a batch before it looks at the size of the stripe. It depends on the rows alone.

import type { ColumnVector } from './columns.ts';

/** The bytes of a string column between two rows. */
export type ByteCounter = (from: number, to: number) => number;

export function byteCounter(vector: ColumnVector): ByteCounter {
  if ('ids' in vector) {
    const { offsets } = vector.dictionary;
    const sums = new Float64Array(vector.ids.length + 1);
    vector.ids.forEach((id, i) => {
      sums[i + 1] = (sums[i] ?? 0) + ((offsets[id + 1] ?? 0) - (offsets[id] ?? 0));
    });
    return (from, to) => (sums[to] ?? 0) - (sums[from] ?? 0);
  }
  if ('offsets' in vector) return (from, to) => (vector.offsets[to] ?? 0) - (vector.offsets[from] ?? 0);
  return () => 0;
}

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
