/**
 * A number as `Double.toString` of Java 19 and later writes it: the shortest digits that read back as the same number,
 * plain from 0.001 to 10,000,000 and with an exponent outside. Older Javas sometimes write a digit too many.
 */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (size === 0) return `${sign}0.0`;
  if (size >= 1e-3 && size < 1e7) {
    const plain = String(size);
    return sign + (plain.includes('.') ? plain : `${plain}.0`);
  }
  let [digits = '', exponent = ''] = size.toExponential().split('e');
  // There are two digits at least, the nearest ones.
  if (digits.length === 1) [digits = '', exponent = ''] = size.toExponential(1).split('e');
  return `${sign}${digits}E${exponent.replace('+', '')}`;
}
