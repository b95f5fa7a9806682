import { nameKey } from '../schemas/collection.ts';
import { dayPrefix, type DayOfCollection } from '../schemas/layout.ts';
import { DATABASE } from '../schemas/table-name.ts';
import type { Catalogue } from '../storage/catalogue.ts';
import { publishedFiles } from '../storage/published-files.ts';
import { QUARANTINE_TABLE } from '../storage/quarantine-table.ts';
import type { ObjectStore } from '../storage/store.ts';

/**
 * Makes the quarantine of a collection and export date queryable, if there is any. Again and again does no harm.
 *
 * @param lines that parts say are there, whose files are written after their parts
 */
export async function registerQuarantine(
  published: ObjectStore,
  catalogue: Catalogue,
  day: DayOfCollection,
  lines: number,
): Promise<void> {
  const { exportDate } = day;
  if (lines === 0 && !(await hasFiles(published, day))) return;
  await catalogue.createDatabase(DATABASE);
  await catalogue.createTable(QUARANTINE_TABLE);
  const partition = {
    values: [nameKey(day), exportDate],
    location: dayPrefix('quarantine', day),
    parameters: {},
  };
  const [result] = await catalogue.addPartitions(DATABASE, QUARANTINE_TABLE.name, [partition]);
  if (result?.kind === 'failed') throw new Error(`the quarantine of ${exportDate}: ${result.reason}`);
}

async function hasFiles(published: ObjectStore, day: DayOfCollection): Promise<boolean> {
  const files = publishedFiles(published, 'quarantine', { collection: day, exportDate: day.exportDate });
  const { done } = await files.next();
  await files.return();
  return done !== true;
}
