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
