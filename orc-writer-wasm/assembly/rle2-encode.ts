// «Integer Run Length Encoding, version 2», writing. The runs are chosen as ORC's own writers choose them, so the bytes are
// theirs too. There is no state between calls: a run that later values could still change is left to the caller,
// who passes its values again in front of the next ones.

import { results } from './memory';
import { alignedWidth, bitsOf, widthCode, widthOfCode, zigzag } from './widths';

const SCOPE: i32 = 512;
const SHORTEST_REPEAT: i32 = 3;
const LONGEST_SHORT_REPEAT: i32 = 10;
/** A base of 56 bits or more does not fit PATCHED_BASE's width field (ORC-616). */
const BASE_LIMIT: u64 = 1 << 56;

/** Values of a run, and room to read two at a time. */
const packed = memory.data(SCOPE * 8 + 8, 16);
/** Which bytes of two values are packed. */
const order = memory.data(16, 16);
const histogram = memory.data(32 * 4, 16);
const patchGaps = memory.data(64 * 8, 16);
const patchValues = memory.data(64 * 8, 16);

/**
 * Encodes `count` 64-bit values to `out` and returns the bytes written; results[0] is the number of values used up,
 * which is all of them when `final`. Room needed at `out`: 10 bytes a value and 512.
 */
export function encodeIntegers(
  values: usize,
  count: i32,
  signed: bool,
  aligned: bool,
  final: bool,
  out: usize,
): i32 {
  const start = out;
  let from = 0;
  while (from < count) {
    const run = values + ((<usize>from) << 3);
    const window = min(count - from, SCOPE);
    const open = window < SCOPE && !final;
    const repeat = leadingRepeat(run, window);
    if (repeat >= SHORTEST_REPEAT) {
      if (open && repeat == window) break;
      out =
        repeat <= LONGEST_SHORT_REPEAT
          ? shortRepeat(run, repeat, signed, out)
          : fixedRun(run, repeat, signed, out);
      from += repeat;
    } else {
      const length = variableLength(run, window);
      if (open && length == window) break;
      out = variableRun(run, length, signed, aligned, out);
      from += length;
    }
  }
  store<i32>(results, from);
  return <i32>(out - start);
}

function leadingRepeat(run: usize, window: i32): i32 {
  const value = load<i64>(run);
  let length = 1;
  const both = i64x2.splat(value);
  while (length + 2 <= window && i64x2.all_true(i64x2.eq(v128.load(run + ((<usize>length) << 3)), both))) {
    length += 2;
  }
  while (length < window && load<i64>(run + ((<usize>length) << 3)) == value) length++;
  return length;
}

/** Up to where three equal values begin. */
function variableLength(run: usize, window: i32): i32 {
  let from = 0;
  for (; from + 4 <= window; from += 2) {
    const at = run + ((<usize>from) << 3);
    const second = v128.load(at, 8);
    const isEqual = v128.and(i64x2.eq(v128.load(at), second), i64x2.eq(second, v128.load(at, 16)));
    if (v128.any_true(isEqual)) break;
  }
  for (; from + 3 <= window; from++) {
    const at = run + ((<usize>from) << 3);
    if (load<i64>(at) == load<i64>(at, 8) && load<i64>(at, 8) == load<i64>(at, 16)) return from;
  }
  return window;
}

function shortRepeat(run: usize, length: i32, signed: bool, out: usize): usize {
  const value = load<i64>(run);
  const coded = signed ? zigzag(value) : <u64>value;
  const bytes = max<u32>(1, (bitsOf(coded) + 7) >> 3);
  store<u8>(out, ((bytes - 1) << 3) | (length - SHORTEST_REPEAT));
  return bigEndian(out + 1, coded, bytes);
}

function fixedRun(run: usize, length: i32, signed: bool, out: usize): usize {
  out = lengthHeader(out, 0xc0, 0, length);
  out = varint(out, coded(load<i64>(run), signed));
  store<u8>(out, 0);
  return out + 1;
}

