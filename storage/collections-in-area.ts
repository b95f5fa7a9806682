import type { ObjectStore } from './store.ts';
import { areaPrefix, namesOfPrefix } from '../schemas/layout.ts';
import type { CollectionName } from '../schemas/source-object.ts';

/** The areas with a folder for each collection. */
type CollectionArea = 'live' | 'changes' | 'exports' | 'tombstones' | 'certificates' | 'floors';

/** The collections that have a folder in some of the areas, each once, in the order of their names. */
export async function collectionsIn(
  published: ObjectStore,
  areas: readonly CollectionArea[],
): Promise<readonly CollectionName[]> {
  const names = new Map<string, CollectionName>();
  for (const area of areas) {
    for (const db of await published.listFolders(areaPrefix(area))) {
      for (const folder of await published.listFolders(db)) {
        const name = namesOfPrefix(folder);
        if (name !== undefined) names.set(folder.slice(areaPrefix(area).length), name);
      }
    }
  }
  return [...names].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
}
