import { readdir } from 'node:fs/promises';
import { collectionsOf, type CollectionFile, type FindCollection } from './collection.ts';

const folder = new URL('collections/', import.meta.url);

/** How to treat each collection: what the files in `collections/` say, and defaults. */
export async function loadCollections(): Promise<FindCollection> {
  return collectionsOf(await loadCollectionFiles());
}

/** Every file in `collections/`; adding a collection is adding a file there. */
export async function loadCollectionFiles(): Promise<readonly CollectionFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
  return Promise.all(
    names.map(
      async (name) => ((await import(new URL(name, folder).href)) as { default: CollectionFile }).default,
    ),
  );
}
