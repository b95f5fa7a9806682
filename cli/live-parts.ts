import { openReader, type ByteSource, type Reader } from 'orc-writer-wasm';
import { areaPrefix, parsePublishedKey, type PublishedFile } from '../schemas/layout.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import type { ListedObject, ObjectStore } from '../storage/store.ts';

/** A part as its key and the listing tell of it. */
export interface LivePart extends PublishedFile, ListedObject {}

/** Every part in the live area, in the order of their keys: by collection, then export date. */
export async function* liveParts(published: ObjectStore): AsyncGenerator<LivePart, void, undefined> {
  for await (const object of published.list(areaPrefix('live'))) {
    const file = parsePublishedKey(object.key);
    if (file !== undefined) yield { ...file, ...object };
  }
}

/** Opens a part where it is, reading only the ranges that are asked for. */
export function openPart(published: ObjectStore, { key, size }: ListedObject): Promise<Reader> {
  const source: ByteSource = {
    byteLength: size,
    async slice(start, end) {
      const found = await published.get(key, { range: { start, end } });
      if (found.kind !== 'found') throw new Error(`part ${key} is gone`);
      return Buffer.concat(await Array.fromAsync(found.body));
    },
  };
  return openReader(source);
}

/** The name of a collection's table: lower case, with `_` for everything but letters and digits. */
export function tableName({ db, collection }: CollectionName): string {
  return `${db}_${collection}`.toLowerCase().replaceAll(/[^a-z\d]/g, '_');
}
