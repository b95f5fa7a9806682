import type { CatalogueView } from './catalogue-view.ts';
import type { CertificateFacts, CollectionFacts, DayFacts } from './plan.ts';
import type { Collection } from '../schemas/collection.ts';
import { versionOfPrefix } from '../schemas/layout.ts';
import { MANIFEST_NAME } from '../schemas/manifest.ts';
import { liveDates } from '../storage/live-dates.ts';
import { mapConcurrently } from '../storage/map-concurrently.ts';
import { publishedFiles } from '../storage/published-files.ts';
import { readFloors } from '../storage/replace-floor.ts';
import type { ObjectStore } from '../storage/store.ts';

/** Looks up all that a plan needs to know of a collection. Of files, only their names are read. */
export async function readFacts(
  published: ObjectStore,
  collection: Collection,
  definitions: readonly string[],
  view: CatalogueView,
  certificates: ReadonlyMap<string, CertificateFacts>,
): Promise<CollectionFacts> {
  const [dates, floors, shown] = await Promise.all([
    liveDates(published, collection),
    readFloors(published, collection),
    existing(published, shownPrefixes(view)),
  ]);
  const days = mapConcurrently(dates, READS, async (exportDate): Promise<DayFacts> => {
    const { db, collection: name } = collection;
    const parts = await Array.fromAsync(
      publishedFiles(published, 'live', { collection: { db, collection: name }, exportDate }),
      ({ name: part, size }) => ({ name: part, bytes: size }),
    );
    return {
      exportDate,
      parts,
      generationFloor: floors.get(exportDate) ?? 0,
      published: new Set((shown.get(exportDate) ?? []).concat(shown.get(EVERY_DAY) ?? [])),
      certificate: certificates.get(exportDate),
    };
  });
  return {
    collection,
    definitions,
    days: (await Array.fromAsync(days)).filter(({ parts }) => parts.length > 0),
  };
}

const READS = 16;
const EVERY_DAY = '';

/** Folders of versions by export date; those of tables without partitions under {@link EVERY_DAY}. */
export function shownPrefixes({ changes, snapshots, snapshot, typed }: CatalogueView): Map<string, string[]> {
  const prefixes = new Map<string, string[]>();
  const add = (exportDate: string, prefix: string | undefined): void => {
    if (prefix === undefined || versionOfPrefix(prefix) === undefined) return;
    prefixes.set(exportDate, [...(prefixes.get(exportDate) ?? []), prefix]);
  };
  const newest = [...snapshots.partitions.keys()].toSorted().at(-1);
  for (const { partitions } of [changes, ...typed.values()]) {
    for (const [exportDate, { location }] of partitions) add(exportDate, location);
  }
  for (const [exportDate, { location }] of snapshots.partitions) {
    // The newest is not published before its own table shows it, too.
    if (exportDate !== newest || snapshot.table?.location === location) add(exportDate, location);
  }
  for (const { table } of typed.values()) {
    if (table?.partitionKeys.length === 0) add(EVERY_DAY, table.location);
  }
  return prefixes;
}

/** Those whose manifest is there. */
async function existing(
  published: ObjectStore,
  prefixes: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const pairs = [...prefixes].flatMap(([exportDate, all]) => all.map((prefix) => ({ exportDate, prefix })));
  const checked = mapConcurrently(pairs, READS, async (pair) => ({
    ...pair,
    isThere: (await published.head(`${pair.prefix}${MANIFEST_NAME}`)) !== undefined,
  }));
  for await (const { exportDate, prefix, isThere } of checked) {
    if (isThere) found.set(exportDate, [...(found.get(exportDate) ?? []), prefix]);
  }
  return found;
}
