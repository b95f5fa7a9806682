import { join } from 'node:path';
import test from 'ava';
import { publishedKey } from '../../schemas/layout.ts';
import { ensureCollectionTable } from '../../storage/collection-table.ts';
import { localStore } from '../../storage/local-store.ts';
import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { newCompactionBench, toDoDay, type CompactionBench } from '../helpers/compaction-bench.ts';
import { plainRow, type PlainRow } from '../helpers/live-part.ts';
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
  t.deepEqual(JSON.parse(stdout), [{ source_line: 0, export_date: '2026-07-02' }]);
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

test('who looks for a value inside of ids is told that ids are compared whole', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put('2026-07-02', [plainRow({ id: '{"id":"ab"}' })]);
  const head = (where: string) => runCdi(['head', 'core:toDo', '--local', bench.folder, '--where', where]);
  t.regex((await head('id=ab')).stderr, /^No such rows\. Ids are compared whole.* cdi explain /);
  t.is((await head('id={"id":"ab"}')).stderr, '');
});

test('the quarantine has a table from the first compaction on; before, its command is named', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stderr } = await runCdi(['head', 'quarantine', '--local', folder]);
  t.is(code, 1);
  t.regex(stderr, /^cdi: the table quarantine comes with the first compaction.*: cdi quarantine show\n$/);
});

test('a table that is not there is an error that names those that are', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stderr } = await runCdi(['head', 'nothing', '--local', folder]);
  t.is(code, 1);
  t.is(stderr, 'cdi: no table or file nothing: there are no tables yet\n');
});

test('rows come from the versions that readers have, newest first, else from live parts', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put('2026-07-02', manyRows(3));
  await bench.put('2026-07-02', [...manyRows(3), plainRow({ id: 'ff', sourceLine: 9 })]);
  t.is((await rowsOf(bench, 'core:toDo')).length, 7, 'as delivered');
  await bench.compact();
  await bench.put('2026-07-03', [plainRow({ id: 'ff', lastModifiedMs: 2_000, dbType: 'DELETE' })]);

  const changes = await rowsOf(bench, 'cdi.core_todo_changes');
  t.deepEqual(
    changes.map(({ id, export_date }) => [id, export_date]),
    [
      ['ff', '2026-07-03'],
      ['00', '2026-07-02'],
      ['01', '2026-07-02'],
      ['02', '2026-07-02'],
      ['ff', '2026-07-02'],
    ],
  );
  t.is((await rowsOf(bench, 'core:toDo')).length, 4, 'the snapshot, before the next compaction');
  await bench.compact();
  t.deepEqual(await rowsOf(bench, 'core:toDo', 'db_type=DELETE'), await rowsOf(bench, 'core_todo', 'id=ff'));
  t.deepEqual(
    (await rowsOf(bench, 'core_todo_changes', 'export_date=2026-07-02')).map(({ id }) => id),
    ['00', '01', '02', 'ff'],
  );
  t.deepEqual(await rowsOf(bench, 'core_todo_changes', 'export_date=2026-07-01'), []);
});

test('a value is looked up in any column', async (t) => {
  const bench = await newCompactionBench(t);
  const rows = manyRows(250);
  await bench.put('2026-07-02', rows);
  await bench.compact();
  const found = async (where: string) => (await rowsOf(bench, 'core:toDo', where)).map(({ id }) => id);
  t.deepEqual(await found('id=c8'), ['c8']);
  t.deepEqual(await found('source_line=201'), ['c8']);
  t.deepEqual(await found(`fingerprint=${rows[200]?.fingerprint}`), ['c8']);
  t.deepEqual(await found('last_modified=1970-01-01 00:00:01.2'), ['c8']);
  for (const nothing of ['id=c', 'last_modified=never', 'val=null']) {
    t.deepEqual(await found(nothing), [], nothing);
  }
});

test('a person sees what the rows of the quarantine say, and a program the lines, too', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put(toDoDay.exportDate, manyRows(1));
  const entry = { reason: 'invalid-id', detail: 'no id', source_object: 'o', source_line: 2, line: '{}' };
  await bench.published.put(
    publishedKey({ area: 'quarantine', ...toDoDay, name: 'one' }),
    Buffer.from(`${JSON.stringify(entry)}\n${JSON.stringify({ ...entry, reason: 'invalid-date' })}\n{"rea`),
  );
  await bench.compact();
  const words = ['head', 'quarantine', '--local', bench.folder];
  const { stdout, stderr } = await runCdi([...words, '--where', 'reason=invalid-id']);
  t.is(
    stdout,
    `reason      detail  source_object  source_line  collection  export_date
invalid-id  no id   o                        2  core:toDo   2026-07-03
`,
  );
  t.regex(stderr, /^unreadable: [^\n]+one\.jsonl: 1 of its lines are no JSON\n$/);
  t.like(await rowsOf(bench, 'quarantine', 'collection=core:toDo'), [
    { ...entry, version_id: null },
    { reason: 'invalid-date' },
  ]);
  t.deepEqual(await rowsOf(bench, 'quarantine', 'collection=core:x'), []);
});

function manyRows(count: number): PlainRow[] {
  return Array.from({ length: count }, (_, i) => {
    const id = i.toString(16).padStart(2, '0');
    return plainRow({ id, idPart: id, sourceLine: i + 1, lastModifiedMs: 1_000 + i });
  });
}

async function rowsOf(
  bench: CompactionBench,
  name: string,
  where?: string,
): Promise<Record<string, unknown>[]> {
  const filter = where === undefined ? [] : ['--where', where];
  const words = ['head', name, '--local', bench.folder, '--limit', '1000', '--json', ...filter];
  return JSON.parse((await runCdi(words)).stdout) as Record<string, unknown>[];
}
