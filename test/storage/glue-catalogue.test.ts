import {
  CreateDatabaseCommand,
  CreateTableCommand,
  GetTableCommand,
  GlueClient,
  GlueServiceException,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import type { Table as GlueTable } from '@aws-sdk/client-glue';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Catalogue } from '../../storage/catalogue.ts';
import { glueCatalogue } from '../../storage/glue-catalogue.ts';
import { glueServer, type GlueServer } from '../helpers/glue-server.ts';
import { PARTITION, TABLE, testCatalogue } from './catalogue-suite.ts';

testCatalogue(test, async (t) => (await openGlue(t)).catalogue);

test('a table is what Athena reads as ORC by name, in the bucket', async (t) => {
  const { catalogue, glue } = await openWithTable(t);
  await catalogue.addPartitions('cdi', TABLE.name, [PARTITION]);
  const storage = {
    InputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcInputFormat',
    OutputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat',
    SerdeInfo: {
      SerializationLibrary: 'org.apache.hadoop.hive.ql.io.orc.OrcSerde',
      Parameters: { 'serialization.format': '1', 'orc.column.index.access': 'false' },
    },
    Columns: [
      { Name: 'id', Type: 'string' },
      { Name: 'last_modified', Type: 'timestamp' },
      { Name: '1st', Type: 'struct<a:int,b:array<string>>' },
    ],
  };
  t.deepEqual(inputOf(glue, 'CreateTable'), {
    DatabaseName: 'cdi',
    TableInput: {
      Name: 'core_contract_changes',
      TableType: 'EXTERNAL_TABLE',
      PartitionKeys: [{ Name: 'export_date', Type: 'string' }],
      StorageDescriptor: { ...storage, Location: 's3://published +#/changes/core/contract/' },
      Parameters: { ...TABLE.parameters, EXTERNAL: 'TRUE', classification: 'orc' },
    },
  });
  t.deepEqual(inputOf(glue, 'BatchCreatePartition'), {
    DatabaseName: 'cdi',
    TableName: TABLE.name,
    PartitionInputList: [
      {
        Values: ['2026-11-18'],
        StorageDescriptor: {
          ...storage,
          Location: 's3://published +#/changes/core/contract/export_date=2026-11-18/version=1/',
        },
        Parameters: { rows: '12' },
      },
    ],
  });
});

test('JSON lines are a table, too', async (t) => {
  const { catalogue } = await openWithTable(t);
  const lines = { ...TABLE, name: 'lines', format: 'json-lines' as const, parameters: {} };
  const { kind } = await catalogue.createTable(lines);
  t.is(kind, 'created');
  t.like(await catalogue.getTable('cdi', 'lines'), lines);
});

test('pages are read to the last', async (t) => {
  const { catalogue, glue } = await openWithTable(t);
  glue.pageSize = 1;
  for (const name of ['other', 'third']) {
    await catalogue.createDatabase(name);
    await catalogue.createTable({ ...TABLE, name });
  }
  const partitions = ['a', 'b', 'c'].map((value) => ({ ...PARTITION, values: [value] }));
  await catalogue.addPartitions('cdi', TABLE.name, partitions);
  t.deepEqual(await catalogue.listDatabases(), ['cdi', 'other', 'third']);
  t.is((await catalogue.listTables('cdi')).length, 3);
  t.deepEqual(await catalogue.listPartitions('cdi', TABLE.name), partitions);
});

test('R-GLUE: an entry of a batch that failed is told of, and the others are made', async (t) => {
  const { catalogue, glue } = await openWithTable(t);
  const partitions = ['a', 'b', 'c'].map((value) => ({ ...PARTITION, values: [value] }));
  glue.failEntry = ([value]) => (value === 'b' ? 'InternalServiceException' : undefined);
  const failed = { kind: 'failed', reason: 'InternalServiceException: as the test asks' } as const;
  t.deepEqual(await catalogue.addPartitions('cdi', TABLE.name, partitions), [
    { kind: 'created' },
    failed,
    { kind: 'created' },
  ]);
  glue.failEntry = () => undefined;
  t.deepEqual(await catalogue.addPartitions('cdi', TABLE.name, partitions), [
    { kind: 'unchanged' },
    { kind: 'created' },
    { kind: 'unchanged' },
  ]);
  glue.failEntry = ([value]) => (value === 'b' ? 'InternalServiceException' : undefined);
  const moved = partitions.map((partition) => ({ ...partition, location: 'elsewhere/' }));
  t.deepEqual(await catalogue.updatePartitions('cdi', TABLE.name, moved), [
    { kind: 'updated' },
    failed,
    { kind: 'updated' },
  ]);
});

