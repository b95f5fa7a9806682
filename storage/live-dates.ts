import type { ObjectStore } from './store.ts';
import { collectionPrefix } from '../schemas/layout.ts';
import type { CollectionName } from '../schemas/source-object.ts';

/** The export dates of which a collection has a folder of live parts, ascending. */
export async function liveDates(published: ObjectStore, collection: CollectionName): Promise<string[]> {
  const folders = await published.listFolders(collectionPrefix('live', collection));
  return folders
    .flatMap((folder) => /\/export_date=(\d{4}-\d{2}-\d{2})\/$/.exec(folder)?.[1] ?? [])
    .toSorted();
}
