import test from 'ava';
import type { ExecutionContext } from 'ava';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dynamoRunJournal } from '../../reprocess/dynamo-journal.ts';
import { localStore } from '../../storage/local-store.ts';
import { dynamoRunRegistry } from '../../storage/dynamo-run-registry.ts';
import { s3Client } from '../../storage/s3-client.ts';
import { s3Store } from '../../storage/s3-store.ts';
import { lostAnswer, openDynamo } from '../helpers/dynamo-server.ts';
import { first, type HttpRequest } from '../helpers/faulty-http.ts';
import { s3Server } from '../helpers/s3-server.ts';
import { collect } from '../storage/collect.ts';
import { planOf, testRunJournal } from './journal-suite.ts';

testRunJournal(test, async (t) => (await openJournal(t)).journal);

test('what is to be sent is in the published bucket, once for each run', async (t) => {
  const { journal, published, dynamo } = await openJournal(t);
  await Promise.all([1, 1, 2].map((count) => journal.begin(planOf(count), 1_000)));
  const keys = (await collect(published.list(''))).map(({ key }) => key);
  t.is(keys.length, 2, 'who came second leaves nothing');
  t.true(keys.includes('corporate_data_ingestion/reprocess/1000.jsonl'));
  const registry = dynamoRunRegistry(dynamo.connect(), dynamo.tableName);
  t.deepEqual([await registry.list(), await registry.listLeases()], [[], []], 'it is no other run');
});

test('a run without its file, or with half of it, sends nothing', async (t) => {
  const { journal, published } = await openJournal(t);
  const run = await journal.begin(planOf(2), 1_000);
  const key = 'corporate_data_ingestion/reprocess/1000.jsonl';
  await published.put(key, Buffer.from(`${JSON.stringify(planOf(1).objects[0])}\n{"key":`));
  await t.throwsAsync(journal.objects(run), { message: `${key} has 1 of 2 objects` });
  await published.delete([key]);
  await t.throwsAsync(journal.objects(run), { message: `${key} has 0 of 2 objects` });
});

test('R-ONERETRY: a run that was begun and not heard of is found begun when the call is repeated', async (t) => {
  const { journal, dynamo } = await openJournal(t);
  dynamo.afterAttempt = (command) => {
    if (command !== 'PutItemCommand') return;
    dynamo.afterAttempt = () => {};
    throw lostAnswer();
  };
  const plan = planOf(2);
  const run = await journal.begin(plan, 1_000);
  t.deepEqual(await journal.objects(run), plan.objects);
});

test('R-ONERETRY: what is to be sent is written once, though S3 takes it without saying so', async (t) => {
  const server = await s3Server();
  t.teardown(() => server.stop());
  server.createBucket('published');
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
  const client = s3Client({ region: 'eu-west-2', endpoint: server.url, credentials });
  t.teardown(() => client.destroy());
  const published = s3Store(client, 'published');
  const dynamo = await openDynamo(t);
  const journal = dynamoRunJournal(dynamo.connect(), dynamo.tableName, published);
  const isPut = ({ method }: HttpRequest) => method === 'PUT';
  server.handle = first(1, isPut, () => 'drop', server.handle);
  const plan = planOf(2);
  const run = await journal.begin(plan, 1_000);
  t.is(run.generation, 1_000);
  t.deepEqual(await journal.objects(run), plan.objects);
  t.is((await collect(published.list(''))).length, 1);
});

async function openJournal(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'cdi journal +#🙂 '));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const published = localStore(folder);
  const dynamo = await openDynamo(t);
  return { journal: dynamoRunJournal(dynamo.connect(), dynamo.tableName, published), published, dynamo };
}
