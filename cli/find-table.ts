import { parseSchema } from 'orc-writer-wasm';
import { nameKey } from '../schemas/collection.ts';
import { dayPrefix } from '../schemas/layout.ts';
import { PART_SCHEMA } from '../schemas/part.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { DATABASE, tableNames } from '../schemas/table-name.ts';
import type { Catalogue, Partition, Table, TableFormat } from '../storage/catalogue.ts';
import { findCollectionTable } from '../storage/collection-table.ts';
import { liveCollections } from '../storage/live-collections.ts';
import { liveDates } from '../storage/live-dates.ts';
import type { ObjectStore } from '../storage/store.ts';
import { CommandFailed } from './ending.ts';

/** A table that can be read. */
export interface FoundTable {
  readonly columns: readonly string[];
  readonly partitionKeys: readonly string[];
  readonly format: TableFormat;
  /** The newest first; a table without partition keys is one. */
  readonly partitions: readonly TablePartition[];
}

export type TablePartition = Pick<Partition, 'values' | 'location'>;

/**
 * The table that a person means: by `database.table`, by the name of a table of the database `cdi`, or by
 * `db:collection`, which is its newest snapshot, or its changes where there is none. Collections that the catalogue does
 * not know are found, too, also by a name that a table of theirs could have.
 *
 * @throws {CommandFailed} when there is none, or several could have such a name.
 */
export async function findTable(
  name: string,
  published: ObjectStore,
  catalogue: Catalogue,
): Promise<FoundTable> {
  const [, database = DATABASE, tableName] = /^(?:([a-z0-9_]+)\.)?([a-z0-9_]+)$/.exec(name) ?? [];
  const table = tableName === undefined ? undefined : await catalogue.getTable(database, tableName);
  if (table !== undefined) return fromCatalogue(table, published, catalogue);

  const collections = await Array.fromAsync(liveCollections(published));
  const exact = collections.find((collection) => nameKey(collection) === name);
  if (exact !== undefined) {
    const snapshot = await findCollectionTable(catalogue, exact, 'snapshot');
    return snapshot === undefined
      ? changesOf(exact, published, catalogue)
      : fromCatalogue(snapshot, published, catalogue);
  }
  const possible = collections.filter((one) =>
    [...tableNames(one, '_changes'), ...tableNames(one, '')].includes(name),
  );
  const [only, ...others] = possible;
  if (only !== undefined && others.length === 0) return changesOf(only, published, catalogue);
  if (database === DATABASE && tableName === 'quarantine') {
    throw new CommandFailed(
      'the table quarantine comes with the first compaction that finds any; until then: cdi quarantine show',
    );
  }
  throw new CommandFailed(
    only === undefined
      ? `no table or file ${name}: ${knownText(collections)}`
      : `${name} could be ${possible.map(nameKey).join(' or ')}: say which`,
  );
}

async function fromCatalogue(
  table: Table,
  published: ObjectStore,
  catalogue: Catalogue,
): Promise<FoundTable> {
  const { 'cdi.db': db, 'cdi.collection': collection, 'cdi.content': content } = table.parameters;
  if (content === 'changes' && db !== undefined && collection !== undefined) {
    return changesOf({ db, collection }, published, catalogue);
  }
  return {
    ...shapeOf(table),
    partitions:
      table.partitionKeys.length === 0
        ? [{ values: [], location: table.location }]
        : (await catalogue.listPartitions(table.database, table.name)).toSorted(newestFirst),
  };
}

/** What the catalogue shows of the changes, and the live parts of days that it does not have. */
async function changesOf(
  collection: CollectionName,
  published: ObjectStore,
  catalogue: Catalogue,
): Promise<FoundTable> {
  const table = await findCollectionTable(catalogue, collection, 'changes');
  const partitions = new Map<string, TablePartition>();
  for (const exportDate of await liveDates(published, collection)) {
    const location = dayPrefix('live', { ...collection, exportDate });
    partitions.set(exportDate, { values: [exportDate], location });
  }
  const shown = table === undefined ? [] : await catalogue.listPartitions(table.database, table.name);
  for (const partition of shown) partitions.set(partition.values[0] ?? '', partition);
  return {
    ...(table === undefined ? UNKNOWN_CHANGES : shapeOf(table)),
    partitions: [...partitions.values()].toSorted(newestFirst),
  };
}

const UNKNOWN_CHANGES = {
  columns: parseSchema(PART_SCHEMA).fieldNames,
  partitionKeys: ['export_date'],
  format: 'orc',
} as const;

function shapeOf({ columns, partitionKeys, format }: Table): Omit<FoundTable, 'partitions'> {
  return {
    columns: columns.map(({ name }) => name),
    partitionKeys: partitionKeys.map(({ name }) => name),
    format,
  };
}

/** Dates are the last partition key of every table. */
function newestFirst(a: TablePartition, b: TablePartition): number {
  const [one, other] = [a, b].map(({ values }) => [values.at(-1) ?? '', ...values].join('\n'));
  return (one ?? '') > (other ?? '') ? -1 : 1;
}

function knownText(collections: readonly CollectionName[]): string {
  return collections.length === 0
    ? 'there are no tables yet'
    : `there are ${collections.map(nameKey).join(', ')}`;
}
