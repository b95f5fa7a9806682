// The whole pipeline on AWS as another maker emulates it, held against the same on one machine.

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { messageGroups, objectCreatedBody } from '../../consumer/object-created.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { sqsQueue } from '../../consumer/queue-sqs.ts';
import type { Queue } from '../../consumer/queue.ts';
import { writeSampleBucket } from '../../schemas/sample/bucket.ts';
import { localStore } from '../../storage/local-store.ts';
import { s3Store } from '../../storage/s3-store.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { runCdi } from '../cli/run-cdi.ts';
import { faultyHttp } from '../helpers/faulty-http.ts';
import { awsFaults } from './aws-faults.ts';
import { startMoto } from './moto.ts';
import type { FileFinding } from './run-reader.ts';

const GOLDEN = new URL('../../../shared/golden/bucket/', import.meta.url).pathname;

/** A pipeline that can be told what to do. */
interface Pipeline {
  readonly stores: { readonly corporate: ObjectStore; readonly published: ObjectStore };
  readonly queue: Queue;
  readonly cdi: (...words: readonly string[]) => Promise<string>;
}

/** Results of a pipeline, by what they are: each table, the quarantine, the catalogue. */
type Results = ReadonlyMap<string, readonly string[]>;

/**
 * Runs the pipeline on one machine, on AWS, and on AWS when much goes wrong there; one finding for each thing that is
 * compared.
 */
export async function comparePipelines(
  python: string,
  folder: string,
  say: (line: string) => void,
): Promise<readonly FileFinding[]> {
  const [expected, asUsual, withFaults] = await Promise.all([
    resultsOf(onOneMachine(join(folder, 'one-machine'))),
    resultsOnAws(python),
    resultsOnAws(python, say),
  ]);
  return [...compare(expected, asUsual, 'on AWS'), ...compare(expected, withFaults, 'on AWS with faults')];
}

async function resultsOnAws(python: string, sayFaults?: (line: string) => void): Promise<Results> {
  const moto = await startMoto(python);
  const between = await faultyHttp(moto.url);
  try {
    const pipeline = await onAws(moto.url, between.url);
    const { handle, counts } = awsFaults();
    if (sayFaults !== undefined) between.handle = handle;
    const results = await resultsOf(pipeline, () => {
      between.handle = (request, pass) => pass(request);
    });
    sayFaults?.(
      `faults made: ${Object.entries(counts)
        .map(([what, count]) => `${count} ${what}`)
        .join(', ')}`,
    );
    return results;
  } finally {
    await between.stop();
    await moto.stop();
  }
}

function compare(expected: Results, found: Results, where: string): readonly FileFinding[] {
  return [...new Set([...expected.keys(), ...found.keys()])].map((what, seed) => {
    const rows = expected.get(what) ?? [];
    const differences = differencesBetween(rows, found.get(what) ?? []);
    return {
      seed,
      rows: rows.length,
      checks: 1,
      written: [],
      differences: differences.map((text) => `${what} ${where}: ${text}`),
    };
  });
}

function onOneMachine(folder: string): Pipeline {
  return {
    stores: {
      corporate: localStore(join(folder, 'corporate')),
      published: localStore(join(folder, 'published')),
    },
    queue: sqliteQueue(join(folder, 'state', 'queue.sqlite')),
    cdi: (...words) => cdi([...words, '--local', folder], {}),
  };
}

/** What makes buckets and queues, and fills them, asks the server itself. */
async function onAws(server: string, url: string): Promise<Pipeline> {
  const standard = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-west-2',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  };
  const direct = {
    endpoint: server,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  const s3 = new S3Client({ ...direct, forcePathStyle: true });
  const sqs = new SQSClient(direct);
  for (const Bucket of ['corporate', 'published']) {
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-2' } as const;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  }
  const [queue, reprocessQueue] = [await createQueue(sqs, 'live'), await createQueue(sqs, 'reprocess')];
  await new DynamoDBClient(direct).send(
    new CreateTableCommand({
      TableName: 'data_pipeline_metadata',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'Correlation_Id', KeyType: 'HASH' },
        { AttributeName: 'DataProduct', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'Correlation_Id', AttributeType: 'S' },
        { AttributeName: 'DataProduct', AttributeType: 'S' },
      ],
    }),
  );
  const settings = {
    ...standard,
    CDI_CORPORATE_BUCKET: 'corporate',
    CDI_PUBLISHED_BUCKET: 'published',
    // The client asks where the address of a queue says, whatever its endpoint is.
    CDI_QUEUE_URL: queue.url.replace(server, url),
    CDI_DEAD_LETTER_QUEUE_URL: queue.deadLetterUrl.replace(server, url),
    CDI_REPROCESS_QUEUE_URL: reprocessQueue.url.replace(server, url),
    CDI_REPROCESS_DEAD_LETTER_QUEUE_URL: reprocessQueue.deadLetterUrl.replace(server, url),
  };
  return {
    stores: { corporate: s3Store(s3, 'corporate'), published: s3Store(s3, 'published') },
    queue: sqsQueue(sqs, queue),
    cdi: (...words) => cdi(words, settings),
  };
}

