// «Decimal Columns»: 128-bit integers, low half first, as zigzag varints of any length. Their scale is a stream of its own.

import { isPresent } from './integers';
import { results } from './memory';

const BYTES: usize = 16;
const LONGEST_VARINT: i32 = 19;
/** Of its last byte, of which two bits are left. */
const LAST_SHIFT: u64 = 126;
const MOST_DIGITS: i32 = 38;

/** 10 to the power of 0 to 38; built on first use. */
const powers = memory.data(39 * 16, 16);

function powerOfTen(exponent: i32): usize {
  if (load<u64>(powers) == 0) {
    let low: u64 = 1;
    let high: u64 = 0;
    for (let i = 0; i <= MOST_DIGITS; i++) {
      store<u64>(powers + <usize>i * BYTES, low);
      store<u64>(powers + <usize>i * BYTES, high, 8);
      // Ten times: eight times and twice.
      const eightHigh = (high << 3) | (low >> 61);
      const eightLow = low << 3;
      const twiceHigh = (high << 1) | (low >> 63);
      const twiceLow = low << 1;
      low = eightLow + twiceLow;
      high = eightHigh + twiceHigh + <u64>(low < eightLow);
    }
  }
  return powers + <usize>exponent * BYTES;
}

/**
 * Brings the halves of the values that are present together; without `highs` (0) the low ones are signed 64-bit
 * values. Returns how many.
 */
export function joinDecimals(
  lows: usize,
  highs: usize,
  count: i32,
  present: usize,
  presentBit: i32,
  out: usize,
): i32 {
  const start = out;
  for (let i = 0; i < count; i++) {
    if (!isPresent(present, presentBit + i)) continue;
    const low = load<i64>(lows + ((<usize>i) << 3));
    store<i64>(out, low);
    store<i64>(out, highs == 0 ? low >> 63 : load<i64>(highs + ((<usize>i) << 3)), 8);
    out += BYTES;
  }
  return <i32>((out - start) >> 4);
}

/** The other way, a slot a row; without `highs` (0) false if a value does not fit 64 bits. */
export function splitDecimals(values: usize, count: i32, present: usize, lows: usize, highs: usize): bool {
  let fits = true;
  for (let i = 0; i < count; i++) {
    let low: i64 = 0;
    let high: i64 = 0;
    if (isPresent(present, i)) {
      low = load<i64>(values);
      high = load<i64>(values, 8);
      values += BYTES;
    }
    store<i64>(lows + ((<usize>i) << 3), low);
    if (highs == 0) fits = fits & (high == low >> 63);
    else store<i64>(highs + ((<usize>i) << 3), high);
  }
  return fits;
}

/** Whether all values have at most `precision` digits. */
export function haveDigits(values: usize, count: i32, precision: i32): bool {
  const limit = powerOfTen(precision);
  for (let i = 0; i < count; i++) {
    const at = values + ((<usize>i) << 4);
    if (!isBelow(load<u64>(at), load<i64>(at, 8), load<u64>(limit), load<u64>(limit, 8))) return false;
  }
  return true;
}

/** Whether the magnitude is below the limit. */
function isBelow(low: u64, high: i64, limitLow: u64, limitHigh: u64): bool {
  let magnitude = <u64>high;
  if (high < 0) {
    magnitude = ~magnitude + <u64>(low == 0);
    low = -low;
  }
  return magnitude < limitHigh || (magnitude == limitHigh && low < limitLow);
}

/** Returns the bytes written, at most 19 a value; up to 7 after them are overwritten. */
export function encodeDecimals(values: usize, count: i32, out: usize): i32 {
  const start = out;
  for (let i = 0; i < count; i++) {
    const at = values + ((<usize>i) << 4);
    const signs = <u64>(load<i64>(at, 8) >> 63);
    let high = ((load<u64>(at, 8) << 1) | (load<u64>(at) >> 63)) ^ signs;
    let low = (load<u64>(at) << 1) ^ signs;
    if (high == 0 && low < SPREAD_LIMIT) {
      const bytes = <u64>(max<i32>(70 - <i32>clz(low), 7) / 7);
      store<u64>(out, spread(low) | (0x80808080808080 & ((1 << ((bytes - 1) << 3)) - 1)));
      out += <usize>bytes;
      continue;
    }
    while (high != 0 || low > 127) {
      store<u8>(out++, <u8>low | 0x80);
      low = (low >> 7) | (high << 57);
      high >>= 7;
    }
    store<u8>(out++, <u8>low);
  }
  return <i32>(out - start);
}

/** Numbers of at most eight groups of seven bits. */
const SPREAD_LIMIT: u64 = 1 << 56;

/** Gives each group of seven bits a byte: first halves, then quarters, then eighths move apart. */
function spread(value: u64): u64 {
  value = (value & 0x000000000fffffff) | ((value & 0x00fffffff0000000) << 4);
  value = (value & 0x00003fff00003fff) | ((value & 0x0fffc0000fffc000) << 2);
  return (value & 0x007f007f007f007f) | ((value & 0x3f803f803f803f80) << 1);
}

/** The other way. */
function gather(bytes: u64): u64 {
  bytes = (bytes & 0x007f007f007f007f) | ((bytes & 0x7f007f007f007f00) >> 1);
  bytes = (bytes & 0x00003fff00003fff) | ((bytes & 0x3fff00003fff0000) >> 2);
  return (bytes & 0x000000000fffffff) | ((bytes & 0x0fffffff00000000) >> 4);
}

