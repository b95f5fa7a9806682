// «Compression»: what SNAPPY, LZ4 and LZO have in common, bytes that were there before, found by a table of the last
// place of each hash of six bytes, and copied by distance and length. Bytes are copied 16 at a time: up to 15 more are
// read after a source and written after a target, and 16 where nothing is copied, so both need that room.

/** A cell holds the low 16 bits of a place, so that the table stays small; nothing is looked for further back. */
const TABLE_BITS: u64 = 15;
const TABLE_BYTES: i32 = 65536;
const table = memory.data(TABLE_BYTES, 16);
/** After so many misses the search makes longer steps. */
const PATIENCE_BITS: u32 = 5;

/** Begins a block: what it becomes must not depend on those before it. */
export function forgetMatches(): void {
  memory.fill(table, 0, TABLE_BYTES);
}

/** Hashes of fewer bytes find matches of four that cost as much as they save; eight bytes are read. */
function cellOf(at: usize): usize {
  return table + ((<usize>(((load<u64>(at) << 16) * 227718039650203) >> (64 - TABLE_BITS))) << 1);
}

/**
 * Finds the first place from `at` and before `limit` whose four bytes are also no more than `furthest`, under 64 KiB,
 * before; the distance to those is in the upper half of the result. 0 if there is none. `start` is where the block
 * begins, and seven bytes after `limit` must be in it.
 */
export function nextMatch(start: usize, at: usize, limit: usize, furthest: u32): u64 {
  let misses: u32 = 1 << PATIENCE_BITS;
  let found: u64 = 0;
  while (at < limit) {
    const cell = cellOf(at);
    const here = <u32>(at - start);
    const distance = (here - load<u16>(cell)) & 0xffff;
    store<u16>(cell, here);
    if (distance <= here && load<u32>(at - distance) == load<u32>(at) && distance - 1 < furthest) {
      found = ((<u64>distance) << 32) | at;
      break;
    }
    at += misses++ >> PATIENCE_BITS;
  }
  return found;
}

/** Lets a place that was passed over be found. */
export function remember(start: usize, at: usize): void {
  store<u16>(cellOf(at), <u32>(at - start));
}

/** How many bytes before `at` and `before`, down to `least`, are equal, too. */
export function lengthBefore(at: usize, before: usize, least: usize): usize {
  const end = at;
  while (at > least && load<u8>(at - 1) == load<u8>(before - 1)) {
    at--;
    before--;
  }
  return end - at;
}

/** How many bytes from `at` and `before` on are equal, up to `end`. */
export function commonLength(at: usize, before: usize, end: usize): usize {
  const start = at;
  let different: u64 = 0;
  while (at + 8 <= end) {
    different = load<u64>(at) ^ load<u64>(before);
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

/** Copies bytes that are elsewhere. */
export function copyLiterals(out: usize, from: usize, length: usize): void {
  v128.store(out, v128.load(from));
  for (let i: usize = 16; i < length; i += 16) v128.store(out + i, v128.load(from + i));
}

/** For every distance under 16 which of the bytes at that distance comes at each of the next 16 places. */
const patterns = memory.data(256, 16);

for (let distance: usize = 1; distance < 16; distance++) {
  for (let i: usize = 0; i < 16; i++) store<u8>(patterns + (distance << 4) + i, i % distance);
}

/** Copies bytes from before `out`, which may repeat what it has just written. */
export function copyMatch(out: usize, distance: usize, length: usize): void {
  const from = out - distance;
  if (distance >= 16) {
    copyLiterals(out, from, length);
  } else {
    const repeated = v128.swizzle(v128.load(from), v128.load(patterns + (distance << 4)));
    const step: usize = 16 - (16 % distance);
    for (let i: usize = 0; i < length; i += step) v128.store(out + i, repeated);
  }
}
