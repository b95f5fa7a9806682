import { readdir } from 'node:fs/promises';
import { collectionsOf, type CollectionFile, type FindCollection } from './collection.ts';

const folder = new URL('collections/', import.meta.url);

/** Every file in `collections/`; adding a collection is adding a file there. */
export async function loadCollections(): Promise<FindCollection> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
  const files = await Promise.all(
    names.map(
      async (name) => ((await import(new URL(name, folder).href)) as { default: CollectionFile }).default,
    ),
  );
  return collectionsOf(files);
}