/**
 * Decodes up to `capacity` values that lie completely in the source; returns how many, or -1 for one that has more
 * than 128 bits; results[0] is the number of bytes used up.
 */
export function decodeDecimals(source: usize, length: i32, out: usize, capacity: i32): i32 {
  let from = 0;
  let count = 0;
  while (count < capacity) {
    if (from + 8 <= length) {
      const bytes = load<u64>(source + from);
      const ends = ~bytes & 0x8080808080808080;
      if (ends != 0) {
        const size = (ctz(ends) >> 3) + 1;
        const value = gather(bytes & (u64.MAX_VALUE >> (64 - (size << 3))));
        const short = <i64>(value >> 1) ^ -(<i64>(value & 1));
        store<i64>(out, short);
        store<i64>(out, short >> 63, 8);
        from += <i32>size;
        out += BYTES;
        count++;
        continue;
      }
    }
    let low: u64 = 0;
    let high: u64 = 0;
    let size = 0;
    let byte: u64 = 0x80;
    while (byte >= 0x80) {
      if (size == LONGEST_VARINT) return -1;
      if (from + size >= length) {
        store<i32>(results, from);
        return count;
      }
      byte = <u64>load<u8>(source + from + size);
      const shift = <u64>size * 7;
      const bits = byte & 0x7f;
      if (shift < 64) {
        low |= bits << shift;
        if (shift > 57) high |= bits >> (64 - shift);
      } else {
        if (shift == LAST_SHIFT && bits > 3) return -1;
        high |= bits << (shift - 64);
      }
      size++;
    }
    from += size;
    const sign = -(low & 1);
    store<u64>(out, ((low >> 1) | (high << 63)) ^ sign);
    store<u64>(out, (high >> 1) ^ sign, 8);
    out += BYTES;
    count++;
  }
  store<i32>(results, from);
  return count;
}

/**
 * Brings values with scales of their own (64 bits each) to one scale, rounding half away from zero; false if a scale
 * is impossible or a value leaves 38 digits.
 */
export function rescaleDecimals(values: usize, scales: usize, count: i32, scale: i32): bool {
  for (let i = 0; i < count; i++) {
    const stored = load<i64>(scales + ((<usize>i) << 3));
    if (stored == scale) continue;
    if (stored < 0 || stored > MOST_DIGITS) return false;
    const at = values + ((<usize>i) << 4);
    const isNegative = load<i64>(at, 8) < 0;
    if (isNegative) negate(at);
    const fits = stored < scale ? raise(at, scale - <i32>stored) : lower(at, <i32>stored - scale);
    if (!fits) return false;
    if (isNegative) negate(at);
  }
  return true;
}

function negate(at: usize): void {
  const low = load<u64>(at);
  store<u64>(at, -low);
  store<u64>(at, ~load<u64>(at, 8) + <u64>(low == 0), 8);
}

function raise(at: usize, digits: i32): bool {
  const limit = powerOfTen(MOST_DIGITS - digits);
  const low = load<u64>(at);
  if (!isBelow(low, load<i64>(at, 8), load<u64>(limit), load<u64>(limit, 8)))
    return low == 0 && load<u64>(at, 8) == 0;
  for (; digits > 0; digits--) multiplyAdd(at, 10, 0);
  return true;
}

function lower(at: usize, digits: i32): bool {
  let lastDigit: u64 = 0;
  for (; digits > 0; digits--) lastDigit = divide(at, 10);
  if (lastDigit >= 5) multiplyAdd(at, 1, 1);
  return true;
}

function multiplyAdd(at: usize, factor: u64, more: u64): void {
  let carry = more;
  for (let i: usize = 0; i < BYTES; i += 4) {
    const product = <u64>load<u32>(at + i) * factor + carry;
    store<u32>(at + i, <u32>product);
    carry = product >> 32;
  }
}

/** Returns the remainder. */
function divide(at: usize, divisor: u64): u64 {
  let rest: u64 = 0;
  for (let i: isize = 12; i >= 0; i -= 4) {
    const part = (rest << 32) | <u64>load<u32>(at + i);
    store<u32>(at + i, <u32>(part / divisor));
    rest = part % divisor;
  }
  return rest;
}

/** The state: minimum, maximum and sum, 16 bytes each, then whether the sum has overflown as i32. */
export function decimalStatistics(values: usize, count: i32, state: usize): void {
  for (let i = 0; i < count; i++) {
    const at = values + ((<usize>i) << 4);
    if (compare(at, state) < 0) memory.copy(state, at, BYTES);
    if (compare(at, state + BYTES) > 0) memory.copy(state + BYTES, at, BYTES);
    const sum = state + 2 * BYTES;
    const before = load<i64>(sum, 8);
    const added = load<i64>(at, 8);
    const low = load<u64>(sum) + load<u64>(at);
    const high = before + added + <i64>(low < load<u64>(at));
    store<u64>(sum, low);
    store<i64>(sum, high, 8);
    if (((before ^ high) & (added ^ high)) < 0) store<i32>(state, 1, 48);
  }
}

function compare(a: usize, b: usize): i32 {
  const aHigh = load<i64>(a, 8);
  const bHigh = load<i64>(b, 8);
  if (aHigh != bHigh) return aHigh < bHigh ? -1 : 1;
  const aLow = load<u64>(a);
  const bLow = load<u64>(b);
  return aLow < bLow ? -1 : <i32>(aLow > bLow);
}
