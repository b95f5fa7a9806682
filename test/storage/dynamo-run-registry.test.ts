import {
  PutItemCommand,
  ScanCommand,
  ThrottlingException,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { dynamoRunRegistry } from '../../storage/dynamo-run-registry.ts';
import type { RunRegistry } from '../../storage/run-registry.ts';
import { lostAnswer, openDynamo, type Dynamo } from '../helpers/dynamo-server.ts';
import { testRunRegistry } from './run-registry-suite.ts';

testRunRegistry(test, async (t) => (await openRegistry(t)).registry);

test('R-NOTTL: a run is an item as the incumbent’s, its TimeToExist in whole seconds, and a lease has none', async (t) => {
  const { registry, items } = await openRegistry(t);
  const { record } = await registry.start(RUN);
  await registry.finish(RUN, { counts: { rows: 12 }, exportPrefix: 'exports/' });
  await registry.acquireLease({ name: 'a', holder: 'b', ttlMs: 1 });
  const [lease, run] = (await items()).toSorted((one) => ('Run_Id' in one ? 1 : -1));
  t.like(run, {
    Correlation_Id: { S: '1' },
    DataProduct: { S: 'CDI-core:contract' },
    Date: { S: '2026-11-18' },
    Run_Id: { S: '0' },
    Status: { S: 'COMPLETED' },
    Cluster_Id: { S: 'NOT_SET' },
    TimeToExist: { N: String(record.TimeToExist) },
    S3_Prefix_CDI_Export: { S: 'exports/' },
    Counts: { M: { rows: { N: '12' } } },
  });
  t.regex(run?.['TimeToExist']?.N ?? '', /^\d+$/);
  t.is(lease?.['TimeToExist'], undefined);
});

test('all pages of the table are read, and what others have in it is left alone', async (t) => {
  const { registry, client, dynamo, items } = await openRegistry(t);
  const ids = Array.from({ length: 10 }, (_, index) => String(index));
  for (const correlationId of ids) {
    await registry.start({ ...RUN, correlationId });
    const Item = {
      Correlation_Id: { S: `of the incumbent ${correlationId}` },
      DataProduct: { S: 'CDI-core:contract' },
      TimeToExist: { N: '1795000000.25' },
      Status: { S: 'COMPLETED' },
      // Altogether three times a page.
      Filler: { S: 'x'.repeat(300_000) },
    };
    await client.send(new PutItemCommand({ TableName: dynamo.tableName, Item }));
  }
  t.true((await items()).length < 20, 'a page has not all');
  t.deepEqual((await registry.list()).map((record) => record.Correlation_Id).toSorted(), ids);
  const taken = registry.start({ ...RUN, correlationId: 'of the incumbent 1' });
  await t.throwsAsync(taken, { instanceOf: TypeError });
});

test('leases are listed from all pages', async (t) => {
  const { registry } = await openRegistry(t);
  const names = ['a', 'b', 'c', 'd', 'e'];
  const holder = 'x'.repeat(300_000);
  for (const name of names) await registry.acquireLease({ name, holder, ttlMs: 1 });
  t.deepEqual(
    (await registry.listLeases()).map(({ name }) => name),
    names,
  );
});

test('what is read is as the last write left it', async (t) => {
  const { registry, dynamo } = await openRegistry(t);
  const reads: [string, unknown][] = [];
  dynamo.beforeAttempt = (command, input) => {
    if (/^(Get|Query|Scan)/.test(command)) {
      reads.push([command, 'ConsistentRead' in input && input.ConsistentRead]);
    }
  };
  await registry.finish(RUN, { counts: {} });
  await registry.list();
  await registry.listLeases();
  t.deepEqual(reads, [
    ['GetItemCommand', true],
    ['ScanCommand', true],
    ['QueryCommand', true],
  ]);
});

test('R-ONERETRY: a call that was done and not heard of is found done when it is repeated', async (t) => {
  const { registry, dynamo } = await openRegistry(t);
  let lost = 0;
  const loseNext = (): void => {
    dynamo.afterAttempt = () => {
      dynamo.afterAttempt = () => {};
      lost++;
      throw lostAnswer();
    };
  };
  loseNext();
  t.is((await registry.start(RUN)).kind, 'started');
  t.is((await registry.start(RUN)).kind, 'exists');
  loseNext();
  t.like(await registry.finish(RUN, { counts: {} }), { kind: 'recorded', record: { Status: 'COMPLETED' } });
  t.is((await registry.finish(RUN, { counts: {} })).kind, 'not-in-progress');
  loseNext();
  t.is((await registry.acquireLease({ name: 'a', holder: 'b', ttlMs: 60_000 })).kind, 'acquired');
  loseNext();
  t.true(await registry.renewLease({ name: 'a', holder: 'b', ttlMs: 60_000 }));
  loseNext();
  await registry.releaseLease({ name: 'a', holder: 'b' });
  t.deepEqual(await registry.listLeases(), []);
  t.is(lost, 5);
});

test('R-ONERETRY: the SDK alone repeats what is throttled, and gives up in the end', async (t) => {
  const { registry, dynamo } = await openRegistry(t);
  let attempts = 0;
  dynamo.beforeAttempt = () => {
    if (++attempts === 1) throw throttled();
  };
  t.is((await registry.start(RUN)).kind, 'started');
  t.is(attempts, 2);
  attempts = 0;
  dynamo.beforeAttempt = () => {
    attempts++;
    throw throttled();
  };
  await t.throwsAsync(registry.finish(RUN, { counts: {} }), { instanceOf: ThrottlingException });
  t.true(attempts > 1 && attempts < 6, String(attempts));
});

test('a lease that was released just when it was refused is taken', async (t) => {
  const { registry, dynamo } = await openRegistry(t);
  await registry.acquireLease({ name: 'a', holder: 'b', ttlMs: 60_000 });
  let released: Promise<void> | undefined;
  const term = { name: 'a', holder: 'c', ttlMs: 60_000 };
  dynamo.beforeAttempt = (command) => {
    if (command !== 'GetItemCommand' || released !== undefined) return;
    released = registry.releaseLease({ name: 'a', holder: 'b' });
    throw lostAnswer();
  };
  t.deepEqual(await registry.acquireLease(term), { kind: 'acquired' });
  t.like(await registry.listLeases(), [{ holder: 'c' }]);
});

const RUN = { correlationId: '1', collection: 'core:contract', exportDate: '2026-11-18', runId: '0' };

interface OpenRegistry {
  readonly registry: RunRegistry;
  readonly dynamo: Dynamo;
  readonly client: DynamoDBClient;
  /** Of the first page. */
  readonly items: () => Promise<Record<string, AttributeValue>[]>;
}

async function openRegistry(t: ExecutionContext): Promise<OpenRegistry> {
  const dynamo = await openDynamo(t);
  const client = dynamo.connect();
  const registry = dynamoRunRegistry(client, dynamo.tableName);
  t.teardown(() => registry.close());
  const items = async () => (await client.send(new ScanCommand({ TableName: dynamo.tableName }))).Items ?? [];
  return { registry, dynamo, client, items };
}

function throttled(): ThrottlingException {
  return new ThrottlingException({ message: 'too fast', $metadata: {} });
}
