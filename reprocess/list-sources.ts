import { parseSourceObject } from '../schemas/source-object.ts';
import { mapConcurrently } from '../storage/map-concurrently.ts';
import type { ListedObject, ObjectStore } from '../storage/store.ts';
import type { ListedSource } from './plan.ts';

/**
 * Lists what lies in the folders of the dates asked for, of all archive directories. Below the folder of another date
 * it does not look, so an archive directory below one is not found.
 *
 * @param from - first and last export date, inclusive
 */
export function listSources(
  corporate: ObjectStore,
  from: string,
  to: string,
): AsyncGenerator<ListedSource, void, undefined> {
  return present(
    mapConcurrently(listed(corporate, from, to), HEADS, async ({ key, size }) => {
      if (parseSourceObject(key).kind === 'other') return { key, size, eTag: '' };
      const info = await corporate.head(key);
      return info === undefined ? undefined : { key, size: info.size, eTag: info.eTag };
    }),
  );
}

const HEADS = 16;

async function* listed(
  corporate: ObjectStore,
  from: string,
  to: string,
  prefix = '',
): AsyncGenerator<ListedObject, void, undefined> {
  for (const folder of await corporate.listFolders(prefix)) {
    const [, year, month, day] = /(?:^|\/)(\d{4})\/(\d{2})\/(\d{2})\/$/.exec(folder) ?? [];
    if (year === undefined) {
      yield* listed(corporate, from, to, folder);
      continue;
    }
    const exportDate = dayAfter(`${year}-${month}-${day}`);
    if (exportDate !== undefined && exportDate >= from && exportDate <= to) yield* corporate.list(folder);
  }
}

function dayAfter(date: string): string | undefined {
  const time = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(time) ? undefined : new Date(time + 86_400_000).toISOString().slice(0, 10);
}

async function* present<Item>(items: AsyncIterable<Item | undefined>): AsyncGenerator<Item, void, undefined> {
  for await (const item of items) if (item !== undefined) yield item;
}
