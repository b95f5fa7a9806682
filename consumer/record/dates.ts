/**
 * Dates as the source writes them, on bytes: no Date object, which would roll impossible days over.
 */

const NOT_A_DATE = Number.NaN;
const MS_A_DAY = 86_400_000;

/** Bytes of a formatted date. */
export const DATE_LENGTH = 24;

/**
 * Milliseconds since 1970 of `yyyy-MM-ddTHH:mm:ss.f{1,6}` followed by `Z`, `±hhmm` or `±hh:mm`; NaN when the
 * text has another form, or the day does not exist, or UTC falls outside the years 1 to 9999. Digits beyond the
 * third of the fraction are cut.
 */
export function parseDate(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 22 || !hasSecondsForm(bytes, start)) return NOT_A_DATE;
  const year = two(bytes, start) * 100 + two(bytes, start + 2);
  const month = two(bytes, start + 5);
  const day = two(bytes, start + 8);
  const hour = two(bytes, start + 11);
  const minute = two(bytes, start + 14);
  const second = two(bytes, start + 17);

  let at = start + 20;
  let millis = 0;
  let weight = 100;
  while (at < end && at < start + 26 && isDigit(bytes[at] as number)) {
    millis += ((bytes[at] as number) - 0x30) * weight;
    weight = weight === 100 ? 10 : weight === 10 ? 1 : 0;
    at += 1;
  }
  if (at === start + 20) return NOT_A_DATE;

  const offsetMinutes = parseOffset(bytes, at, end);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return NOT_A_DATE;
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return NOT_A_DATE;
  const time =
    daysFromCivil(year, month, day) * MS_A_DAY +
    ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1_000 +
    millis;
  return time >= FIRST && time <= LAST ? time : NOT_A_DATE;
}

/**
 * Whether a string is one that date wrapping rewrites: exactly three fraction digits, and `Z` or `+hhmm`.
 * The day may still be impossible.
 */
export function isWrappable(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length === 24) {
    if (bytes[start + 23] !== 0x5a) return false;
  } else if (length === 28) {
    if (bytes[start + 23] !== 0x2b || !areDigits(bytes, start + 24, start + 28)) return false;
  } else return false;
  return hasSecondsForm(bytes, start) && areDigits(bytes, start + 20, start + 23);
}

/** Writes `yyyy-MM-ddTHH:mm:ss.SSSZ`, {@link DATE_LENGTH} bytes. */
export function formatDate(time: number, out: Uint8Array, at: number): void {
  const days = Math.floor(time / MS_A_DAY);
  const millis = time - days * MS_A_DAY;
  const seconds = (millis / 1_000) | 0;
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  // Civil date from days, in eras of 400 years that begin on 1 March 0000; the days are never before that.
  const shifted = days + 719_468;
  const era = (shifted / 146_097) | 0;
  const dayOfEra = shifted - era * 146_097;
  const leaps = ((dayOfEra / 1_460) | 0) - ((dayOfEra / 36_524) | 0) + ((dayOfEra / 146_096) | 0);
  const yearOfEra = ((dayOfEra - leaps) / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - ((yearOfEra / 100) | 0));
  const monthFromMarch = ((5 * dayOfYear + 2) / 153) | 0;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const century = (year / 100) | 0;

  writeTwo(out, at, century);
  writeTwo(out, at + 2, year - century * 100);
  out[at + 4] = 0x2d;
  writeTwo(out, at + 5, month);
  out[at + 7] = 0x2d;
  writeTwo(out, at + 8, dayOfYear - (((153 * monthFromMarch + 2) / 5) | 0) + 1);
  out[at + 10] = 0x54;
  writeTwo(out, at + 11, hours);
  out[at + 13] = 0x3a;
  writeTwo(out, at + 14, minutes - hours * 60);
  out[at + 16] = 0x3a;
  writeTwo(out, at + 17, seconds - minutes * 60);
  out[at + 19] = 0x2e;
  const fraction = millis - seconds * 1_000;
  const hundreds = (fraction / 100) | 0;
  out[at + 20] = 0x30 + hundreds;
  writeTwo(out, at + 21, fraction - hundreds * 100);
  out[at + 23] = 0x5a;
}

/** `dddd-dd-ddTdd:dd:dd.` */
function hasSecondsForm(bytes: Uint8Array, start: number): boolean {
  return (
    bytes[start + 4] === 0x2d &&
    bytes[start + 7] === 0x2d &&
    bytes[start + 10] === 0x54 &&
    bytes[start + 13] === 0x3a &&
    bytes[start + 16] === 0x3a &&
    bytes[start + 19] === 0x2e &&
    areDigits(bytes, start, start + 4) &&
    areDigits(bytes, start + 5, start + 7) &&
    areDigits(bytes, start + 8, start + 10) &&
    areDigits(bytes, start + 11, start + 13) &&
    areDigits(bytes, start + 14, start + 16) &&
    areDigits(bytes, start + 17, start + 19)
  );
}

/** Minutes east of UTC of all the text from `at` on, or NaN. */
function parseOffset(bytes: Uint8Array, at: number, end: number): number {
  const sign = bytes[at];
  if (sign === 0x5a) return end === at + 1 ? 0 : NOT_A_DATE;
  if (sign !== 0x2b && sign !== 0x2d) return NOT_A_DATE;
  const minutesAt = bytes[at + 3] === 0x3a ? at + 4 : at + 3;
  if (end !== minutesAt + 2) return NOT_A_DATE;
  if (!areDigits(bytes, at + 1, at + 3) || !areDigits(bytes, minutesAt, end)) return NOT_A_DATE;
  const hours = two(bytes, at + 1);
  const minutes = two(bytes, minutesAt);
  if (hours > 23 || minutes > 59) return NOT_A_DATE;
  return (sign === 0x2d ? -1 : 1) * (hours * 60 + minutes);
}

function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return (
    era * 146_097 +
    (yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear) -
    719_468
  );
}

function isDigit(character: number): boolean {
  return character >= 0x30 && character <= 0x39;
}

function areDigits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isDigit(bytes[at] as number)) return false;
  return true;
}

function two(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) - 0x30) * 10 + ((bytes[at + 1] as number) - 0x30);
}

function writeTwo(out: Uint8Array, at: number, value: number): void {
  const tens = (value / 10) | 0;
  out[at] = 0x30 + tens;
  out[at + 1] = 0x30 + value - tens * 10;
}

const FIRST = daysFromCivil(1, 1, 1) * MS_A_DAY;
const LAST = daysFromCivil(10_000, 1, 1) * MS_A_DAY - 1;
