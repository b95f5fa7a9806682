import { formatSchema, parseSchema } from 'orc-writer-wasm';
import type { Catalogue, Column, Table, TableDefinition } from './catalogue.ts';
import { collectionPrefix } from '../schemas/layout.ts';
import { PART_SCHEMA } from '../schemas/part.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { DATABASE, tableNames } from '../schemas/table-name.ts';

/**
 * The name of the table with every change of a collection, in {@link DATABASE}, after making both if need be. A table
 * that is there stays as it is. Its parameters name the collection exactly, which its own name may not.
 *
 * @throws {Error} when other tables have all the names it could have.
 */
export async function ensureChangesTable(catalogue: Catalogue, collection: CollectionName): Promise<string> {
  const names = tableNames(collection, '_changes');
  for (const name of names) {
    const table =
      (await catalogue.getTable(DATABASE, name)) ?? (await createTable(catalogue, name, collection));
    if (isTableOf(collection, table)) return name;
  }
  throw new Error(`other tables of the database ${DATABASE} are called ${names.join(' and ')}`);
}

/** The table that has the name now, be it another's. */
async function createTable(
  catalogue: Catalogue,
  name: string,
  collection: CollectionName,
): Promise<TableDefinition> {
  const definition: TableDefinition = {
    database: DATABASE,
    name,
    columns: PART_COLUMNS,
    partitionKeys: [{ name: 'export_date', type: 'string' }],
    location: collectionPrefix('live', collection),
    format: 'orc',
    parameters: identityOf(collection),
  };
  await catalogue.createDatabase(DATABASE);
  const result = await catalogue.createTable(definition);
  return result.kind === 'different' ? result.table : definition;
}

function isTableOf(collection: CollectionName, { parameters }: Pick<Table, 'parameters'>): boolean {
  return Object.entries(identityOf(collection)).every(([name, value]) => parameters[name] === value);
}

function identityOf({ db, collection }: CollectionName): Record<string, string> {
  return { 'cdi.db': db, 'cdi.collection': collection, 'cdi.content': 'changes' };
}

const PART_COLUMNS: readonly Column[] = columnsOf(PART_SCHEMA);

function columnsOf(schema: string): Column[] {
  const { fieldNames, children } = parseSchema(schema);
  return children.map((type, index) => ({ name: fieldNames[index] ?? '', type: formatSchema(type) }));
}
