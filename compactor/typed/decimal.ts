import { isDigit, MINUS } from './json-scan.ts';

export interface DecimalType {
  readonly precision: number;
  readonly scale: number;
}

/**
 * The unscaled value of the number from `start` to `end`, rounded half up to the scale; undefined if it is none or has
 * too many digits. Up to 15 digits it is a number, beyond that a bigint.
 *
 * It takes what Java's BigDecimal takes, so also `+1`, `.5` and `1.`; digits are ASCII's, though. An exponent of more
 * than eight digits is refused: Java refuses some of them and takes minutes over others.
 */
export function parseDecimal(
  text: Uint8Array,
  start: number,
  end: number,
  { precision, scale }: DecimalType,
): number | bigint | undefined {
  const first = text[start];
  let at = first === MINUS || first === PLUS ? start + 1 : start;
  if (digits.length < end - at) digits = new Uint8Array(2 * (end - at));
  let count = 0;
  let fraction = 0;
  let hasPoint = false;
  let hasDigits = false;
  for (; at < end; at++) {
    const character = text[at] as number;
    if (isDigit(character)) {
      hasDigits = true;
      // Leading zeros say nothing.
      if (character !== ZERO || count > 0) digits[count++] = character;
      if (hasPoint) fraction++;
    } else if (character === POINT && !hasPoint) hasPoint = true;
    else break;
  }
  const exponent = at === end ? 0 : parseExponent(text, at, end);
  if (!hasDigits || exponent === undefined) return undefined;
  const kept = count + exponent - fraction + scale;
  if (count === 0 || kept < 0) return 0;
  if (kept > precision) return undefined;
  const isNegative = first === MINUS;
  const isUp = kept < count && (digits[kept] as number) >= FIVE;
  return kept <= MAXIMUM_EXACT_DIGITS
    ? smallValue(kept, count, isUp, isNegative, precision)
    : largeValue(kept, count, isUp, isNegative, precision);
}

function parseExponent(text: Uint8Array, letter: number, end: number): number | undefined {
  if (((text[letter] as number) | 0x20) !== EXPONENT) return undefined;
  const sign = text[letter + 1];
  let at = sign === MINUS || sign === PLUS ? letter + 2 : letter + 1;
  if (at === end) return undefined;
  let value = 0;
  for (; at < end; at++) {
    const character = text[at] as number;
    if (!isDigit(character)) return undefined;
    value = value * 10 + (character - ZERO);
  }
  if (value > MAXIMUM_EXPONENT) return undefined;
  return sign === MINUS ? -value : value;
}

/** The first `kept` digits, with zeros behind the `count` that there are. */
function smallValue(
  kept: number,
  count: number,
  isUp: boolean,
  isNegative: boolean,
  precision: number,
): number | undefined {
  let value = 0;
  for (let i = 0; i < kept; i++) value = value * 10 + (i < count ? (digits[i] as number) - ZERO : 0);
  if (isUp) value++;
  if (value >= 10 ** precision) return undefined;
  return isNegative ? -value : value;
}

function largeValue(
  kept: number,
  count: number,
  isUp: boolean,
  isNegative: boolean,
  precision: number,
): bigint | undefined {
  const known = Math.min(kept, count);
  const text = String.fromCharCode(...digits.subarray(0, known)) + '0'.repeat(kept - known);
  const value = BigInt(text) + (isUp ? 1n : 0n);
  if (value >= 10n ** BigInt(precision)) return undefined;
  return isNegative ? -value : value;
}

const ZERO = 0x30;
const FIVE = 0x35;
const POINT = 0x2e;
const PLUS = 0x2b;
const EXPONENT = 0x65;
const MAXIMUM_EXACT_DIGITS = 15;
const MAXIMUM_EXPONENT = 99_999_999;

/** Of the number that is being read. */
let digits = new Uint8Array(64);
