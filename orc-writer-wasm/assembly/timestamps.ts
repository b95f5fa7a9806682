// «Timestamp Columns»: seconds from 2015-01-01 00:00:00 UTC and nanoseconds without their trailing zeros.

const BASE: i64 = 1420070400;
const NANOS_A_SECOND: i64 = 1000000000;

const BAD_NANOS: i32 = 1;
const IN_THE_HOLE: i32 = 2;
const NOT_WHOLE: i32 = 3;

/** Splits milliseconds, given as doubles, into seconds rounded down and nanoseconds; 0, or 3 if one is not whole. */
export function splitMillis(millis: usize, count: i32, seconds: usize, nanos: usize): i32 {
  for (let i = 0; i < count; i++) {
    const given = load<f64>(millis + ((<usize>i) << 3));
    if (!(Math.abs(given) <= 9007199254740991.0) || given != Math.floor(given)) return NOT_WHOLE;
    // The quotient may have been rounded up to the next second.
    const quotient = Math.floor(given / 1000);
    const rest = given - quotient * 1000;
    const isUp = rest < 0;
    store<i64>(seconds + ((<usize>i) << 3), <i64>quotient - <i64>isUp);
    store<i64>(nanos + ((<usize>i) << 3), (<i64>rest + (isUp ? 1000 : 0)) * 1000000);
  }
  return 0;
}

/**
 * Checks timestamps before they are counted and encoded: 0, or 1 for nanoseconds out of range. Values in the last
 * second before 1970 with more than 999,999 nanoseconds cannot be stored (ORC-763): readers get them a second
 * later, so with `shift` they become that here, without it the result is 2.
 */
export function checkTimestamps(seconds: usize, nanos: usize, count: i32, shift: bool): i32 {
  for (let i = 0; i < count; i++) {
    const nano = load<i64>(nanos + ((<usize>i) << 3));
    if (<u64>nano >= <u64>NANOS_A_SECOND) return BAD_NANOS;
    if (load<i64>(seconds + ((<usize>i) << 3)) == -1 && nano > 999999) {
      if (!shift) return IN_THE_HOLE;
      store<i64>(seconds + ((<usize>i) << 3), 0);
    }
  }
  return 0;
}

/** Replaces both arrays by what the DATA and SECONDARY streams hold. */
export function encodeTimestamps(seconds: usize, nanos: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const second = load<i64>(seconds + ((<usize>i) << 3));
    const nano = <u32>load<i64>(nanos + ((<usize>i) << 3));
    // Java rounded towards zero, so negative fractional seconds are one higher.
    store<i64>(seconds + ((<usize>i) << 3), second - BASE + <i64>(second < 0 && nano > 999999));
    store<i64>(nanos + ((<usize>i) << 3), withoutZeros(nano));
  }
}

/** The low three bits count the zeros cut, minus one; the first two go together. */
function withoutZeros(nano: u32): i64 {
  if (nano == 0 || nano % 100 != 0) return (<i64>nano) << 3;
  let rest = nano / 100;
  let zeros: u32 = 1;
  if (rest % 10000 == 0) {
    rest /= 10000;
    zeros += 4;
  }
  if (rest % 100 == 0) {
    rest /= 100;
    zeros += 2;
  }
  // After six zeros more there is at most one digit.
  if (rest % 10 == 0) {
    rest /= 10;
    zeros++;
  }
  return ((<i64>rest) << 3) | zeros;
}

const powers = memory.data<u32>([1, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000]);

/**
 * The other way, in place, for seconds from `base`. Other writers stored negative nanoseconds before 1970: those are
 * brought back into range with a second less. False if there is no telling what is meant.
 */
export function decodeTimestamps(seconds: usize, nanos: usize, count: i32, base: f64): bool {
  const start = <i64>base;
  let isValid = true;
  for (let i = 0; i < count; i++) {
    let second = load<i64>(seconds + ((<usize>i) << 3)) + start;
    const stored = load<i64>(nanos + ((<usize>i) << 3));
    let nano = (stored >> 3) * <i64>load<u32>(powers + ((<usize>stored & 7) << 2));
    if (nano < 0) {
      nano += NANOS_A_SECOND;
      second--;
    } else if (second < 0 && nano > 999999) {
      second--;
    }
    isValid = isValid & (<u64>nano < <u64>NANOS_A_SECOND);
    store<i64>(seconds + ((<usize>i) << 3), second);
    store<i64>(nanos + ((<usize>i) << 3), nano);
  }
  return isValid;
}

/** Seconds and nanoseconds as whole milliseconds. */
export function toMillis(seconds: usize, nanos: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    const at = (<usize>i) << 3;
    store<i64>(out + at, load<i64>(seconds + at) * 1000 + load<i64>(nanos + at) / 1000000);
  }
}
