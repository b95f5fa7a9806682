import { jsonText } from './json-text.ts';
import { textTable, type Cell } from './text-table.ts';

export type Row = Readonly<Record<string, unknown>>;

/** The first rows, or the first that are wanted, and no reading beyond them. */
export async function takeRows(
  rows: AsyncIterable<Row>,
  limit: number,
  isWanted: (row: Row) => boolean = () => true,
): Promise<Row[]> {
  const taken: Row[] = [];
  if (limit === 0) return taken;
  for await (const row of rows) {
    if (isWanted(row)) taken.push(row);
    if (taken.length === limit) break;
  }
  return taken;
}

/** Rows as a table that fits the terminal, or 120 columns where there is none. */
export function rowTable(columns: readonly string[], rows: readonly Row[]): string {
  return textTable(
    columns,
    rows.map((row) => columns.map((column) => cell(row[column]))),
    terminalWidth(),
  );
}

export function terminalWidth(): number {
  return process.stdout.columns || 120;
}

/** What a value is compared with in `--where`, and shown as. */
export function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'object' && value !== null ? jsonText(value) : String(value);
}

/** Integers are shown as they are: digits of identifiers and fingerprints are not to be grouped. */
function cell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : valueText(value);
}
