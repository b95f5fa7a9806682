import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { partitionRegistrar } from '../../consumer/register-partition.ts';
import type { Catalogue } from '../../storage/catalogue.ts';
import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { until } from '../helpers/until.ts';

const day = { db: 'core', collection: 'toDo', exportDate: '2023-07-03' };
const location = 'corporate_data_ingestion/live/core/toDo/export_date=2023-07-03/';

test('the first part of an export date makes it queryable', async (t) => {
  const { catalogue, registrar, logged } = await setUp(t);
  registrar.register(day);
  await registrar.settled();
  const { version: _, ...table } = (await catalogue.getTable('cdi', 'core_todo_changes')) ?? {};
  t.deepEqual(table, {
    database: 'cdi',
    name: 'core_todo_changes',
    columns: [
      { name: 'id', type: 'string' },
      { name: 'id_part', type: 'string' },
      { name: 'db_type', type: 'string' },
      { name: 'last_modified', type: 'timestamp' },
      { name: 'val', type: 'string' },
      { name: 'fingerprint', type: 'bigint' },
      { name: 'source_object', type: 'string' },
      { name: 'source_line', type: 'int' },
      { name: 'generation', type: 'bigint' },
    ],
    partitionKeys: [{ name: 'export_date', type: 'string' }],
    location: 'corporate_data_ingestion/live/core/toDo/',
    format: 'orc',
    parameters: { 'cdi.db': 'core', 'cdi.collection': 'toDo', 'cdi.content': 'changes' },
  });
  t.deepEqual(await catalogue.listPartitions('cdi', 'core_todo_changes'), [
    { values: ['2023-07-03'], location, parameters: {} },
  ]);
  t.deepEqual(logged, [['Partition:Registered', { table: 'core_todo_changes', exportDate: '2023-07-03' }]]);
});

test('the catalogue is asked once for each partition, however many parts it gets', async (t) => {
  const { catalogue, registrar, calls } = await setUp(t);
  for (let part = 0; part < 5; part++) registrar.register(day);
  await registrar.settled();
  const callsForOne = calls.length;
  for (let part = 0; part < 5; part++) registrar.register(day);
  await registrar.settled();
  t.is(calls.length, callsForOne);
  t.is(calls.filter((call) => call === 'addPartitions').length, 1);

  registrar.register({ ...day, exportDate: '2023-07-04' });
  registrar.register({ ...day, collection: 'a b+#🙂' });
  await registrar.settled();
  t.is(calls.filter((call) => call === 'addPartitions').length, 3);
  t.is((await catalogue.listPartitions('cdi', 'core_todo_changes')).length, 2);
  t.deepEqual(await catalogue.listPartitions('cdi', 'core_a_b____changes'), [
    {
      values: ['2023-07-03'],
      location: 'corporate_data_ingestion/live/core/a%20b%2B%23%F0%9F%99%82/export_date=2023-07-03/',
      parameters: {},
    },
  ]);
});

test('processes that register the same at once agree', async (t) => {
  const { catalogue, file, logged } = await setUp(t);
  const days = ['2023-07-03', '2023-07-04', '2023-07-05'].map((exportDate) => ({ ...day, exportDate }));
  const registrars = Array.from({ length: 3 }, () =>
    partitionRegistrar(openCatalogue(t, file), (event, facts) => logged.push([event, facts])),
  );
  for (const registrar of registrars) for (const each of days) registrar.register(each);
  await Promise.all(registrars.map((registrar) => registrar.settled()));
  t.is((await catalogue.listPartitions('cdi', 'core_todo_changes')).length, 3);
  t.true(logged.every(([event]) => event === 'Partition:Registered'));
  t.is(logged.length, 3);
});

test('a partition that compaction has moved stays where it is', async (t) => {
  const { catalogue, file, registrar } = await setUp(t);
  registrar.register(day);
  await registrar.settled();
  const compacted = {
    values: ['2023-07-03'],
    location: 'changes/version=1/',
    parameters: { 'cdi.run': '1' },
  };
  await catalogue.updatePartitions('cdi', 'core_todo_changes', [compacted]);

  const { registrar: next, logged } = await setUp(t, file);
  next.register(day);
  await next.settled();
  t.deepEqual(await catalogue.listPartitions('cdi', 'core_todo_changes'), [compacted]);
  t.deepEqual(logged, []);
});

