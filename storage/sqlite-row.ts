import type { SQLOutputValue } from 'node:sqlite';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** @throws {TypeError} when the column is not there or not of this type: the file is not what the code expects. */
export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`column ${column} is no text but ${typeof value}`);
  return value;
}

/** @throws {TypeError} as {@link textIn}. */
export function integerIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new TypeError(`column ${column} is no integer but ${typeof value}`);
  return value;
}

/** `undefined` for NULL. */
export function optionalTextIn(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textIn(row, column);
}