async function createQueue(sqs: SQSClient, name: string): Promise<{ url: string; deadLetterUrl: string }> {
  const create = async (QueueName: string, Attributes: Record<string, string> = {}): Promise<string> => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    if (QueueUrl === undefined) throw new Error(`no queue ${QueueName}`);
    return QueueUrl;
  };
  const deadLetterUrl = await create(`${name}-dead`);
  const deadLetterTargetArn = `arn:aws:sqs:eu-west-2:123456789012:${name}-dead`;
  const url = await create(name, {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 20 }),
  });
  return { url, deadLetterUrl };
}

async function run({ stores, queue, cdi: tell }: Pipeline): Promise<void> {
  const bodies = await fillCorporate(stores.corporate);
  const results = await queue.send(bodies);
  if (results.some(({ kind }) => kind !== 'sent')) throw new Error('not every event was sent');
  await queue.close();
  await tell('consume', '--drain', '--json');
  await tell('compact', '--all');
  await tell('verify');
}

/** The golden bucket, or a sample where it is not at hand; the bodies that announce what it holds. */
async function fillCorporate(corporate: ObjectStore): Promise<readonly string[]> {
  if (!existsSync(GOLDEN)) {
    const objects: { key: string }[] = [];
    await writeSampleBucket(
      async (key, body) => {
        await corporate.put(key, body);
        objects.push({ key });
      },
      { records: 3_000, days: 2, lastDay: '2026-07-02', seed: 'aws', replayShare: 0.2 },
    );
    return messageGroups(objects).map((group) => objectCreatedBody(group));
  }
  const root = join(GOLDEN, 'corporate');
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await corporate.put(path.slice(root.length + 1), await readFile(path));
  }
  return (await readFile(join(GOLDEN, 'events.jsonl'), 'utf8')).split('\n').filter(Boolean);
}

interface ListedTable {
  readonly database: string;
  readonly name: string;
  readonly location: string;
}

/** Runs a pipeline; what a user sees of it then, by what it is; versions are called for how eTags look, so without their names. */
async function resultsOf(pipeline: Pipeline, onRun = (): void => {}): Promise<Results> {
  await run(pipeline);
  onRun();
  const { cdi: tell } = pipeline;
  const results = new Map<string, readonly string[]>();
  const listed = await tell('tables', '--json');
  results.set('catalogue', plain(listed));
  for (const { database, name } of JSON.parse(listed) as readonly ListedTable[]) {
    const rows = await tell('head', `${database}.${name}`, '--limit', '1000000', '--json');
    // A line that is delivered again may be in quarantine twice; whoever counts, counts it once.
    const lines = name === 'quarantine' ? [...new Set(plain(rows))] : plain(rows);
    results.set(`table ${database}.${name}`, lines);
  }
  results.set('quarantine', plain(await tell('quarantine', 'list', '--json')));
  return results;
}

/** Lines of a result without what is of one side only, in order. */
function plain(text: string): readonly string[] {
  return text
    .replaceAll(/"totalSize": "\d+"/g, '"totalSize": "…"')
    .replaceAll(/version=[^/"]*/g, 'version=…')
    .replaceAll(/"(path|eTag|e_tag)": "[^"]*"/g, '"$1": "…"')
    .split('\n')
    .toSorted();
}

function differencesBetween(expected: readonly string[], found: readonly string[]): readonly string[] {
  if (expected.length !== found.length) return [`${expected.length} lines, and ${found.length} on AWS`];
  const at = expected.findIndex((line, index) => line !== found[index]);
  return at < 0 ? [] : [`${expected[at]}, and on AWS ${found[at]}`];
}

async function cdi(words: readonly string[], settings: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await runCdi(words, { settings });
  if (code !== 0) throw new Error(`cdi ${words.join(' ')}: ${stderr}`);
  return stdout;
}