test('R-GLUE: a batch is of 100 at most, and keys that were not processed are asked for again', async (t) => {
  const { catalogue, glue } = await openWithTable(t);
  glue.mostKeysPerGet = 30;
  const many = Array.from({ length: 250 }, (_, index) => ({ ...PARTITION, values: [String(index)] }));
  const kinds = new Set((await catalogue.addPartitions('cdi', TABLE.name, many)).map(({ kind }) => kind));
  t.deepEqual(kinds, new Set(['created']));
  const moved = many.map((partition) => ({ ...partition, location: 'elsewhere/' }));
  await catalogue.updatePartitions('cdi', TABLE.name, moved);
  t.deepEqual(await catalogue.listPartitions('cdi', TABLE.name), moved);
  glue.mostKeysPerGet = 0;
  const none = { message: 'Glue read none of 1 partitions of cdi.core_contract_changes' };
  await t.throwsAsync(catalogue.addPartitions('cdi', TABLE.name, [PARTITION]), none);
});

test('of several entries with the same values, the first is added, and the last one updates', async (t) => {
  const { catalogue } = await openWithTable(t);
  t.deepEqual(await catalogue.addPartitions('cdi', TABLE.name, [PARTITION, PARTITION]), [
    { kind: 'created' },
    { kind: 'unchanged' },
  ]);
  const [one, other] = ['1/', '2/'].map((location) => ({ ...PARTITION, location }));
  await catalogue.updatePartitions('cdi', TABLE.name, [one ?? PARTITION, other ?? PARTITION]);
  t.deepEqual(await catalogue.listPartitions('cdi', TABLE.name), [other]);
});

for (const fault of ['ThrottlingException', 'InternalServiceException']) {
  test(`R-ONERETRY: the SDK repeats a call after ${fault}, and gives up in the end`, async (t) => {
    const { catalogue, glue } = await openWithTable(t);
    let faults = 2;
    glue.failCall = () => (faults-- > 0 ? fault : undefined);
    t.deepEqual(await catalogue.addPartitions('cdi', TABLE.name, [PARTITION]), [{ kind: 'created' }]);
    glue.calls.length = 0;
    glue.failCall = (operation) => (operation === 'BatchCreatePartition' ? fault : undefined);
    const thrown = await t.throwsAsync(catalogue.addPartitions('cdi', TABLE.name, [PARTITION]));
    t.true(thrown instanceof GlueServiceException);
    t.is(glue.calls.filter(({ operation }) => operation === 'BatchCreatePartition').length, 3);
  });
}

test('R-GLUE: a call that was done and not heard of is found done when it is repeated', async (t) => {
  const { catalogue, glue } = await openWithTable(t);
  await catalogue.addPartitions('cdi', TABLE.name, [PARTITION]);
  const failOnce = (): void => {
    glue.afterCall = (operation) => {
      if (!/^(Create|Update|BatchCreate)/.test(operation)) return;
      glue.afterCall = () => {};
      throw new Error('lost');
    };
  };
  failOnce();
  const { version } = (await catalogue.getTable('cdi', TABLE.name)) ?? { version: '' };
  t.is((await catalogue.updateTable({ ...TABLE, location: '1/' }, version)).kind, 'updated');
  t.like(inputOf(glue, 'UpdateTable'), { SkipArchive: true });
  failOnce();
  const other = { ...PARTITION, values: ['2026-11-19'] };
  t.is((await catalogue.swapPartition('cdi', TABLE.name, other, undefined)).kind, 'swapped');
  failOnce();
  const third = { ...PARTITION, values: ['2026-11-20'] };
  t.deepEqual(await catalogue.addPartitions('cdi', TABLE.name, [third]), [{ kind: 'unchanged' }]);
  failOnce();
  t.is((await catalogue.createTable({ ...TABLE, name: 'other' })).kind, 'unchanged');
});

test('R-CAS: a table that somebody else updates between the read and the write stays theirs', async (t) => {
  const { catalogue, glue } = await openWithTable(t);
  const { version } = (await catalogue.getTable('cdi', TABLE.name)) ?? { version: '' };
  let overtaken: Promise<unknown> | undefined;
  glue.failCall = (operation) => {
    if (operation !== 'UpdateTable' || overtaken !== undefined) return undefined;
    overtaken = catalogue.updateTable({ ...TABLE, location: 'theirs/' }, version);
    return 'ThrottlingException';
  };
  const result = await catalogue.updateTable({ ...TABLE, location: 'ours/' }, version);
  await overtaken;
  t.like(result, { kind: 'conflict', table: { location: 'theirs/' } });
  t.like(await catalogue.getTable('cdi', TABLE.name), { location: 'theirs/' });
});

test('R-CAS: of several who make a partition at the same time, one does', async (t) => {
  const { catalogue } = await openWithTable(t);
  const race = [1, 2, 3].map((winner) => ({ ...PARTITION, location: `changes/${winner}/` }));
  const results = await Promise.all(
    race.map((partition) => catalogue.swapPartition('cdi', TABLE.name, partition, undefined)),
  );
  t.deepEqual(results.map(({ kind }) => kind).toSorted(), ['conflict', 'conflict', 'swapped']);
});

