import { join } from 'node:path';
import test from 'ava';
import { openReader } from 'orc-writer-wasm';
import { publishedKey } from '../../schemas/layout.ts';
import { ensureCollectionTable } from '../../storage/collection-table.ts';
import { newCompactionBench, toDoDay } from '../helpers/compaction-bench.ts';
import { plainRow } from '../helpers/live-part.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

interface DescribedTable {
  readonly database: string;
  readonly name: string;
  readonly path: string;
  readonly partitions: readonly { readonly values: readonly string[]; readonly path: string }[];
}

test('the catalogue is shown as query engines see it, with the folders that its places are', async (t) => {
  const bench = await newCompactionBench(t, {
    typedTables: [{ database: 'typed', table: 'part', columns: 'a STRING' }],
  });
  await bench.put('2026-07-02', [plainRow({ id: 'a1' }), plainRow({ id: 'b1', sourceLine: 2 })]);
  await bench.put('2026-07-03', [plainRow({ id: 'c1' })]);
  const entry = publishedKey({ area: 'quarantine', ...toDoDay, name: 'one' });
  await bench.published.put(entry, Buffer.from('{"reason":"invalid-json"}\n'));
  await bench.compact();
  const table = await ensureCollectionTable(bench.catalogue, bench.collection, 'changes');
  const live = { values: ['2026-07-04'], location: 'corporate_data_ingestion/live/x/', parameters: {} };
  await bench.catalogue.addPartitions('cdi', table.name, [live]);

  const words = ['tables', '--local', bench.folder];
  const tables = JSON.parse((await runCdi([...words, '--json'])).stdout) as DescribedTable[];
  t.deepEqual(
    tables.map(({ database, name }) => `${database}.${name}`),
    ['cdi.core_todo', 'cdi.core_todo_changes', 'cdi.core_todo_snapshots', 'cdi.quarantine', 'typed.part'],
  );
  const [newest, changes, , quarantine, typed] = tables;
  t.like(changes, {
    tableType: 'EXTERNAL_TABLE',
    partitionKeys: [{ name: 'export_date', type: 'string' }],
    location: 'corporate_data_ingestion/live/core/toDo/',
    path: join(bench.folder, 'published/corporate_data_ingestion/live/core/toDo'),
    format: 'orc',
    inputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcInputFormat',
    serializationLibrary: 'org.apache.hadoop.hive.ql.io.orc.OrcSerde',
    serdeParameters: { 'orc.column.index.access': 'false' },
    parameters: { EXTERNAL: 'TRUE', classification: 'orc', 'cdi.db': 'core' },
    partitions: [
      {
        values: ['2026-07-02'],
        location: await bench.location('changes', '2026-07-02'),
        parameters: { numRows: '2', numFiles: '1', 'orc.compress': 'ZLIB' },
      },
      { values: ['2026-07-03'], parameters: { numRows: '1' } },
      { values: ['2026-07-04'], parameters: {} },
    ],
  });
  t.like(quarantine, { format: 'json-lines', partitions: [{ values: ['core:toDo', '2026-07-03'] }] });
  t.like(typed, { columns: [{ name: 'a', type: 'string' }], partitionKeys: [], partitions: [] });
  const rows = await Promise.all([newest?.path, changes?.partitions[0]?.path, typed?.path].map(rowsIn));
  t.deepEqual(rows, [3, 2, 3], 'the paths are where the files are');

  const text = await runCdi(words);
  t.regex(text.stdout, /^table +partitions +live +rows +MB +newest +location$/m);
  t.regex(text.stdout, /^cdi\.core_todo +- +0 +3 +0\.00 +- +corporate_data_ingestion\/exports\/.*\/$/m);
  t.regex(text.stdout, /^cdi\.core_todo_changes +3 +1 +3 +0\.00 +2026-07-04 +corporate_data_ingestion/m);
  t.regex(text.stdout, /^cdi\.quarantine +1 +1 +- +- +2026-07-03 +corporate_data_ingestion\/quarantine\/$/m);

  const typedOnly = await runCdi([...words, '--database', 'typed']);
  t.is(typedOnly.stdout.split('\n').length, 3);
});

test('an empty catalogue is told to a person and to a program; a database that is not there is an error', async (t) => {
  const words = ['tables', '--local', await temporaryFolder(t)];
  t.deepEqual(await runCdi(words), { code: 0, stdout: '', stderr: 'There are no tables yet.\n' });
  t.is((await runCdi([...words, '--json'])).stdout, '[]\n');
  t.deepEqual(await runCdi([...words, '--database', 'Some']), {
    code: 1,
    stdout: '',
    stderr: 'cdi: no database Some: there are none yet\n',
  });
});

async function rowsIn(path = ''): Promise<number> {
  await using reader = await openReader(join(path, '00-ff-0.orc'));
  return reader.numberOfRows;
}