function variableRun(run: usize, length: i32, signed: bool, aligned: bool, out: usize): usize {
  if (length > SHORTEST_REPEAT) {
    const first = load<i64>(run);
    const firstDelta = load<i64>(run, 8) - first;
    let before = first;
    let rises = true;
    let falls = true;
    let isFixed = true;
    let deltaBits: u64 = 0;
    for (let i = 1; i < length && (rises || falls); i++) {
      const value = load<i64>(run + ((<usize>i) << 3));
      const delta = value - before;
      rises = rises & (before <= value);
      falls = falls & (before >= value);
      isFixed = isFixed & (delta == firstDelta);
      if (i > 1) deltaBits |= <u64>abs(delta);
      before = value;
    }
    // A range that leaves 64 bits looks like one that goes the other way.
    if ((rises && before - first >= 0) || (falls && first - before >= 0)) {
      if (isFixed) {
        out = lengthHeader(out, 0xc0, 0, length);
        out = varint(out, coded(first, signed));
        return varint(out, zigzag(firstDelta));
      }
      if (firstDelta != 0) return monotonicRun(run, length, signed, aligned, bitsOf(deltaBits), out);
    }
  }
  const bits = codeAll(run, length, signed);
  if (length > SHORTEST_REPEAT && isSkewed(length, bits)) {
    const lowest = lowestOf(run, length);
    const range = highestOf(run, length) - lowest;
    const all = widthOfCode(widthCode(bitsOf(<u64>range)));
    const most = patchedWidth(run, length, lowest);
    if (range >= 0 && most != all && <u64>abs(lowest) < BASE_LIMIT)
      return patchedBase(run, length, lowest, most, all, out);
  }
  const width = chosenWidth(bitsOf(bits), aligned);
  out = lengthHeader(out, 0x40, widthCode(width), length);
  return pack(packed, length, width, out);
}

/** Puts the values as they are coded into `packed`; returns the bits that any of them has. */
function codeAll(run: usize, length: i32, signed: bool): u64 {
  const shift = <i32>signed;
  const signs = i64x2.splat(-(<i64>signed));
  let bits = i64x2.splat(0);
  for (let i = 0; i + 2 <= length; i += 2) {
    const at = (<usize>i) << 3;
    const values = v128.load(run + at);
    const zigzags = v128.xor(i64x2.shl(values, shift), v128.and(i64x2.shr_s(values, 63), signs));
    v128.store(packed + at, zigzags);
    bits = v128.or(bits, zigzags);
  }
  let all = i64x2.extract_lane(bits, 0) | i64x2.extract_lane(bits, 1);
  if ((length & 1) != 0) {
    const at = (<usize>(length - 1)) << 3;
    const value = coded(load<i64>(run + at), signed);
    store<u64>(packed + at, value);
    all |= value;
  }
  return all;
}

function monotonicRun(run: usize, length: i32, signed: bool, aligned: bool, bits: u32, out: usize): usize {
  const width = max<u32>(2, chosenWidth(bits, aligned));
  const first = load<i64>(run);
  const second = load<i64>(run, 8);
  out = lengthHeader(out, 0xc0, widthCode(width), length);
  out = varint(out, coded(first, signed));
  out = varint(out, zigzag(second - first));
  let before = second;
  for (let i = 2; i < length; i++) {
    const value = load<i64>(run + ((<usize>i) << 3));
    store<u64>(packed + ((<usize>(i - 2)) << 3), <u64>abs(value - before));
    before = value;
  }
  return pack(packed, length - 2, width, out);
}

/** Whether the width that 90 % of the coded values need is more than one bit below what all of them need. */
function isSkewed(length: i32, bits: u64): bool {
  const code = widthCode(bitsOf(bits));
  if (code < 2) return false;
  // Values of this many bits are at most one bit narrower; above 24 bits the steps are wider than one bit.
  const narrow = code < 24 ? code - 1 : widthOfCode(code - 1);
  let wide = i64x2.splat(0);
  for (let i = 0; i + 2 <= length; i += 2) {
    const rest = i64x2.shr_u(v128.load(packed + ((<usize>i) << 3)), narrow);
    wide = i64x2.sub(wide, i64x2.ne(rest, i64x2.splat(0)));
  }
  let count = i64x2.extract_lane(wide, 0) + i64x2.extract_lane(wide, 1);
  if ((length & 1) != 0) count += <i64>(load<u64>(packed + ((<usize>(length - 1)) << 3)) >> narrow != 0);
  return count <= <i64>(<f64>length * (1.0 - 0.9));
}

function lowestOf(run: usize, length: i32): i64 {
  let lowest = load<i64>(run);
  for (let i = 1; i < length; i++) lowest = min(lowest, load<i64>(run + ((<usize>i) << 3)));
  return lowest;
}

function highestOf(run: usize, length: i32): i64 {
  let highest = load<i64>(run);
  for (let i = 1; i < length; i++) highest = max(highest, load<i64>(run + ((<usize>i) << 3)));
  return highest;
}

/** The width that 95 % of the values above `base` need. */
function patchedWidth(run: usize, length: i32, base: i64): u32 {
  memory.fill(histogram, 0, 32 * 4);
  for (let i = 0; i < length; i++) {
    const cell =
      histogram + ((<usize>widthCode(bitsOf(<u64>(load<i64>(run + ((<usize>i) << 3)) - base)))) << 2);
    store<i32>(cell, load<i32>(cell) + 1);
  }
  let left = <i32>(<f64>length * (1.0 - 0.95));
  let code: u32 = 32;
  while (left >= 0) left -= load<i32>(histogram + ((<usize>--code) << 2));
  return widthOfCode(code);
}