test('of two collections that come to the same name each has its own table', async (t) => {
  const { catalogue, file, registrar, logged } = await setUp(t);
  const other = { ...day, collection: 'todo' };
  registrar.register(day);
  registrar.register(other);
  registrar.register({ ...other, exportDate: '2023-07-04' });
  await registrar.settled();
  const tables = await catalogue.listTables('cdi');
  const [second] = tables.filter(({ name }) => name !== 'core_todo_changes');
  t.is(tables.length, 2);
  t.is(second?.parameters['cdi.collection'], 'todo');
  t.is(second?.location, 'corporate_data_ingestion/live/core/todo/');
  t.is((await catalogue.listPartitions('cdi', second?.name ?? '')).length, 2);
  t.is((await catalogue.listPartitions('cdi', 'core_todo_changes')).length, 1);
  t.deepEqual(logged[1], ['Table:NameTaken', { db: 'core', collection: 'todo', table: second?.name }]);

  // The names stay, whoever comes first to the next process.
  const { registrar: next } = await setUp(t, file);
  next.register({ ...other, exportDate: '2023-07-05' });
  next.register({ ...day, exportDate: '2023-07-05' });
  await next.settled();
  t.is((await catalogue.listTables('cdi')).length, 2);
  t.is((await catalogue.listPartitions('cdi', second?.name ?? '')).length, 3);
  t.is((await catalogue.listPartitions('cdi', 'core_todo_changes')).length, 2);
});

test('a table that is not ours is left alone', async (t) => {
  const { catalogue, registrar } = await setUp(t);
  await catalogue.createDatabase('cdi');
  const theirs = {
    database: 'cdi',
    name: 'core_todo_changes',
    columns: [],
    partitionKeys: [],
    location: 'theirs/',
    format: 'orc',
    parameters: {},
  } as const;
  await catalogue.createTable(theirs);
  registrar.register(day);
  await registrar.settled();
  t.like(await catalogue.getTable('cdi', 'core_todo_changes'), theirs);
  t.is((await catalogue.listTables('cdi')).length, 2);
});

test('what failed is logged, and tried again with the next part of any date', async (t) => {
  const { catalogue, registrar, logged, failures } = await setUp(t);
  failures.push('throws', 'fails');
  registrar.register(day);
  await until(() => logged.length === 1);
  registrar.register({ ...day, exportDate: '2023-07-04' });
  await registrar.settled();
  t.deepEqual(logged.map(([event]) => event).toSorted(), [
    'Partition:Failed',
    'Partition:Failed',
    'Partition:Registered',
    'Partition:Registered',
  ]);
  t.deepEqual(logged[0], ['Partition:Failed', { location, reason: 'catalogue out' }]);
  t.is((await catalogue.listPartitions('cdi', 'core_todo_changes')).length, 2);
});

test('a catalogue that stays out fails nobody', async (t) => {
  const { registrar, logged, failures } = await setUp(t);
  failures.push(...Array.from({ length: 10 }, () => 'throws' as const));
  registrar.register(day);
  await registrar.settled();
  t.deepEqual(
    logged.map(([event]) => event),
    ['Partition:Failed', 'Partition:Failed'],
  );
});

/** A catalogue that counts its calls, and whose next additions of partitions fail as often as there are `failures`. */
async function setUp(t: ExecutionContext, sharedFile?: string) {
  const file = sharedFile ?? join(await newFolder(t), 'catalogue.sqlite');
  const catalogue = openCatalogue(t, file);
  const calls: string[] = [];
  const failures: ('throws' | 'fails')[] = [];
  const logged: [string, unknown][] = [];
  const counting: Catalogue = {
    ...catalogue,
    getTable(...parameters) {
      calls.push('getTable');
      return catalogue.getTable(...parameters);
    },
    async addPartitions(database, table, partitions) {
      calls.push('addPartitions');
      const failure = failures.shift();
      if (failure === 'throws') throw new Error('catalogue out');
      if (failure === 'fails')
        return partitions.map(() => ({ kind: 'failed' as const, reason: 'try later' }));
      return catalogue.addPartitions(database, table, partitions);
    },
  };
  const registrar = partitionRegistrar(counting, (event, facts) => logged.push([event, facts]));
  return { catalogue, file, registrar, calls, failures, logged };
}

function openCatalogue(t: ExecutionContext, file: string): Catalogue {
  const catalogue = sqliteCatalogue(file);
  t.teardown(() => catalogue.close());
  return catalogue;
}
