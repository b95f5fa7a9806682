import { isDeepStrictEqual } from 'node:util';
import type { Collection } from '../schemas/collection.ts';
import type { Catalogue, Parameters, Partition, Table, TableDefinition } from '../storage/catalogue.ts';
import {
  ensureCollectionTable,
  findCollectionTable,
  type TableContent,
} from '../storage/collection-table.ts';

/** What the catalogue shows of a collection, as it was when a run began; publishing swaps against it. */
export interface CatalogueView {
  readonly changes: TableView;
  readonly snapshots: TableView;
  /** The newest snapshot. */
  readonly snapshot: TableView;
  /** By `database.table`. */
  readonly typed: ReadonlyMap<string, TableView>;
}

/** Undefined and empty where there is no such table yet. */
export interface TableView {
  readonly table: Table | undefined;
  /** By export date. */
  readonly partitions: ReadonlyMap<string, Partition>;
}

export async function readCatalogue(catalogue: Catalogue, collection: Collection): Promise<CatalogueView> {
  const content = async (kind: TableContent): Promise<TableView> =>
    viewOf(catalogue, await findCollectionTable(catalogue, collection, kind));
  const [changes, snapshots, snapshot] = await Promise.all([
    content('changes'),
    content('snapshots'),
    content('snapshot'),
  ]);
  const typed = await Promise.all(
    collection.typedTables.map(
      async ({ database, table }) =>
        [`${database}.${table}`, await viewOf(catalogue, await catalogue.getTable(database, table))] as const,
    ),
  );
  return { changes, snapshots, snapshot, typed: new Map(typed) };
}

async function viewOf(catalogue: Catalogue, table: Table | undefined): Promise<TableView> {
  if (table === undefined || table.partitionKeys.length === 0) return { table, partitions: new Map() };
  const partitions = await catalogue.listPartitions(table.database, table.name);
  return { table, partitions: new Map(partitions.map((each) => [each.values[0] ?? '', each])) };
}

/** Somebody else has published since the catalogue was read; what was planned on it has to be planned anew. */
export class PublishedMeanwhileError extends Error {
  override readonly name = 'PublishedMeanwhileError';

  constructor(what: string) {
    super(`${what} was published by another run meanwhile`);
  }
}

/** Where readers find a version. */
export interface Shown {
  readonly location: string;
  readonly parameters: Parameters;
}

/**
 * Has readers find a version of a collection's changes or snapshots of an export date, with one call.
 *
 * @throws {PublishedMeanwhileError}
 */
export async function showDay(
  catalogue: Catalogue,
  collection: Collection,
  content: 'changes' | 'snapshots',
  view: CatalogueView,
  exportDate: string,
  shown: Shown,
): Promise<void> {
  const table = await ensureCollectionTable(catalogue, collection, content);
  await swap(catalogue, table, view[content], exportDate, shown);
}

/**
 * The same for the table of the newest snapshot, which has no partitions.
 *
 * @returns the table as it is now
 */
export async function showNewest(
  catalogue: Catalogue,
  collection: Collection,
  view: CatalogueView,
  shown: Shown,
): Promise<Table> {
  const table = await ensureCollectionTable(catalogue, collection, 'snapshot', shown.location);
  return update(catalogue, { ...table, ...shown }, table, view.snapshot.table);
}

/** The same for a typed table, which is made, or given the columns it has now, if need be. */
export async function showTyped(
  catalogue: Catalogue,
  view: CatalogueView,
  exportDate: string,
  definition: TableDefinition,
  shown: Shown,
): Promise<void> {
  const { database, name, partitionKeys, parameters } = definition;
  const before = view.typed.get(`${database}.${name}`);
  const isPartitioned = partitionKeys.length > 0;
  const wanted = isPartitioned
    ? definition
    : { ...definition, ...shown, parameters: { ...parameters, ...shown.parameters } };
  await catalogue.createDatabase(database);
  const made = await catalogue.createTable(wanted);
  if (made.kind === 'different') await update(catalogue, wanted, made.table, before?.table);
  if (isPartitioned) await swap(catalogue, definition, before, exportDate, shown);
}

async function swap(
  catalogue: Catalogue,
  { database, name }: TableDefinition,
  view: TableView | undefined,
  exportDate: string,
  { location, parameters }: Shown,
): Promise<void> {
  const partition = { values: [exportDate], location, parameters };
  const result = await catalogue.swapPartition(database, name, partition, view?.partitions.get(exportDate));
  if (result.kind === 'conflict') {
    throw new PublishedMeanwhileError(`${exportDate} of ${database}.${name}`);
  }
}

/**
 * Keeps what others say of a table in parameters of their own.
 *
 * @param read - the table as it was when the run began; undefined when it was not there.
 */
async function update(
  catalogue: Catalogue,
  wanted: TableDefinition,
  { version, ...present }: Table,
  read: Table | undefined,
): Promise<Table> {
  const { database, name, columns, partitionKeys, location, format } = wanted;
  const parameters = { ...present.parameters, ...wanted.parameters };
  const definition = { database, name, columns, partitionKeys, location, format, parameters };
  if (isDeepStrictEqual(present, definition)) return { ...present, version };
  // Where ours would have been another, somebody else has made it.
  const isOfOthers = read === undefined && present.location !== location;
  const result = isOfOthers ? undefined : await catalogue.updateTable(definition, read?.version ?? version);
  if (result?.kind !== 'updated') throw new PublishedMeanwhileError(`${database}.${name}`);
  return { ...definition, version: result.version };
}
