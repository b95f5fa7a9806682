import type { TableName } from './version-folders.ts';
import type { Catalogue, Table } from '../../storage/catalogue.ts';
import type { CollectionName } from '../../schemas/source-object.ts';

/** What the catalogue says of a collection. */
export interface ShownVersions {
  /** Folders in which readers may find rows. */
  readonly locations: ReadonlySet<string>;
  /** Typed tables of the collection. */
  readonly typedTables: readonly TableName[];
}

/** Reads the tables of a collection, and those that others have made: they may lie over the same folders. */
export async function shownVersions(
  catalogue: Catalogue,
  collection: CollectionName,
): Promise<ShownVersions> {
  const locations = new Set<string>();
  const typedTables: TableName[] = [];
  for (const database of await catalogue.listDatabases()) {
    for (const table of await catalogue.listTables(database)) {
      const { name, parameters } = table;
      const isOurs =
        parameters['cdi.db'] === collection.db && parameters['cdi.collection'] === collection.collection;
      if (!isOurs && parameters['cdi.db'] !== undefined) continue;
      if (isOurs && parameters['cdi.content'] === 'typed') typedTables.push({ database, name });
      for (const location of await locationsOf(catalogue, table)) {
        locations.add(location.endsWith('/') ? location : `${location}/`);
      }
    }
  }
  return { locations, typedTables };
}

/** The location of a table with partitions is none of its rows. */
async function locationsOf(catalogue: Catalogue, table: Table): Promise<readonly string[]> {
  if (table.partitionKeys.length === 0) return [table.location];
  const partitions = await catalogue.listPartitions(table.database, table.name);
  return partitions.map(({ location }) => location);
}
