import { mapConcurrently } from './map-concurrently.ts';
import { publishedFiles } from './published-files.ts';
import { eachQuarantineEntry, type QuarantineEntry } from './quarantine-entries.ts';
import type { ObjectStore } from './store.ts';
import type { DayOfCollection } from '../schemas/layout.ts';

export interface DayQuarantine {
  readonly total: number;
  /** In order of their names; {@link total} is their sum. */
  readonly byReason: Readonly<Record<string, number>>;
}

/**
 * Counts what is in the quarantine of one collection and export date: a line of a version in a generation once for each
 * reason, however often it was delivered. Entries that don't say where they came from all count. That a line of which
 * a key was refused became a row in a later delivery is not known here.
 *
 * Takes memory for the distinct lines, a number each, and for the versions of objects they came from.
 *
 * @param generationFloor entries of older generations are left out
 */
export async function dayQuarantine(
  published: ObjectStore,
  day: DayOfCollection,
  generationFloor = 0,
): Promise<DayQuarantine> {
  const seen = new Map<string, Set<number>>();
  const counts = new Map<string, number>();

  function count({ reason, origin }: QuarantineEntry): void {
    if (origin !== undefined) {
      if (origin.generation < generationFloor) return;
      const place = JSON.stringify([reason, origin.key, origin.version, origin.generation]);
      const lines = seen.get(place) ?? new Set();
      if (lines.has(origin.line)) return;
      seen.set(place, lines.add(origin.line));
    }
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }

  const files = publishedFiles(published, 'quarantine', { collection: day, exportDate: day.exportDate });
  const readings = mapConcurrently(files, READS, ({ key }) => eachQuarantineEntry(published, key, count));
  for await (const _ of readings);
  return {
    total: [...counts.values()].reduce((sum, entries) => sum + entries, 0),
    byReason: Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

const READS = 4;
