import { loadCollectionFiles } from '../schemas/load-collections.ts';
import { DATABASE } from '../schemas/table-name.ts';

/** Every database of the catalogue that a collection has tables in, in the order of their names. */
export async function catalogueDatabases(): Promise<readonly string[]> {
  const tables = (await loadCollectionFiles()).flatMap(({ typedTables = [] }) => typedTables);
  return [...new Set([DATABASE, ...tables.map(({ database }) => database)])].toSorted();
}
