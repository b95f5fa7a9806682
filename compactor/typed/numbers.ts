import { isDigit, MINUS } from './json-scan.ts';

/** Whether the number from `at` to `end` has neither point nor exponent. */
export function isInteger(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = end - 1; i > at; i--) {
    if (!isDigit(bytes[i] as number)) return false;
  }
  return true;
}

/** The integer from `at` to `end`, exact up to 15 digits; NaN if it has a point or an exponent. */
export function integerValue(bytes: Uint8Array, at: number, end: number): number {
  const isNegative = bytes[at] === MINUS;
  let value = 0;
  for (let i = isNegative ? at + 1 : at; i < end; i++) {
    const character = bytes[i] as number;
    if (!isDigit(character)) return Number.NaN;
    value = value * 10 + (character - 0x30);
  }
  return isNegative ? -value : value;
}

/** The number from `at` to `end` as a double; an integer has no negative zero, as in Java. */
export function floatValue(bytes: Uint8Array, at: number, end: number): number {
  const digits = end - at <= MAXIMUM_EXACT_DIGITS ? integerValue(bytes, at, end) : Number.NaN;
  if (!Number.isNaN(digits)) return digits + 0;
  return shortDecimal(bytes, at, end) ?? nearestDouble(bytes, at, end);
}

/** The number from `at` to `end` as the nearest float, which the nearest float to the nearest double need not be. */
export function singleValue(bytes: Uint8Array, at: number, end: number): number {
  const double = floatValue(bytes, at, end);
  const single = Math.fround(double);
  if (single === double || !Number.isFinite(double)) return single;
  const other = neighbour(single, double);
  if ((bound(single) + bound(other)) / 2 !== double) return single;
  // The double is half-way between two floats: what it lost in rounding decides.
  const difference = compareWithDouble(asciiText(bytes, at, end), double);
  if (difference === 0) return single;
  return difference > 0 ? Math.max(single, other) : Math.min(single, other);
}

/** Text of ASCII characters. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}

/** Up to 15 digits and a point among them: both the digits and the power of ten are exact, so their quotient is right. */
function shortDecimal(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (end - at > MAXIMUM_EXACT_DIGITS + 1) return undefined;
  const isNegative = bytes[at] === MINUS;
  let digits = 0;
  let point = end - 1;
  for (let i = isNegative ? at + 1 : at; i < end; i++) {
    const character = bytes[i] as number;
    if (isDigit(character)) digits = digits * 10 + (character - 0x30);
    else if (character === POINT) point = i;
    else return undefined;
  }
  const value = digits / (POWERS_OF_TEN[end - 1 - point] as number);
  return isNegative ? -value : value;
}

function nearestDouble(bytes: Uint8Array, at: number, end: number): number {
  const value = Number(asciiText(bytes, at, end));
  return value === 0 && isInteger(bytes, at, end) ? 0 : value;
}

/** The float on the other side of `double`. */
function neighbour(single: number, double: number): number {
  floats[0] = single;
  if (single === 0) return double > 0 ? SMALLEST_FLOAT : -SMALLEST_FLOAT;
  const isOutward = Math.abs(double) > Math.abs(single);
  bits[0] = (bits[0] as number) + (isOutward ? 1 : -1);
  return floats[0];
}

/** Where an infinite float would be if there were one more exponent. */
function bound(single: number): number {
  if (Number.isFinite(single)) return single;
  return single > 0 ? 2 ** 128 : -(2 ** 128);
}

/** The sign of the exact difference between a decimal text and a double in the range of floats. */
function compareWithDouble(text: string, double: number): number {
  const [, sign = '', whole = '', fraction = '', power = '0'] = NUMBER.exec(text) ?? [];
  const exponent = Number(power) - fraction.length;
  // A power of two that makes the double a whole number.
  const shift = Math.max(0, 60 - Math.floor(Math.log2(Math.abs(double))));
  let left = BigInt(sign + whole + fraction) << BigInt(shift);
  let right = BigInt(double * 2 ** shift);
  if (exponent >= 0) left *= 10n ** BigInt(exponent);
  else right *= 10n ** BigInt(-exponent);
  return left > right ? 1 : left < right ? -1 : 0;
}

const MAXIMUM_EXACT_DIGITS = 15;
const POINT = 0x2e;
const POWERS_OF_TEN = Array.from({ length: MAXIMUM_EXACT_DIGITS + 2 }, (_, power) => Number(`1e${power}`));
const SMALLEST_FLOAT = 2 ** -149;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);
