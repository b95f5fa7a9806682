import { collectionsIn } from './collections-in-area.ts';
import { readText } from './read-text.ts';
import type { ObjectStore } from './store.ts';
import { nameKey } from '../schemas/collection.ts';
import { membersOf } from '../schemas/json-members.ts';
import { collectionPrefix, floorKey, type DayOfCollection } from '../schemas/layout.ts';
import type { CollectionName } from '../schemas/source-object.ts';

/**
 * From which generation on the rows of an export date count, by export date. A reprocess run that replaces says so
 * here when all of it is ingested: in the published bucket, as it decides what tables show and must not be lost with
 * other stores.
 */
export async function readFloors(
  published: ObjectStore,
  collection: CollectionName,
): Promise<ReadonlyMap<string, number>> {
  const floors = new Map<string, number>();
  for await (const { key } of published.list(collectionPrefix('floors', collection))) {
    const exportDate = /\/(\d{4}-\d{2}-\d{2})\.json$/.exec(key)?.[1];
    const text = exportDate === undefined ? undefined : await readText(published, key);
    if (exportDate !== undefined && text !== undefined) floors.set(exportDate, parseFloor(text, key));
  }
  return floors;
}

/** From which generation on the rows of an export date count, by {@link nameKey}; of other collections all do. */
export async function readFloorsOfDay(
  published: ObjectStore,
  exportDate: string,
): Promise<ReadonlyMap<string, number>> {
  const floors = new Map<string, number>();
  for (const collection of await collectionsIn(published, ['floors'])) {
    const key = floorKey({ ...collection, exportDate });
    const text = await readText(published, key);
    if (text !== undefined) floors.set(nameKey(collection), parseFloor(text, key));
  }
  return floors;
}

/**
 * Has rows of older generations no longer count. The highest floor stands, whichever came last; it is read, compared and
 * written, so who calls this holds the lease of the collection.
 *
 * @param generation - the start of the reprocess run, in epoch milliseconds
 */
export async function raiseFloor(
  published: ObjectStore,
  day: DayOfCollection,
  generation: number,
): Promise<void> {
  const key = floorKey(day);
  const text = await readText(published, key);
  if (text !== undefined && parseFloor(text, key) >= generation) return;
  await published.put(key, Buffer.from(`${JSON.stringify({ generation })}\n`));
}

function parseFloor(text: string, key: string): number {
  try {
    return membersOf(JSON.parse(text), 'floor', RangeError).count('generation');
  } catch (cause) {
    throw new Error(`${key} names no generation`, { cause });
  }
}
