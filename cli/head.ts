import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { openReader, OrcError } from 'orc-writer-wasm';
import type { ObjectStore } from '../storage/store.ts';
import { existingFolder, plainText, wholeNumber } from './arguments.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { liveParts, openPart, tableName, type LivePart } from './live-parts.ts';
import { openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { rowTable, takeRows, valueText, type Row } from './rows.ts';

interface HeadOptions {
  readonly local?: string;
  readonly limit: number;
  readonly where?: string;
  readonly json?: true;
}

export function addHead(program: Command): void {
  program
    .command('head')
    .description('show the first rows of a table or of an ORC file')
    .argument('<table>', 'db_collection, db:collection, or the path of an ORC file', plainText)
    .option('--local <DIR>', 'folder with the tables', existingFolder)
    .option('--limit <N>', 'rows at most', wholeNumber(1), 10)
    .option('--where <COLUMN=VALUE>', 'only rows with this value', plainText)
    .option('--json', 'print the rows for a program')
    .addHelpText(
      'after',
      `
Rows come from the parts as the consumer wrote them, newest export date first: a record that was delivered
twice is there twice. --json shows all columns, also where a row comes from.

Examples:
  $ cdi head core_contract --local ./sample --limit 3
  $ cdi head core:contract --local ./sample --where db_type=DELETE --json`,
    )
    .action(head);
}

async function head(table: string, { local, limit, where, json }: HeadOptions): Promise<void> {
  const { columns, filterColumns, rows } = existsSync(table)
    ? await fileRows(table)
    : await tableRows(table, openStores(local).published);
  const found = await takeRows(where === undefined ? rows : matching(rows, where, filterColumns), limit);
  if (json) printJson(found);
  else printText(rowTable(columns, found));
}

interface Rows {
  /** To be shown to a person; rows have all of `filterColumns`. */
  readonly columns: readonly string[];
  readonly filterColumns: readonly string[];
  readonly rows: AsyncIterable<Row>;
}

/** Where a row comes from, which leaves little room for what it says. */
const provenance = ['id_part', 'fingerprint', 'source_object', 'source_line', 'generation'];

async function fileRows(file: string): Promise<Rows> {
  try {
    const reader = await openReader(file);
    const { fieldNames } = reader.schema;
    return { columns: fieldNames, filterColumns: fieldNames, rows: reader.rows() };
  } catch (error) {
    if (error instanceof OrcError) throw new CommandFailed(`${file}: ${error.message}`);
    throw error;
  }
}

/** Rows of a live table, newest export date first, and the columns that say something to a person. */
export async function tableRows(table: string, published: ObjectStore): Promise<Rows> {
  const names = new Set<string>();
  const parts: LivePart[] = [];
  for await (const part of liveParts(published)) {
    names.add(tableName(part));
    if (tableName(part) === table || `${part.db}:${part.collection}` === table) parts.push(part);
  }
  const newestFirst = parts.toSorted((a, b) => (a.exportDate < b.exportDate ? 1 : -1));
  const [first] = newestFirst;
  if (first === undefined) {
    const known = names.size === 0 ? 'there are no tables yet' : `there are ${[...names].join(', ')}`;
    throw new CommandFailed(`no table or file ${table}: ${known}`);
  }
  await using reader = await openPart(published, first);
  return {
    columns: reader.schema.fieldNames.filter((name) => !provenance.includes(name)),
    filterColumns: reader.schema.fieldNames,
    rows: rowsOf(published, newestFirst),
  };
}

async function* rowsOf(
  published: ObjectStore,
  parts: readonly LivePart[],
): AsyncGenerator<Row, void, undefined> {
  for (const part of parts) {
    await using reader = await openPart(published, part);
    yield* reader.rows();
  }
}

function matching(rows: AsyncIterable<Row>, where: string, columns: readonly string[]): AsyncIterable<Row> {
  const [column = '', value] = splitAtFirst(where, '=');
  if (value === undefined || !columns.includes(column)) {
    throw new UsageError(`--where takes COLUMN=VALUE with one of the columns ${columns.join(', ')}`);
  }
  return filtered(rows, (row) => valueText(row[column]) === value);
}

async function* filtered(
  rows: AsyncIterable<Row>,
  isWanted: (row: Row) => boolean,
): AsyncGenerator<Row, void, undefined> {
  for await (const row of rows) if (isWanted(row)) yield row;
}

function splitAtFirst(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
