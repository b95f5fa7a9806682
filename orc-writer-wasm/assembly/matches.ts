// What SNAPPY, LZ4 and LZO have in common: bytes that were there before, found by a table of the last place of each
// hash of four bytes, and copied by distance and length.

const TABLE_BITS: u32 = 14;
const table = memory.data(65536, 16);
/** After so many misses the search makes longer steps. */
const PATIENCE_BITS: u32 = 5;

export let matchAt: usize = 0;
export let matchDistance: u32 = 0;
export let matchLength: u32 = 0;

export function forgetMatches(): void {
  memory.fill(table, 0, 65536);
}

/**
 * Finds the next place from `at` and before `limit` whose bytes are also no more than `furthest` bytes before; the
 * match ends by `end`. False if there is none. At least four bytes after `limit` must exist.
 */
export function findMatch(start: usize, at: usize, limit: usize, end: usize, furthest: u32): bool {
  let misses: u32 = 1 << PATIENCE_BITS;
  while (at < limit) {
    const word = load<u32>(at);
    const cell = table + ((<usize>((word * 2654435761) >> (32 - TABLE_BITS))) << 2);
    const before = start + load<u32>(cell);
    store<u32>(cell, <u32>(at - start));
    if (before < at && at - before <= furthest && load<u32>(before) == word) {
      matchAt = at;
      matchDistance = <u32>(at - before);
      matchLength = 4 + <u32>commonLength(at + 4, before + 4, end);
      return true;
    }
    at += misses++ >> PATIENCE_BITS;
  }
  return false;
}

function commonLength(at: usize, before: usize, end: usize): usize {
  const start = at;
  while (at + 8 <= end) {
    const different = load<u64>(at) ^ load<u64>(before);
    if (different != 0) return at - start + <usize>(ctz(different) >> 3);
    at += 8;
    before += 8;
  }
  while (at < end && load<u8>(at) == load<u8>(before)) {
    at++;
    before++;
  }
  return at - start;
}

const SHORT: usize = 64;

/** Copies bytes to a place that is not in front of them by fewer than 8; up to 8 more may be overwritten there. */
export function copyShort(out: usize, from: usize, length: usize): void {
  if (length > SHORT) memory.copy(out, from, length);
  else for (let i: usize = 0; i < length; i += 8) store<u64>(out + i, load<u64>(from + i));
}

/** Copies bytes from before `out`, which may repeat what it has just written; up to 8 more may be overwritten. */
export function copyMatch(out: usize, distance: usize, length: usize): void {
  const from = out - distance;
  if (distance >= length) copyShort(out, from, length);
  else if (distance >= 8) for (let i: usize = 0; i < length; i += 8) store<u64>(out + i, load<u64>(from + i));
  else if (distance == 1) memory.fill(out, load<u8>(from), length);
  else for (let i: usize = 0; i < length; i++) store<u8>(out + i, load<u8>(from + i));
}
