import { join } from 'node:path';
import test from 'ava';
import { publishedKey } from '../../schemas/layout.ts';
import { ensureCollectionTable } from '../../storage/collection-table.ts';
import { localStore } from '../../storage/local-store.ts';
import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { putPart } from '../helpers/part-file.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

const day = { db: 'core', exportDate: '2026-07-03', name: 'part', sources: [] };

test('a table is found by its collection and by its names; a name of two is refused until the catalogue knows it', async (t) => {
  const folder = await temporaryFolder(t);
  const published = localStore(join(folder, 'published'));
  await putPart(published, { ...day, collection: 'to-do', rows: 1 });
  await putPart(published, { ...day, collection: 'toDo', rows: 1 });
  await putPart(published, { ...day, collection: 'to.do', rows: 2 });
  const rows = async (name: string) => {
    const { code, stdout, stderr } = await runCdi(['head', name, '--local', folder, '--json']);
    return code === 0 ? (JSON.parse(stdout) as object[]).length : stderr;
  };

  const names = ['core:to.do', 'core_todo', 'core_todo_changes', 'core_to_do_changes', 'core:todo'];
  t.deepEqual(await Promise.all(names.map(rows)), [
    2,
    1,
    1,
    'cdi: core_to_do_changes could be core:to-do or core:to.do: say which\n',
    'cdi: no table or file core:todo: there are core:to-do, core:to.do, core:toDo\n',
  ]);

  const catalogue = sqliteCatalogue(join(folder, 'state', 'catalogue.sqlite'));
  t.teardown(() => catalogue.close());
  await ensureCollectionTable(catalogue, { db: 'core', collection: 'to.do' }, 'changes');
  t.is(await rows('core_to_do_changes'), 2);
});

test('newest export date first, past a part that cannot be read', async (t) => {
  const folder = await temporaryFolder(t);
  const published = localStore(join(folder, 'published'));
  await putPart(published, { ...day, collection: 'a b', rows: 1, exportDate: '2026-07-02' });
  const broken = publishedKey({ ...day, area: 'live', collection: 'a b', exportDate: '2026-07-04' });
  await published.put(broken, Buffer.from('no ORC'));
  const words = ['head', 'core_a_b', '--local', folder, '--limit', '1', '--json'];
  const { code, stdout, stderr } = await runCdi(words);
  t.is(code, 0);
  t.deepEqual(JSON.parse(stdout), [{ source_line: 0 }]);
  t.regex(
    stderr,
    /^unreadable: corporate_data_ingestion\/live\/core\/a%20b\/export_date=2026-07-04\/part\.orc: /,
  );
});

test('no rows are told to a person, and an empty list to a program', async (t) => {
  const folder = await temporaryFolder(t);
  const published = localStore(join(folder, 'published'));
  await putPart(published, { ...day, collection: 'toDo', rows: 1 });
  const words = ['head', 'core:toDo', '--local', folder, '--where', 'source_line=7'];
  t.deepEqual(await runCdi(words), { code: 0, stdout: '', stderr: 'No such rows.\n' });
  t.is((await runCdi([...words, '--json'])).stdout, '[]\n');
});

test('a table that is not there is an error that names those that are', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stderr } = await runCdi(['head', 'nothing', '--local', folder]);
  t.is(code, 1);
  t.is(stderr, 'cdi: no table or file nothing: there are no tables yet\n');
});
