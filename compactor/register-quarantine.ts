import { nameKey } from '../schemas/collection.ts';
import { dayPrefix, type DayOfCollection } from '../schemas/layout.ts';
import { DATABASE } from '../schemas/table-name.ts';
import type { Catalogue } from '../storage/catalogue.ts';
import { publishedFiles } from '../storage/published-files.ts';
import { QUARANTINE_TABLE } from '../storage/quarantine-table.ts';
import type { ObjectStore } from '../storage/store.ts';

/** Makes the quarantine of a collection and export date queryable, if there is any. Again and again does no harm. */
export async function registerQuarantine(
  published: ObjectStore,
  catalogue: Catalogue,
  day: DayOfCollection,
): Promise<void> {
  const { exportDate } = day;
  const files = publishedFiles(published, 'quarantine', { collection: day, exportDate });
  if ((await files.next()).done) return;
  await files.return();
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
