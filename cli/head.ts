import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { openReader, OrcError } from 'orc-writer-wasm';
import { isOnAws } from '../settings.ts';
import { existingFolder, plainText, wholeNumber } from './arguments.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { findTable } from './find-table.ts';
import { openCatalogue, openStores } from './open.ts';
import { printJson, printNote, printText } from './output.ts';
import { rowTable, takeRows, type Row } from './rows.ts';
import { tableRows } from './table-rows.ts';
import { isWanted, parseWhere, searchArgument } from './where.ts';

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
    .argument(
      '<table>',
      'database.table, a table of cdi, db:collection, or the path of an ORC file',
      plainText,
    )
    .option('--local <DIR>', 'folder with the tables', existingFolder)
    .option('--limit <N>', 'rows at most', wholeNumber(1), 10)
    .option('--where <COLUMN=VALUE>', 'only rows with this value', plainText)
    .option('--json', 'print the rows for a program')
    .addHelpText(
      'after',
      `
Rows come from where the catalogue says they are, the newest partition first. Export
dates that are not compacted yet show the parts as the consumer wrote them: a record
that was delivered twice is there twice. db:collection is its newest snapshot if it
has one, else its changes. --json shows all columns, also where a row comes from.

Examples:
  $ cdi head core:contract --local ./sample --limit 3
  $ cdi head core_contract_changes --local ./sample --where db_type=DELETE --json
  $ cdi head quarantine --local ./sample --where reason=invalid-date`,
    )
    .action(head);
}

async function head(name: string, { local, limit, where, json }: HeadOptions): Promise<void> {
  if (local === undefined && !isOnAws() && !isFile(name)) {
    throw new UsageError(`there is no file ${name}; where the tables are is said with --local DIR`);
  }
  const options = { limit, where };
  const { columns, rows } = isFile(name)
    ? await fileHead(name, options)
    : await tableHead(name, local, options);
  if (json) printJson(rows);
  else if (rows.length === 0) printNote(nothingFound(where));
  else printText(rowTable(columns, rows));
}

function nothingFound(where: string | undefined): string {
  return where?.startsWith('id=')
    ? 'No such rows. Ids are compared whole, as tables show them; cdi explain finds a record by a value in its id, too.'
    : 'No such rows.';
}

interface Head {
  /** To be shown to a person; rows have more. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

type HeadRows = Pick<HeadOptions, 'limit'> & { readonly where?: string | undefined };

/** The first rows of a table, and those of its columns that say something to a person. */
export async function tableHead(
  name: string,
  localFolder: string | undefined,
  { limit, where }: HeadRows,
): Promise<Head> {
  const { published } = await openStores(localFolder);
  const catalogue = await openCatalogue(localFolder);
  try {
    const table = await findTable(name, published, catalogue);
    const columns = [...table.columns, ...table.partitionKeys];
    const wanted = where === undefined ? undefined : parseWhere(where, columns);
    const rows = await takeRows(tableRows(published, table, wanted), limit);
    const asides = table.format === 'orc' ? provenance : quarantineAsides;
    return { columns: columns.filter((column) => !asides.includes(column)), rows };
  } finally {
    await catalogue.close();
  }
}

/** Where a row comes from, which leaves little room for what it says. */
const provenance = ['id_part', 'fingerprint', 'source_object', 'source_line', 'generation'];
/** The line itself, and the like. */
const quarantineAsides = ['e_tag', 'version_id', 'generation', 'line', 'line_base64'];

async function fileHead(file: string, { limit, where }: HeadRows): Promise<Head> {
  try {
    await using reader = await openReader(file);
    const { fieldNames: columns } = reader.schema;
    const wanted = where === undefined ? undefined : parseWhere(where, columns);
    const search = wanted && searchArgument(wanted, reader.schema);
    const rows = reader.rows(search === undefined ? {} : { searchArgument: search });
    return {
      columns,
      rows: await takeRows(rows, limit, (row) => wanted === undefined || isWanted(row, wanted)),
    };
  } catch (error) {
    if (error instanceof OrcError) throw new CommandFailed(`${file}: ${error.message}`);
    throw error;
  }
}

function isFile(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isFile() ?? false;
}
