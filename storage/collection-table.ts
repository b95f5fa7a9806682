import { formatSchema, parseSchema } from 'orc-writer-wasm';
import type { Catalogue, Column, Table, TableDefinition } from './catalogue.ts';
import { collectionPrefix } from '../schemas/layout.ts';
import { PART_SCHEMA } from '../schemas/part.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { DATABASE, tableNames, type TableEnding } from '../schemas/table-name.ts';

/** The tables that a collection has: every change and the snapshots, by export date, and the newest snapshot. */
export type TableContent = 'changes' | 'snapshots' | 'snapshot';

/** Such a table by the name it has unless another one has taken that. */
export function collectionTable(collection: CollectionName, content: TableContent): TableDefinition {
  return {
    database: DATABASE,
    name: tableNames(collection, ENDINGS[content])[0] ?? '',
    columns: PART_COLUMNS,
    partitionKeys: content === 'snapshot' ? [] : [{ name: 'export_date', type: 'string' }],
    location: collectionPrefix(content === 'changes' ? 'live' : 'exports', collection),
    format: 'orc',
    parameters: identityOf(collection, content),
  };
}

/** The table with such content of a collection, if the catalogue has it. */
export async function findCollectionTable(
  catalogue: Pick<Catalogue, 'getTable'>,
  collection: CollectionName,
  content: TableContent,
): Promise<Table | undefined> {
  for (const name of tableNames(collection, ENDINGS[content])) {
    const table = await catalogue.getTable(DATABASE, name);
    if (table !== undefined && isTableOf(collection, content, table)) return table;
  }
  return undefined;
}

/**
 * The same, after making it and the database if need be. One that is there stays as it is. Its parameters name the
 * collection exactly, which its own name may not.
 *
 * @param location - where a new one points to
 * @throws {Error} when other tables have all the names it could have.
 */
export async function ensureCollectionTable(
  catalogue: Catalogue,
  collection: CollectionName,
  content: TableContent,
  location = collectionTable(collection, content).location,
): Promise<Table> {
  const names = tableNames(collection, ENDINGS[content]);
  for (const name of names) {
    const table =
      (await catalogue.getTable(DATABASE, name)) ??
      (await createTable(catalogue, { ...collectionTable(collection, content), name, location }));
    if (isTableOf(collection, content, table)) return table;
  }
  throw new Error(`other tables of the database ${DATABASE} are called ${names.join(' and ')}`);
}

/** The table that has the name now, be it another's. */
async function createTable(catalogue: Catalogue, definition: TableDefinition): Promise<Table> {
  await catalogue.createDatabase(definition.database);
  const result = await catalogue.createTable(definition);
  return result.kind === 'different' ? result.table : { ...definition, version: result.version };
}

function isTableOf(
  collection: CollectionName,
  content: TableContent,
  { parameters }: Pick<Table, 'parameters'>,
): boolean {
  return Object.entries(identityOf(collection, content)).every(([name, value]) => parameters[name] === value);
}

function identityOf({ db, collection }: CollectionName, content: TableContent): Record<string, string> {
  return { 'cdi.db': db, 'cdi.collection': collection, 'cdi.content': content };
}

const ENDINGS: Record<TableContent, TableEnding> = {
  changes: '_changes',
  snapshots: '_snapshots',
  snapshot: '',
};

const PART_COLUMNS: readonly Column[] = columnsOf(PART_SCHEMA);

function columnsOf(schema: string): Column[] {
  const { fieldNames, children } = parseSchema(schema);
  return children.map((type, index) => ({ name: fieldNames[index] ?? '', type: formatSchema(type) }));
}
