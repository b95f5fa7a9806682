import { statSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { CollectionName } from '../schemas/source-object.ts';

/** Parser for an option that takes a whole number of at least `minimum`. */
export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(`It must be a whole number of at least ${minimum}.`);
  };
}

/** Parser for an option that takes a number from 0 to 1. */
export function share(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}

/** Parser for an option that takes a time as `7d`, `12h`, `30m` or `0s`, in milliseconds. */
export function duration(text: string): number {
  const [, count, unit] = /^(\d{1,9})([dhms])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * (UNITS_MS[unit ?? ''] ?? Number.NaN);
  throw new InvalidArgumentError('It must be a time such as 7d, 12h, 30m or 0s.');
}

const UNITS_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

/** Parser for an option that takes a day of the calendar as `YYYY-MM-DD`. */
export function calendarDate(text: string): string {
  if (isCalendarDate(text)) return text;
  throw new InvalidArgumentError('It must be a date written YYYY-MM-DD.');
}

/**
 * Parser for an option that takes any text. Commander hands over whatever comes next, so that in
 * `--dir --records 10` the folder would be called `--records`: here that is a missing value.
 */
export function plainText(value: string): string {
  if (value !== '' && (!value.startsWith('-') || value === '-')) return value;
  throw new InvalidArgumentError('A value is missing.');
}

/** Parser for an option that names a folder, which must be there already. */
export function existingFolder(value: string): string {
  const path = plainText(value);
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) throw new InvalidArgumentError('There is no such folder.');
  if (!status.isDirectory()) throw new InvalidArgumentError('It is not a folder.');
  return path;
}

/** Parser for an option that names a file, which must be there already. */
export function existingFile(value: string): string {
  const path = plainText(value);
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) throw new InvalidArgumentError('There is no such file.');
  if (status.isDirectory()) throw new InvalidArgumentError('It is a folder.');
  return path;
}

/** As {@link existingFile}, or `-` for standard input. */
export function existingInput(value: string): string {
  return value === '-' ? value : existingFile(value);
}

/** Parser for an option that names a run of several tasks. */
export function runName(text: string): string {
  if (/^\w[-\w]{0,79}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be 1 to 80 letters, digits, _ and -, the first one no -.');
}

/** Parser for an argument that is the name of a job. */
export function jobDigest(text: string): string {
  if (/^[\da-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the 64 hex digits that name a job.');
}

/** Parser for an option that names a collection, `db:collection`; a colon belongs to the collection's own name. */
export function collectionName(text: string): CollectionName {
  const [, db, collection] = /^([^:]+):(.+)$/s.exec(plainText(text)) ?? [];
  if (db !== undefined && collection !== undefined) return { db, collection };
  throw new InvalidArgumentError('It must be a collection written db:collection.');
}

function isCalendarDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const midnight = new Date(`${value}T00:00:00.000Z`);
  // An impossible day such as 30 February is either invalid or rolls over to another one.
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(value);
}
