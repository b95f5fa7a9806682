import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { registerQuarantine } from '../../compactor/register-quarantine.ts';
import { quarantineEntry } from '../../consumer/quarantine.ts';
import { publishedKey } from '../../schemas/layout.ts';
import { localStore } from '../../storage/local-store.ts';
import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { sourceRun } from '../helpers/rows.ts';

const toDo = { db: 'core', collection: 'to do', exportDate: '2026-07-03' };
const fault = { reason: 'invalid-json', detail: 'no JSON' } as const;

test('a day is registered where its quarantine has files, once', async (t) => {
  const { published, catalogue } = await newPlace(t);
  const partitions = async () => catalogue.listPartitions('cdi', 'quarantine');

  await registerQuarantine(published, catalogue, toDo, 0);
  t.deepEqual(await catalogue.listTables('cdi'), []);

  const entries = [Buffer.from('{}'), Buffer.of(0xff)].map((bytes) =>
    quarantineEntry({ ...sourceRun(), versionId: 'v' }, 1, toDo, fault, bytes),
  );
  await published.put(
    publishedKey({ area: 'quarantine', ...toDo, name: 'one' }),
    Buffer.from(`${entries.join('\n')}\n`),
  );
  await registerQuarantine(published, catalogue, { ...toDo, exportDate: '2026-07-02' }, 0);
  await registerQuarantine(published, catalogue, toDo, 0);
  await registerQuarantine(published, catalogue, toDo, 0);
  t.deepEqual(await partitions(), [
    {
      values: ['core:to do', '2026-07-03'],
      location: 'corporate_data_ingestion/quarantine/core/to%20do/export_date=2026-07-03/',
      parameters: {},
    },
  ]);

  const table = await catalogue.getTable('cdi', 'quarantine');
  const members = new Set(entries.flatMap((entry) => Object.keys(JSON.parse(entry) as object)));
  const columns = [...(table?.columns ?? []), ...(table?.partitionKeys ?? [])].map(({ name }) => name);
  t.deepEqual(columns.toSorted(), [...members].toSorted(), 'a column for every member of an entry');
  t.is(table?.format, 'json-lines');
});

test('a day is registered where parts tell of lines whose files are not there yet', async (t) => {
  const { published, catalogue } = await newPlace(t);
  await registerQuarantine(published, catalogue, toDo, 1);
  t.is((await catalogue.listPartitions('cdi', 'quarantine')).length, 1);
});

async function newPlace(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'cdi test+#✓ '));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const published = localStore(join(folder, 'published'));
  const catalogue = sqliteCatalogue(join(folder, 'catalogue.sqlite'));
  t.teardown(() => catalogue.close());
  return { published, catalogue };
}
