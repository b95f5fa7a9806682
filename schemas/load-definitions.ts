import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TypedTable } from './typed-table.ts';
import { hiveColumns } from './typed/table-types.ts';
import { typedColumns } from './typed/typed-columns.ts';

const ownFolder = fileURLToPath(new URL('ddl/', import.meta.url));

/**
 * The data definitions of typed tables, in their order.
 *
 * @param folder - looked into first, so that private definitions take the place of our examples
 * @throws {DefinitionError} when the folder is not there, a file is in neither or no data definition, or a view has more
 *   columns than it may
 */
export async function loadDefinitions(
  tables: readonly TypedTable[],
  folder: string | undefined,
): Promise<readonly string[]> {
  // With a folder that is not there our examples would take the place of private definitions.
  if (folder !== undefined && !existsSync(folder)) throw new DefinitionError(`there is no folder ${folder}`);
  const texts = await Promise.all(tables.map(({ columns }) => definitionOf(columns, folder)));
  const columnsOf = new Map(
    tables.map((table, index) => [nameOf(table), columnNames(table, texts[index] ?? '')]),
  );
  for (const table of tables) {
    if (table.viewOf === undefined) continue;
    const all = columnsOf.get(table.viewOf) ?? [];
    const stray = columnsOf.get(nameOf(table))?.find((column) => !all.includes(column));
    if (stray === undefined) continue;
    throw new DefinitionError(`${nameOf(table)} has the column ${stray}, which ${table.viewOf} has not`);
  }
  return texts;
}

/** The data definition of a typed table is not there or cannot be used. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
}

async function definitionOf(columns: TypedTable['columns'], folder: string | undefined): Promise<string> {
  if (typeof columns === 'string') return columns;
  const { file } = columns;
  const text =
    (folder === undefined ? undefined : await textOf(join(folder, file))) ??
    (await textOf(join(ownFolder, file)));
  if (text !== undefined) return text;
  const places = folder === undefined ? ownFolder : `${folder} or ${ownFolder}`;
  throw new DefinitionError(`there is no file ${file} in ${places}`);
}

/** As the catalogue has them. */
function columnNames(table: TypedTable, definition: string): string[] {
  try {
    return hiveColumns(typedColumns(definition, table.paths ?? {})).map(({ name }) => name);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DefinitionError(`the columns of ${nameOf(table)}: ${reason}`, { cause });
  }
}

function nameOf({ database, table }: TypedTable): string {
  return `${database}.${table}`;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
