import { nameKey } from '../schemas/collection.ts';
import { areaPrefix, dayPrefix, type DayOfCollection } from '../schemas/layout.ts';
import { DATABASE } from '../schemas/table-name.ts';
import type { Catalogue, Column, TableDefinition } from '../storage/catalogue.ts';
import { publishedFiles } from '../storage/published-files.ts';
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

/** Lines of JSON; what they say of collection and export date is said by the partition, too. */
const QUARANTINE_TABLE: TableDefinition = {
  database: DATABASE,
  name: 'quarantine',
  columns: [
    text('reason'),
    text('detail'),
    text('source_object'),
    { name: 'source_line', type: 'int' },
    text('e_tag'),
    text('version_id'),
    { name: 'generation', type: 'bigint' },
    text('line'),
    text('line_base64'),
  ],
  partitionKeys: [text('collection'), text('export_date')],
  location: areaPrefix('quarantine'),
  format: 'json-lines',
  parameters: {},
};

function text(name: string): Column {
  return { name, type: 'string' };
}