test('R-CAS: a swap that was overtaken says so', async (t) => {
  const { catalogue, glue } = await openWithTable(t);
  await catalogue.addPartitions('cdi', TABLE.name, [PARTITION]);
  const ours = { ...PARTITION, location: 'ours/' };
  const theirs = { ...PARTITION, location: 'theirs/' };
  let overtaking: Promise<unknown> | undefined;
  let isOvertaken = false;
  let reads = 0;
  // The swap reads what it wrote only after it was overtaken.
  glue.failCall = (operation) => {
    isOvertaken ||= operation === 'BatchUpdatePartition';
    if (operation !== 'BatchGetPartition' || ++reads === 1 || isOvertaken) return undefined;
    overtaking ??= catalogue.updatePartitions('cdi', TABLE.name, [theirs]);
    return 'ThrottlingException';
  };
  const swap = await catalogue.swapPartition('cdi', TABLE.name, ours, PARTITION);
  await overtaking;
  t.deepEqual(swap, { kind: 'conflict', partition: theirs });
});

test('what others say of a table is the table’s, and outlives our updates', async (t) => {
  const { catalogue, client } = await openWithTable(t);
  const { StorageDescriptor, PartitionKeys, TableType } = await rawTable(client);
  const described = {
    Description: 'contracts',
    Owner: 'data',
    Retention: 3,
    TableType,
    PartitionKeys,
    Parameters: { ...TABLE.parameters, EXTERNAL: 'TRUE', classification: 'orc', averageRecordSize: '7' },
  };
  const Columns = StorageDescriptor?.Columns?.map((column) => ({ ...column, Comment: `the ${column.Name}` }));
  const TableInput = {
    Name: TABLE.name,
    ...described,
    StorageDescriptor: { ...StorageDescriptor, Columns },
  };
  await client.send(new UpdateTableCommand({ DatabaseName: 'cdi', TableInput }));

  const found = await catalogue.getTable('cdi', TABLE.name);
  const { version = '', ...definition } = found ?? {};
  t.deepEqual(definition, { ...TABLE, parameters: { ...TABLE.parameters, averageRecordSize: '7' } });
  t.deepEqual(await catalogue.createTable(TABLE), { kind: 'different', table: found });
  const moved = { ...TABLE, parameters: found?.parameters ?? {}, location: 'moved/' };
  t.is((await catalogue.updateTable(moved, version)).kind, 'updated');
  t.like(await rawTable(client), {
    ...described,
    StorageDescriptor: { ...StorageDescriptor, Location: 's3://published +#/moved/', Columns },
  });
});

test('tables of others are not listed, and an error when they are asked for', async (t) => {
  const { catalogue, client } = await openWithTable(t);
  const theirs = { bucket: 's3://elsewhere/published +#/', csv: 's3://published +#/csv/' };
  const { StorageDescriptor } = await rawTable(client);
  for (const [Name, Location] of Object.entries(theirs)) {
    const descriptor = { ...StorageDescriptor, Location, ...(Name === 'csv' && { SerdeInfo: {} }) };
    const TableInput = { Name, StorageDescriptor: descriptor };
    await client.send(new CreateTableCommand({ DatabaseName: 'cdi', TableInput }));
    const message = `cdi.${Name} is no table of ORC or JSON lines in the bucket published +#`;
    await t.throwsAsync(catalogue.getTable('cdi', Name), { message });
    await t.throwsAsync(catalogue.createTable({ ...TABLE, name: Name }), { message });
  }
  await client.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'with-hyphen' } }));
  t.deepEqual(
    (await catalogue.listTables('cdi')).map(({ name }) => name),
    [TABLE.name],
  );
  t.deepEqual(await catalogue.listDatabases(), ['cdi']);
});

interface OpenGlue {
  readonly glue: GlueServer;
  readonly client: GlueClient;
  readonly catalogue: Catalogue;
}

async function openGlue(t: ExecutionContext): Promise<OpenGlue> {
  const glue = await glueServer();
  const client = new GlueClient({
    endpoint: glue.url,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const catalogue = glueCatalogue(client, { publishedBucket: 'published +#' });
  t.teardown(async () => {
    await catalogue.close();
    await glue.stop();
  });
  return { glue, client, catalogue };
}

async function openWithTable(t: ExecutionContext): Promise<OpenGlue> {
  const open = await openGlue(t);
  await open.catalogue.createDatabase('cdi');
  t.is((await open.catalogue.createTable(TABLE)).kind, 'created');
  return open;
}

function inputOf({ calls }: GlueServer, operation: string): unknown {
  return calls.find((call) => call.operation === operation)?.input;
}

async function rawTable(client: GlueClient): Promise<GlueTable> {
  const { Table } = await client.send(new GetTableCommand({ DatabaseName: 'cdi', Name: TABLE.name }));
  if (Table === undefined) throw new Error('Glue has no table');
  return Table;
}
