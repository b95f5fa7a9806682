import type { ObjectStore } from './store.ts';

/** The whole object as UTF-8 text; undefined when there is none. For small ones. */
export async function readText(store: ObjectStore, key: string): Promise<string | undefined> {
  const found = await store.get(key);
  if (found.kind !== 'found') return undefined;
  return Buffer.concat(await Array.fromAsync(found.body)).toString();
}
