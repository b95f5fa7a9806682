// «String, Char, and VarChar Columns», DIRECT_V2: strings as two arrays of 32-bit numbers, addresses and lengths, one of
// each a non-null value.

import { isPresent } from './integers';
import { results } from './memory';

/**
 * Finds the `count` rows between `count + 1` offsets into the `size` bytes at `data`, whose first byte is number
 * `base`. Returns how many are present, or -1 if offsets fall or leave the data.
 */
export function locateStrings(
  offsets: usize,
  count: i32,
  present: usize,
  presentBit: i32,
  data: usize,
  base: u32,
  size: u32,
  addresses: usize,
  lengths: usize,
): i32 {
  if (load<u32>(offsets) < base) return -1;
  if (present == 0) return locateAll(offsets, count, data - base, base + size, addresses, lengths);
  let found = 0;
  let before = load<u32>(offsets);
  for (let i = 0; i < count; i++) {
    const after = load<u32>(offsets + ((<usize>i) << 2), 4);
    if (after < before || after - base > size) return -1;
    if (isPresent(present, presentBit + i)) {
      store<u32>(addresses + ((<usize>found) << 2), <u32>data + (before - base));
      store<u32>(lengths + ((<usize>found) << 2), after - before);
      found++;
    }
    before = after;
  }
  return found;
}

/** The same for the strings of all rows, four at a time; `data` is where byte 0 would be, `end` the last offset allowed. */
function locateAll(offsets: usize, count: i32, data: usize, end: u32, addresses: usize, lengths: usize): i32 {
  const origin = i32x4.splat(<i32>data);
  let falls = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const at = (<usize>i) << 2;
    const before = v128.load(offsets + at);
    const after = v128.load(offsets + at, 4);
    falls = v128.or(falls, i32x4.lt_u(after, before));
    v128.store(addresses + at, i32x4.add(before, origin));
    v128.store(lengths + at, i32x4.sub(after, before));
  }
  let isRising = !v128.any_true(falls);
  for (; i < count; i++) {
    const at = (<usize>i) << 2;
    const before = load<u32>(offsets + at);
    const after = load<u32>(offsets + at, 4);
    isRising = isRising && before <= after;
    store<u32>(addresses + at, <u32>data + before);
    store<u32>(lengths + at, after - before);
  }
  return isRising && load<u32>(offsets + ((<usize>count) << 2)) <= end ? count : -1;
}

/** Finds strings by their numbers in a list of `sourceCount`; false if a number is not below that. */
export function pickStrings(
  ids: usize,
  count: i32,
  sourceAddresses: usize,
  sourceLengths: usize,
  sourceCount: u32,
  addresses: usize,
  lengths: usize,
): bool {
  for (let i = 0; i < count; i++) {
    const id = load<u32>(ids + ((<usize>i) << 2));
    if (id >= sourceCount) return false;
    store<u32>(addresses + ((<usize>i) << 2), load<u32>(sourceAddresses + ((<usize>id) << 2)));
    store<u32>(lengths + ((<usize>i) << 2), load<u32>(sourceLengths + ((<usize>id) << 2)));
  }
  return true;
}

/** Lengths as 64-bit numbers; returns their sum. */
export function widenLengths(lengths: usize, count: i32, out: usize): f64 {
  let total: u64 = 0;
  for (let i = 0; i < count; i++) {
    const length = load<u32>(lengths + ((<usize>i) << 2));
    total += length;
    store<u64>(out + ((<usize>i) << 3), length);
  }
  return <f64>total;
}

/**
 * Puts as many of the strings as fit `capacity` bytes behind one another at `out` and returns how many; results[0] is
 * their bytes. Up to 8 bytes after the last are overwritten.
 */
export function gatherStrings(addresses: usize, lengths: usize, count: i32, capacity: u32, out: usize): i32 {
  const start = out;
  const end = out + capacity;
  let done = 0;
  for (; done < count; done++) {
    const from = load<u32>(addresses + ((<usize>done) << 2));
    const length = load<u32>(lengths + ((<usize>done) << 2));
    if (end - out < length) break;
    if (length <= 8) store<u64>(out, load<u64>(from));
    else memory.copy(out, from, length);
    out += length;
  }
  store<u32>(results, <u32>(out - start));
  return done;
}

/** Whether the strings already lie behind one another, given the sum of their lengths. */
export function areAdjacent(addresses: usize, lengths: usize, count: i32, total: f64): bool {
  const last = (<usize>(count - 1)) << 2;
  return <f64>(load<u32>(addresses + last) - load<u32>(addresses)) + <f64>load<u32>(lengths + last) == total;
}

/**
 * Turns the 64-bit lengths of the values that are present into `count + 1` offsets; returns the last one, or -1 if a
 * length is negative or the sum leaves 31 bits.
 */
export function writeOffsets(lengths: usize, count: i32, present: usize, out: usize): i32 {
  let total: u64 = 0;
  store<u32>(out, 0);
  for (let i = 0; i < count; i++) {
    if (isPresent(present, i)) {
      const length = load<u64>(lengths);
      lengths += 8;
      if (length > 0x7fffffff) return -1;
      total += length;
      if (total > 0x7fffffff) return -1;
    }
    store<u32>(out + ((<usize>i) << 2), <u32>total, 4);
  }
  return <i32>total;
}

/**
 * Turns the 64-bit numbers of dictionary entries, one a value that is present, into `count + 1` offsets; returns the
 * last one, or -1 if a number is not below `entryCount` or the sum leaves 31 bits.
 */
export function measureEntries(
  ids: usize,
  count: i32,
  present: usize,
  entryOffsets: usize,
  entryCount: u32,
  out: usize,
): i32 {
  let total: u64 = 0;
  store<u32>(out, 0);
  for (let i = 0; i < count; i++) {
    if (isPresent(present, i)) {
      const id = load<u64>(ids);
      ids += 8;
      if (id >= <u64>entryCount) return -1;
      const cell = entryOffsets + ((<usize>id) << 2);
      total += load<u32>(cell, 4) - load<u32>(cell);
    }
    store<u32>(out + ((<usize>i) << 2), <u32>total, 4);
  }
  return total > 0x7fffffff ? -1 : <i32>total;
}

/** Puts these entries behind one another at `out`. Up to 16 bytes after the last are overwritten. */
export function gatherEntries(ids: usize, count: i32, entryOffsets: usize, entries: usize, out: usize): void {
  for (let i = 0; i < count; i++) {
    const cell = entryOffsets + ((<usize>load<u64>(ids + ((<usize>i) << 3))) << 2);
    const start = load<u32>(cell);
    out = copyString(out, entries + start, load<u32>(cell, 4) - start);
  }
}

const LONG: u32 = 256;

/** Returns the address after the copy; up to 16 bytes after it are overwritten, and as many after `from` are read. */
function copyString(out: usize, from: usize, length: u32): usize {
  const end = out + length;
  if (length > LONG) {
    memory.copy(out, from, length);
    return end;
  }
  // Calling memory.copy() takes longer than copying a string of the usual length.
  for (; out < end; out += 16, from += 16) v128.store(out, v128.load(from));
  return end;
}
