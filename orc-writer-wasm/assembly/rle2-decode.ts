// «Integer Run Length Encoding, version 2», reading.

import { results } from './memory';
import { unzigzag, widthOfCode } from './widths';

const LONGEST_RUN: i32 = 512;

/** What decodeIntegers() returns for a run that cannot be right. */
const CORRUPT: i32 = -1;

/**
 * Decodes whole runs for as long as the next one lies completely in the `length` bytes at `source` and 512 more
 * values fit `capacity`; returns the values written or -1; results[0] is the number of bytes used up. Up to 16 bytes
 * after the source are read, so they must exist.
 */
export function decodeIntegers(source: usize, length: i32, signed: bool, out: usize, capacity: i32): i32 {
  const end = source + length;
  let from = source;
  let count = 0;
  while (from < end && capacity - count >= LONGEST_RUN) {
    const target = out + ((<usize>count) << 3);
    const kind = load<u8>(from) >> 6;
    const next =
      kind == 0
        ? shortRepeat(from, end, signed, target)
        : kind == 1
          ? direct(from, end, signed, target)
          : kind == 2
            ? patchedBase(from, end, target)
            : delta(from, end, signed, target);
    if (next == INCOMPLETE) break;
    if (next == INVALID) return CORRUPT;
    count += kind == 0 ? <i32>(load<u8>(from) & 7) + 3 : runLength(from);
    from = next;
  }
  store<i32>(results, <i32>(from - source));
  return count;
}

/** In place of the address after a run: its bytes are not all here. */
const INCOMPLETE: usize = 0;
const INVALID: usize = 1;

function runLength(from: usize): i32 {
  return (((<i32>(load<u8>(from) & 1)) << 8) | <i32>load<u8>(from, 1)) + 1;
}

function headerWidth(from: usize): u32 {
  return widthOfCode((load<u8>(from) >> 1) & 31);
}

function shortRepeat(from: usize, end: usize, signed: bool, out: usize): usize {
  const bytes = <usize>((load<u8>(from) >> 3) & 7) + 1;
  const count = <i32>(load<u8>(from) & 7) + 3;
  if (end - from < 1 + bytes) return INCOMPLETE;
  const value = bigEndian(from + 1, bytes);
  fill(out, count, signed ? unzigzag(value) : <i64>value);
  return from + 1 + bytes;
}

function direct(from: usize, end: usize, signed: bool, out: usize): usize {
  if (end - from < 2) return INCOMPLETE;
  const count = runLength(from);
  const width = headerWidth(from);
  const bytes = packedBytes(count, width);
  if (end - from < 2 + bytes) return INCOMPLETE;
  unpack(from + 2, count, width, out);
  if (signed) {
    const one = i64x2.splat(1);
    for (let i = 0; i < count; i += 2) {
      const cell = out + ((<usize>i) << 3);
      const coded = v128.load(cell);
      v128.store(cell, v128.xor(i64x2.shr_u(coded, 1), i64x2.neg(v128.and(coded, one))));
    }
  }
  return from + 2 + bytes;
}

function delta(from: usize, end: usize, signed: bool, out: usize): usize {
  if (end - from < 2) return INCOMPLETE;
  const count = runLength(from);
  const width: u32 = (load<u8>(from) & 0x3e) == 0 ? 0 : headerWidth(from);
  const base = varintEnd(from + 2, end);
  if (base <= INVALID) return base;
  const step = varintEnd(base, end);
  if (step <= INVALID) return step;
  const rest = max(count - 2, 0);
  const bytes = packedBytes(rest, width);
  if (end - step < bytes) return INCOMPLETE;

  const first = varint(from + 2);
  const change = unzigzag(varint(base));
  let value = signed ? unzigzag(first) : <i64>first;
  if (width == 0) {
    for (let i = 0; i < count; i++, value += change) store<i64>(out + ((<usize>i) << 3), value);
    return step;
  }
  store<i64>(out, value);
  value += change;
  if (count > 1) store<i64>(out, value, 8);
  unpack(step, rest, width, out + 16);
  const sign: i64 = change < 0 ? -1 : 1;
  for (let i = 2; i < count; i++) {
    const cell = out + ((<usize>i) << 3);
    value += load<i64>(cell) * sign;
    store<i64>(cell, value);
  }
  return step + bytes;
}