function patchedBase(run: usize, length: i32, base: i64, width: u32, all: u32, out: usize): usize {
  let patchWidth = widthOfCode(widthCode(all - width));
  if (patchWidth == 64) {
    // Gap and patch must fit one 64-bit entry together.
    patchWidth = 56;
    width = 8;
  }
  const mask: u64 = (1 << (<u64>width)) - 1;
  let patches = 0;
  let widestGap = 0;
  let previous = 0;
  for (let i = 0; i < length; i++) {
    const value = <u64>(load<i64>(run + ((<usize>i) << 3)) - base);
    if (value > mask) {
      const gap = i - previous;
      widestGap = max(widestGap, gap);
      previous = i;
      store<u64>(patchGaps + ((<usize>patches) << 3), gap);
      store<u64>(patchValues + ((<usize>patches) << 3), value >> width);
      patches++;
    }
    store<u64>(packed + ((<usize>i) << 3), value & mask);
  }
  const gapWidth = min<u32>(8, max<u32>(1, bitsOf(widestGap)));
  const entries = patches + (widestGap == 511 ? 2 : <i32>(widestGap > 255));

  const magnitude = <u64>abs(base);
  const baseBytes = (widthOfCode(widthCode(bitsOf(magnitude))) + 8) >> 3;
  const sign: u64 = base < 0 ? 1 << (<u64>(baseBytes * 8 - 1)) : 0;
  out = lengthHeader(out, 0x80, widthCode(width), length);
  store<u8>(out, ((baseBytes - 1) << 5) | widthCode(patchWidth));
  store<u8>(out, ((gapWidth - 1) << 5) | entries, 1);
  out = bigEndian(out + 2, magnitude | sign, baseBytes);
  out = pack(packed, length, width, out);

  let entry = packed;
  for (let i = 0; i < patches; i++) {
    let gap = load<u64>(patchGaps + ((<usize>i) << 3));
    // A gap over 255 is carried by entries without a patch.
    for (; gap > 255; gap -= 255, entry += 8) store<u64>(entry, (<u64>255) << patchWidth);
    store<u64>(entry, (gap << patchWidth) | load<u64>(patchValues + ((<usize>i) << 3)));
    entry += 8;
  }
  return pack(packed, entries, widthOfCode(widthCode(gapWidth + patchWidth)), out);
}

function coded(value: i64, signed: bool): u64 {
  return signed ? zigzag(value) : <u64>value;
}

function chosenWidth(bits: u32, aligned: bool): u32 {
  return aligned ? alignedWidth(bits) : widthOfCode(widthCode(bits));
}

function lengthHeader(out: usize, kind: u32, code: u32, length: i32): usize {
  const stored = <u32>(length - 1);
  store<u8>(out, kind | (code << 1) | (stored >> 8));
  store<u8>(out, stored, 1);
  return out + 2;
}

function varint(out: usize, value: u64): usize {
  while (value > 127) {
    store<u8>(out++, <u8>value | 0x80);
    value >>= 7;
  }
  store<u8>(out, <u8>value);
  return out + 1;
}

function bigEndian(out: usize, value: u64, bytes: u32): usize {
  for (let shift = <i32>(bytes << 3) - 8; shift >= 0; shift -= 8) store<u8>(out++, <u8>(value >> <u64>shift));
  return out;
}

/** Most significant bit first, the last byte filled with zeros; up to 15 bytes after the result are overwritten. */
function pack(values: usize, count: i32, width: u32, out: usize): usize {
  if ((width & 7) == 0) {
    // The low bytes of two values, each from its highest one on.
    const bytes = <i32>(width >> 3);
    for (let i = 0; i < bytes; i++) {
      store<u8>(order + i, bytes - 1 - i);
      store<u8>(order + bytes + i, 7 + bytes - i);
    }
    const places = v128.load(order);
    const end = out + <usize>count * <usize>bytes;
    for (; out < end; out += (<usize>bytes) << 1, values += 16) {
      v128.store(out, i8x16.swizzle(v128.load(values), places));
    }
    return end;
  }
  // Every other width is under 32 bits.
  let held: u64 = 0;
  let bits: u32 = 0;
  for (let i = 0; i < count; i++) {
    held = (held << width) | load<u64>(values + ((<usize>i) << 3));
    bits += width;
    if (bits >= 32) {
      bits -= 32;
      store<u32>(out, bswap<u32>(<u32>(held >> bits)));
      out += 4;
    }
  }
  store<u32>(out, bswap<u32>(<u32>(held << (32 - bits))));
  return out + ((bits + 7) >> 3);
}
