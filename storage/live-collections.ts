import type { ObjectStore } from './store.ts';
import { areaPrefix, namesOfPrefix } from '../schemas/layout.ts';
import type { CollectionName } from '../schemas/source-object.ts';

/** The collections that have a folder of live parts. */
export async function* liveCollections(
  published: ObjectStore,
): AsyncGenerator<CollectionName, void, undefined> {
  for (const db of await published.listFolders(areaPrefix('live'))) {
    for (const folder of await published.listFolders(db)) {
      const name = namesOfPrefix(folder);
      if (name !== undefined) yield name;
    }
  }
}
