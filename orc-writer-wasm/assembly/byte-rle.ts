// «Byte Run Length Encoding», and the bits of «Boolean Run Length Encoding» that go through it.

import { isPresent } from './integers';
import { results } from './memory';

const SHORTEST_RUN: i32 = 3;
const LONGEST_RUN: i32 = 130;
const LONGEST_LITERALS: i32 = 128;

/**
 * Encodes `count` bytes to `out` and returns the bytes written; results[0] is the number of bytes used up, which is
 * all of them when `final` (see encodeIntegers). Room needed at `out`: twice the count and 2.
 */
export function encodeBytes(values: usize, count: i32, final: bool, out: usize): i32 {
  const start = out;
  let from = 0;
  while (from < count) {
    const run = values + from;
    const repeat = leadingRepeat(run, min(count - from, LONGEST_RUN));
    if (repeat >= SHORTEST_RUN) {
      if (!final && repeat == count - from && repeat < LONGEST_RUN) break;
      store<u8>(out, repeat - SHORTEST_RUN);
      store<u8>(out, load<u8>(run), 1);
      out += 2;
      from += repeat;
    } else {
      const window = min(count - from, LONGEST_LITERALS);
      const length = literals(run, window);
      if (!final && length == window && window < LONGEST_LITERALS) break;
      store<u8>(out, -length);
      memory.copy(out + 1, run, length);
      out += 1 + length;
      from += length;
    }
  }
  store<i32>(results, from);
  return <i32>(out - start);
}

function leadingRepeat(run: usize, window: i32): i32 {
  const value = load<u8>(run);
  let length = 1;
  while (length < window && load<u8>(run + length) == value) length++;
  return length;
}

/** Up to where three equal bytes begin. */
function literals(run: usize, window: i32): i32 {
  for (let i = 2; i < window; i++) {
    const value = load<u8>(run + i);
    if (value == load<u8>(run + i - 1) && value == load<u8>(run + i - 2)) return i - 2;
  }
  return window;
}

/**
 * Decodes whole runs while they lie in the source and 130 more bytes fit `capacity`; returns the bytes written;
 * results[0] is the number of source bytes used up.
 */
export function decodeBytes(source: usize, length: i32, out: usize, capacity: i32): i32 {
  let from = 0;
  let count = 0;
  while (from < length && capacity - count >= LONGEST_RUN) {
    const control = <i32>load<i8>(source + from);
    const size = control < 0 ? -control : 1;
    if (length - from < 1 + size) break;
    if (control < 0) {
      memory.copy(out + count, source + from + 1, size);
      count += size;
    } else {
      memory.fill(out + count, load<u8>(source + from, 1), control + SHORTEST_RUN);
      count += control + SHORTEST_RUN;
    }
    from += 1 + size;
  }
  store<i32>(results, from);
  return count;
}

/**
 * Appends bits of `source` (ones if that is 0), least significant first from `sourceBit`, to the bits at `target`,
 * most significant first from `targetBit`: of `count` positions those that `select` (0: all) has a one for. The rest
 * of the last byte becomes zero. Returns the ones; results[0] is the number of bits appended.
 */
export function packBits(
  source: usize,
  sourceBit: i32,
  select: usize,
  selectBit: i32,
  count: i32,
  target: usize,
  targetBit: i32,
): i32 {
  let ones = 0;
  let appended = 0;
  let cell = target + (targetBit >> 3);
  if (select == 0 && source != 0 && ((sourceBit | targetBit) & 7) == 0) {
    const from = source + (sourceBit >> 3);
    for (; appended + 64 <= count; appended += 64, cell += 8) {
      const bits = load<u64>(from + (appended >> 3));
      ones += <i32>popcnt(bits);
      store<u64>(cell, turned(bits));
    }
  }
  let held = (targetBit & 7) == 0 ? <u32>0 : <u32>load<u8>(cell);
  for (let i = appended; i < count; i++) {
    if (!isPresent(select, selectBit + i)) continue;
    const bit = <u32>isPresent(source, sourceBit + i);
    const place = (targetBit + appended++) & 7;
    if (place == 0) held = 0;
    held |= bit << (7 - place);
    ones += bit;
    store<u8>(cell, held);
    if (place == 7) cell++;
  }
  store<i32>(results, appended);
  return ones;
}

/** The bits of each of eight bytes in the opposite order. */
function turned(bits: u64): u64 {
  bits = ((bits >> 1) & 0x5555555555555555) | ((bits & 0x5555555555555555) << 1);
  bits = ((bits >> 2) & 0x3333333333333333) | ((bits & 0x3333333333333333) << 2);
  return ((bits >> 4) & 0x0f0f0f0f0f0f0f0f) | ((bits & 0x0f0f0f0f0f0f0f0f) << 4);
}

/**
 * The other way: to `count` bits at `target`, least significant first. Where `select` (0: all) has a one the next bit
 * of `source`, most significant first from `sourceBit`, is taken; elsewhere the bit is zero. Returns the ones.
 */
export function unpackBits(source: usize, sourceBit: i32, select: usize, count: i32, target: usize): i32 {
  let ones = 0;
  let at = sourceBit;
  memory.fill(target, 0, (count + 7) >> 3);
  let i = 0;
  if (select == 0 && (sourceBit & 7) == 0) {
    for (; i + 64 <= count; i += 64, at += 64) {
      const bits = load<u64>(source + (at >> 3));
      ones += <i32>popcnt(bits);
      store<u64>(target + (i >> 3), turned(bits));
    }
  }
  for (; i < count; i++) {
    if (!isPresent(select, i)) continue;
    const bit = (<u32>load<u8>(source + (at >> 3)) >> (7 - (at & 7))) & 1;
    at++;
    const cell = target + (i >> 3);
    store<u8>(cell, <u32>load<u8>(cell) | (bit << (i & 7)));
    ones += bit;
  }
  return ones;
}

/** The ones among `count` bits, least significant first from `bit`. */
export function countBits(source: usize, bit: i32, count: i32): i32 {
  let ones = 0;
  for (let i = 0; i < count; i++) ones += <i32>isPresent(source, bit + i);
  return ones;
}
