import { loadCollectionFiles } from '../schemas/load-collections.ts';
import { DATABASE } from '../schemas/table-name.ts';
import type { TableDefinition } from '../storage/catalogue.ts';
import { collectionTable } from '../storage/collection-table.ts';
import { QUARANTINE_TABLE } from '../storage/quarantine-table.ts';

/** What the stack makes of the catalogue. */
export interface CatalogueContents {
  /** Every database that a collection has tables in, in the order of their names. */
  readonly databases: readonly string[];
  /** As the program would make them, and leaves them: so it takes them for its own. */
  readonly tables: readonly TableDefinition[];
}

/**
 * Of the collections that have a file. Not among the tables are those that publishing moves to another location, the
 * newest snapshot and typed tables: a deployment would move readers back. The program makes them.
 */
export async function catalogueContents(): Promise<CatalogueContents> {
  const files = await loadCollectionFiles();
  const typed = files.flatMap(({ typedTables = [] }) => typedTables);
  return {
    databases: [...new Set([DATABASE, ...typed.map(({ database }) => database)])].toSorted(),
    tables: [
      ...files.flatMap((collection) => [
        collectionTable(collection, 'changes'),
        ...(collection.snapshot === 'none' ? [] : [collectionTable(collection, 'snapshots')]),
      ]),
      QUARANTINE_TABLE,
    ],
  };
}