function patchedBase(from: usize, end: usize, out: usize): usize {
  if (end - from < 4) return INCOMPLETE;
  const count = runLength(from);
  const width = headerWidth(from);
  const third = <u32>load<u8>(from, 2);
  const fourth = <u32>load<u8>(from, 3);
  const baseBytes = <usize>(third >> 5) + 1;
  const patchWidth = widthOfCode(third & 31);
  const gapWidth = (fourth >> 5) + 1;
  const patches = <i32>(fourth & 31);
  if (gapWidth + patchWidth > 64) return INVALID;
  const entryWidth = fixedWidth(gapWidth + patchWidth);
  const bytes = packedBytes(count, width);
  const patchBytes = packedBytes(patches, entryWidth);
  if (end - from < 4 + baseBytes + bytes + patchBytes) return INCOMPLETE;

  const stored = bigEndian(from + 4, baseBytes);
  const sign: u64 = 1 << (<u64>(baseBytes * 8 - 1));
  const base = stored & sign ? -(<i64>(stored & ~sign)) : <i64>stored;
  const values = from + 4 + baseBytes;
  unpack(values, count, width, out);
  let at = 0;
  for (let i = 0; i < patches; i++) {
    const entry = unpackOne(values + bytes, <usize>i * entryWidth, entryWidth);
    // A gap is counted from the previous patch; an entry with gap 255 and patch 0 only carries the gap.
    at += <i32>(entry >> patchWidth);
    if (at >= count) return INVALID;
    const patch = patchWidth == 64 ? entry : entry & ((1 << (<u64>patchWidth)) - 1);
    if (patch != 0) {
      if (width == 64) return INVALID;
      const cell = out + ((<usize>at) << 3);
      store<u64>(cell, load<u64>(cell) | (patch << width));
    }
  }
  for (let i = 0; i < count; i++) {
    const cell = out + ((<usize>i) << 3);
    store<i64>(cell, load<i64>(cell) + base);
  }
  return values + bytes + patchBytes;
}

function fill(out: usize, count: i32, value: i64): void {
  for (let i = 0; i < count; i++) store<i64>(out + ((<usize>i) << 3), value);
}

function fixedWidth(bits: u32): u32 {
  if (bits <= 24) return bits;
  if (bits <= 32) return (bits + 1) & ~1;
  return (bits + 7) & ~7;
}

function packedBytes(count: i32, width: u32): usize {
  return (<usize>count * width + 7) >> 3;
}

function bigEndian(from: usize, bytes: usize): u64 {
  return bswap(load<u64>(from)) >> (64 - ((<u64>bytes) << 3));
}

/** The address after a varint. */
function varintEnd(from: usize, end: usize): usize {
  for (let i: usize = 0; i < 10; i++) {
    if (from + i >= end) return INCOMPLETE;
    if (load<u8>(from + i) < 0x80) return from + i + 1;
  }
  return INVALID;
}

function varint(from: usize): u64 {
  let byte = load<u8>(from);
  let value = <u64>byte & 0x7f;
  for (let shift: u64 = 7; byte >= 0x80; shift += 7) {
    byte = load<u8>(++from);
    value |= (<u64>byte & 0x7f) << shift;
  }
  return value;
}

/** Which bytes of the source are those of two values; any number above 15 is a zero. */
const order = memory.data(16, 16);

/** One value more may be written. */
function unpack(source: usize, count: i32, width: u32, out: usize): void {
  if (width <= 8 && (width & (width - 1)) == 0) {
    // 1, 2, 4 and 8 bits never go over the end of a byte.
    const mask = ((<u32>1) << width) - 1;
    let bit: u32 = 0;
    for (let i = 0; i < count; i++) {
      const byte = <u32>load<u8>(source + (bit >> 3));
      store<u64>(out + ((<usize>i) << 3), (byte >> (8 - width - (bit & 7))) & mask);
      bit += width;
    }
    return;
  }
  if ((width & 7) == 0) {
    const bytes = width >> 3;
    memory.fill(order, 0xff, 16);
    for (let i: u32 = 0; i < bytes; i++) {
      store<u8>(order + i, bytes - 1 - i);
      store<u8>(order + 8 + i, 2 * bytes - 1 - i);
    }
    const places = v128.load(order);
    for (let i = 0; i < count; i += 2) {
      v128.store(out + ((<usize>i) << 3), i8x16.swizzle(v128.load(source), places));
      source += bytes << 1;
    }
    return;
  }
  let bit: usize = 0;
  for (let i = 0; i < count; i++) {
    store<u64>(out + ((<usize>i) << 3), unpackOne(source, bit, width));
    bit += width;
  }
}

/** No width lies between 57 and 63, so a value never spreads over more than eight bytes. */
function unpackOne(source: usize, bit: usize, width: u32): u64 {
  return (bswap(load<u64>(source + (bit >> 3))) << (<u64>(bit & 7))) >> <u64>(64 - width);
}
