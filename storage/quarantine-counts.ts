import { mapConcurrently } from './map-concurrently.ts';
import { publishedFiles, type FileFilter } from './published-files.ts';
import { eachQuarantineEntry, QUARANTINE_READS } from './quarantine-entries.ts';
import type { ObjectStore } from './store.ts';
import type { DayOfCollection } from '../schemas/layout.ts';

/** What is in the quarantine of one collection and export date. */
export interface QuarantineCounts extends DayOfCollection {
  files: number;
  /** As written: that of a line which was read again in another generation counts again. */
  entries: number;
  /** Entries by reason; those that tell none, such as half a line, are `unreadable`. */
  readonly reasons: Record<string, number>;
}

/** Counts quarantine entries, reading every file as a stream. */
export async function quarantineCounts(
  published: ObjectStore,
  filter: FileFilter = {},
): Promise<readonly Readonly<QuarantineCounts>[]> {
  const days: QuarantineCounts[] = [];
  const listed = publishedFiles(published, 'quarantine', filter);
  const files = mapConcurrently(listed, QUARANTINE_READS, async (file) => ({
    file,
    reasons: await countReasons(published, file.key),
  }));
  for await (const { file, reasons } of files) {
    if (reasons === undefined) continue;
    const { db, collection, exportDate } = file;
    let day = days.at(-1);
    if (day?.db !== db || day.collection !== collection || day.exportDate !== exportDate) {
      day = { db, collection, exportDate, files: 0, entries: 0, reasons: {} };
      days.push(day);
    }
    day.files += 1;
    for (const [reason, count] of reasons) {
      day.entries += count;
      day.reasons[reason] = (day.reasons[reason] ?? 0) + count;
    }
  }
  return days;
}

/** Undefined when the file is gone. */
async function countReasons(published: ObjectStore, key: string): Promise<Map<string, number> | undefined> {
  const counts = new Map<string, number>();
  const isThere = await eachQuarantineEntry(published, key, ({ reason }) => {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  });
  return isThere ? counts : undefined;
}
