import { mapConcurrently } from './map-concurrently.ts';
import { readingId, type ReadVersion } from './object-reading.ts';
import { publishedFiles, type FileFilter } from './published-files.ts';
import { eachQuarantineEntry, QUARANTINE_READS } from './quarantine-entries.ts';
import type { ObjectStore } from './store.ts';

/**
 * Counts lines with an entry in quarantine, each once: files once were those of a batch, and two of them may have one
 * line. A line of which a key was refused may have become a row in another delivery, so there may be more than a reading
 * left.
 *
 * Takes memory for the distinct lines of these readings, a number each.
 *
 * @returns by {@link readingId}
 */
export async function quarantinedLines(
  published: ObjectStore,
  readings: readonly ReadVersion[],
  filter: FileFilter,
): Promise<ReadonlyMap<string, number>> {
  const lines = new Map(readings.map((reading) => [readingId(reading), new Set<number>()]));
  const files = publishedFiles(published, 'quarantine', filter);
  const reads = mapConcurrently(files, QUARANTINE_READS, ({ key }) =>
    eachQuarantineEntry(published, key, ({ origin }) => {
      if (origin !== undefined) lines.get(readingId(origin))?.add(origin.line);
    }),
  );
  for await (const _ of reads);
  return new Map([...lines].map(([id, { size }]) => [id, size]));
}
