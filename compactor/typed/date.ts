import { isDigit } from './json-scan.ts';

/**
 * The days since 1970-01-01 that Spark reads in a text, NaN if it reads none: `yyyy-mm-dd` and its beginnings, years of
 * four to seven digits with or without a sign, anything behind a day and a space or `T`, and days as an integer, which
 * count in the old calendar.
 */
export function parseDate(text: Uint8Array, start: number, end: number): number {
  if (end - start === 10 && text[start + 4] === MINUS && text[start + 7] === MINUS) {
    const days = daysOf(digitsAt(text, start, 4), digitsAt(text, start + 5, 2), digitsAt(text, start + 8, 2));
    if (!Number.isNaN(days)) return days;
  }
  const whole = decoder.decode(text.subarray(start, end));
  const days = daysIn(whole) ?? daysIn(whole.replaceAll('GMT', ''));
  if (days !== undefined) return days;
  const number = /^[+-]?\d+$/.test(whole) ? Number(whole) : Number.NaN;
  return isInt(number) ? fromOldCalendar(number) : Number.NaN;
}

/** Days since 1970-01-01 in the calendar of ISO 8601, NaN for a date that does not exist. */
export function daysOf(year: number, month: number, day: number): number {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return Number.NaN;
  return daysBefore(year, month) + day - 1;
}

/** `count` digits as a number, NaN if they are not all digits. */
export function digitsAt(text: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const character = text[i] as number;
    if (!isDigit(character)) return Number.NaN;
    value = value * 10 + (character - 0x30);
  }
  return value;
}

/** Without the control characters and spaces around it, as Spark trims what it reads dates and timestamps in. */
export function trimmed(text: string): string {
  return text.replaceAll(/^[\0-\x20\x7f]+|[\0-\x20\x7f]+$/g, '');
}

function daysIn(text: string): number | undefined {
  const [, sign, year, month = 1, day = 1] = DATE.exec(trimmed(text)) ?? [];
  if (year === undefined) return undefined;
  const days = daysOf(Number(`${sign}${year}`), Number(month), Number(day));
  return isInt(days) ? days : undefined;
}

/**
 * Takes a number of days for one of Spark 1.5, which counted in the Julian calendar before 1582-10-15, and gives the
 * days of the date that has the same name in ISO's calendar.
 */
function fromOldCalendar(days: number): number {
  if (days >= FIRST_GREGORIAN_DAY) return days;
  const { year, month, day } = julianDate(days);
  return daysBefore(year, month) + day - 1;
}

/** A year of the Julian calendar begins in March here, so that a leap day ends it. */
function julianDate(days: number): { year: number; month: number; day: number } {
  const since = days + DAYS_FROM_JULIAN_EPOCH;
  const fourYears = Math.floor(since / 1461);
  const dayOfFour = since - fourYears * 1461;
  const yearOfFour = Math.min(3, Math.floor(dayOfFour / 365));
  const dayOfYear = dayOfFour - yearOfFour * 365;
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  return {
    year: fourYears * 4 + yearOfFour + (month >= 10 ? 1 : 0),
    month: month >= 10 ? month - 9 : month + 3,
    day: dayOfYear - Math.floor((153 * month + 2) / 5) + 1,
  };
}

/** Days from 1970-01-01 to the first of a month. */
function daysBefore(year: number, month: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5);
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + dayOfYear - DAYS_TO_1970;
}

function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function isInt(number: number): boolean {
  return (number | 0) === number;
}

const MINUS = 0x2d;
const DATE = /^([+-]?)(\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T][^]*)?)?)?$/;
/** From 0000-03-01. */
const DAYS_TO_1970 = 719_468;
/** From 1 March of the Julian calendar's year 0. */
const DAYS_FROM_JULIAN_EPOCH = 719_470;
const FIRST_GREGORIAN_DAY = -141_427;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
