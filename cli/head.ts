import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { openReader, OrcError, parseSchema } from 'orc-writer-wasm';
import { PART_SCHEMA } from '../schemas/part.ts';
import { PartGoneError, partSource } from '../storage/live-parts.ts';
import { publishedFiles, type ListedFile } from '../storage/published-files.ts';
import type { ObjectStore } from '../storage/store.ts';
import { existingFolder, plainText, wholeNumber } from './arguments.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { findTable } from './find-table.ts';
import { openCatalogue, openStores } from './open.ts';
import { printJson, printNote, printText } from './output.ts';
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
    .argument('<table>', 'db:collection, the name of its table, or the path of an ORC file', plainText)
    .option('--local <DIR>', 'folder with the tables', existingFolder)
    .option('--limit <N>', 'rows at most', wholeNumber(1), 10)
    .option('--where <COLUMN=VALUE>', 'only rows with this value', plainText)
    .option('--json', 'print the rows for a program')
    .addHelpText(
      'after',
      `
Rows come from the parts as the consumer wrote them, newest export date first:
a record that was delivered twice is there twice. --json shows all columns, also
where a row comes from.

Examples:
  $ cdi head core:contract --local ./sample --limit 3
  $ cdi head core_contract_changes --local ./sample --where db_type=DELETE --json`,
    )
    .action(head);
}

async function head(name: string, { local, limit, where, json }: HeadOptions): Promise<void> {
  if (local === undefined && !isFile(name)) {
    throw new UsageError(`there is no file ${name}; where the tables are is said with --local DIR`);
  }
  const { columns, filterColumns, rows } = isFile(name) ? await fileRows(name) : await tableRows(name, local);
  const found = await takeRows(where === undefined ? rows : matching(rows, where, filterColumns), limit);
  if (json) printJson(found);
  else if (found.length === 0) printNote('No such rows.');
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

function isFile(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isFile() ?? false;
}

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

/** Rows of a collection's live parts, newest export date first, and the columns that say something to a person. */
export async function tableRows(name: string, localFolder: string | undefined): Promise<Rows> {
  const { published } = openStores(localFolder);
  const catalogue = openCatalogue(localFolder);
  try {
    const collection = await findTable(name, published, catalogue);
    const parts = await Array.fromAsync(publishedFiles(published, 'live', { collection }));
    const { fieldNames } = parseSchema(PART_SCHEMA);
    return {
      columns: fieldNames.filter((column) => !provenance.includes(column)),
      filterColumns: fieldNames,
      rows: rowsOf(published, parts.toSorted(newestFirst)),
    };
  } finally {
    await catalogue.close();
  }
}

function newestFirst(a: ListedFile, b: ListedFile): number {
  if (a.exportDate === b.exportDate) return 0;
  return a.exportDate < b.exportDate ? 1 : -1;
}

async function* rowsOf(
  published: ObjectStore,
  parts: readonly ListedFile[],
): AsyncGenerator<Row, void, undefined> {
  for (const part of parts) {
    try {
      await using reader = await openReader(partSource(published, part));
      yield* reader.rows();
    } catch (error) {
      if (error instanceof PartGoneError) continue;
      if (!(error instanceof OrcError)) throw error;
      printNote(`unreadable: ${part.key}: ${error.message}`);
    }
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
