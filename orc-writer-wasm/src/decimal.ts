/** A decimal as its digits and how many of them are behind the point. */
export interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** Plain notation with `scale` digits behind the point. */
export function formatDecimal({ unscaled, scale }: Decimal): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The same value without zeros at its end. */
export function trimDecimal({ unscaled, scale }: Decimal): Decimal {
  let trimmed = unscaled;
  let left = scale;
  for (; left > 0 && trimmed % 10n === 0n; left--) trimmed /= 10n;
  return { unscaled: trimmed, scale: left };
}

/** Far more than any decimal needs, and little enough for arithmetic. */
const LONGEST_TEXT = 100;

/** Reads plain or exponential notation; undefined for anything else. */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const unscaled = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { unscaled: unscaled * 10n ** BigInt(-scale), scale: 0 } : { unscaled, scale };
}

/**
 * The unscaled value at a scale as a number, of a number or a text in plain notation; NaN where that would be too
 * large for one or would lose digits, and for anything else.
 */
export function unscaledNumber(value: unknown, scale: number): number {
  if (typeof value === 'string') return shortText(value, scale);
  if (typeof value !== 'number' || scale > LARGEST_EXACT_POWER) return Number.NaN;
  const power = 10 ** scale;
  const unscaled = Math.round(value * power);
  // Decimals of up to 15 digits that are one double are one decimal, so this is the one that would be printed.
  return Math.abs(unscaled) < 1e15 && unscaled / power === value ? unscaled : Number.NaN;
}

/** Of ten that a double holds. */
const LARGEST_EXACT_POWER = 22;

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

function shortText(text: string, scale: number): number {
  let digits = 0;
  let unscaled = 0;
  let point = -1;
  const isNegative = text.charCodeAt(0) === MINUS;
  for (let at = Number(isNegative); at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit >= 0 && digit <= 9) {
      unscaled = unscaled * 10 + digit;
      digits++;
    } else if (digit === POINT - ZERO && point === -1) point = digits;
    else return Number.NaN;
  }
  const missing = scale - (point === -1 ? 0 : digits - point);
  const all = missing >= 0 && missing <= LARGEST_EXACT_POWER ? unscaled * 10 ** missing : Number.NaN;
  if (digits === 0 || !(all < 2 ** 53)) return Number.NaN;
  return isNegative ? -all : all;
}
