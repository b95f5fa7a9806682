/** Days since 1970 of a text such as `2026-01-31`; NaN for anything else. */
export function daysOf(text: string): number {
  return text.length === DATE_LENGTH ? dateAt(text) : Number.NaN;
}

/**
 * Seconds since 1970 of a text such as `2026-01-31 23:59:59.5`, read as UTC, without the fraction; NaN for anything
 * else. A `T` between day and time, a `Z` at the end and up to nine digits of a fraction are taken.
 */
export function secondsOf(text: string): number {
  const between = text.charCodeAt(DATE_LENGTH);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const isTime =
    (between === SPACE || between === T) &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON &&
    hour >= 0 &&
    hour < 24 &&
    minute >= 0 &&
    minute < 60 &&
    second >= 0 &&
    second < 60 &&
    nanosOf(text) >= 0;
  return isTime ? dateAt(text) * 86_400 + hour * 3600 + minute * 60 + second : Number.NaN;
}

/** The nanoseconds in such a text, 0 to 999,999,999; -1 if they are none. */
export function nanosOf(text: string): number {
  const { length } = text;
  if (length === SECONDS_LENGTH) return 0;
  const end = text.charCodeAt(length - 1) === Z ? length - 1 : length;
  if (end === SECONDS_LENGTH) return 0;
  const count = end - SECONDS_LENGTH - 1;
  if (count < 1 || count > 9 || text.charCodeAt(SECONDS_LENGTH) !== POINT) return -1;
  let fraction = 0;
  for (let at = SECONDS_LENGTH + 1; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    fraction = fraction * 10 + digit;
  }
  return fraction * 10 ** (9 - count);
}

const DATE_LENGTH = '2026-01-31'.length;
const SECONDS_LENGTH = '2026-01-31 23:59:59'.length;
const SPACE = 0x20;
const DASH = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const T = 0x54;
const Z = 0x5a;

/** The number at a place in a text; -1 if there is none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/** Of the date at the start of a text. */
function dateAt(text: string): number {
  const century = twoDigits(text, 0);
  const year = century * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const isDate =
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    century >= 0 &&
    year >= century * 100 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysIn(month, year);
  if (!isDate) return Number.NaN;
  // Years begin in March here, so that the leap day is their last and months have a regular length.
  const march = month > 2 ? year : year - 1;
  const inYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(march / 4) - Math.floor(march / 100) + Math.floor(march / 400);
  return march * 365 + leapDays + inYear - DAYS_TO_1970;
}

/** From the first of March of the year 0. */
const DAYS_TO_1970 = 719_468;

function daysIn(month: number, year: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
