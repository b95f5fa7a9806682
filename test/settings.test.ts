import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import test from 'ava';
import { isDebug, readAwsSettings, readSettings, SettingsError, variables } from '../settings.ts';

test('without any variable the settings are those of one machine', (t) => {
  const settings = readSettings({});
  t.like(settings, {
    keyService: { kind: 'standalone' },
    flush: { valBytes: 64 * 1024 * 1024, rows: 500_000, ageMs: 30_000 },
  });
  t.true(settings.workers >= 1);
});

test('a variable set to nothing counts as not set', (t) => {
  const empty = Object.fromEntries(Object.keys(variables).map((name) => [name, ' ']));
  t.deepEqual(readSettings(empty), readSettings({}));
});

test('variables replace the defaults', (t) => {
  const settings = readSettings({
    CDI_KEY_SERVICE: 'dks',
    CDI_DKS_URL: 'https://localhost:8443',
    CDI_DKS_CERTIFICATE: 'us.pem',
    CDI_DKS_PRIVATE_KEY: 'our key.pem',
    CDI_DKS_CA: 'them.pem',
    CDI_KEY_TIMEOUT_MS: '250',
    CDI_WORKERS: '3',
  });
  t.deepEqual(settings.keyService, {
    kind: 'dks',
    url: 'https://localhost:8443',
    certificate: 'us.pem',
    key: 'our key.pem',
    ca: 'them.pem',
    timeoutMs: 250,
  });
  t.is(settings.workers, 3);
});

test('compaction has the system’s folder for temporary files, and no folder of definitions, unless told', (t) => {
  t.like(readSettings({}), { scratchFolder: tmpdir(), ddlFolder: undefined });
  t.like(readSettings({ CDI_SCRATCH_FOLDER: '/a b+#🙂', CDI_DDL_FOLDER: ' ddl ' }), {
    scratchFolder: '/a b+#🙂',
    ddlFolder: 'ddl',
  });
});

test('a consumer answers for its health, and asks the agent of its task, only where told to', (t) => {
  t.like(readSettings({}), { healthPort: undefined, ecsAgentUrl: undefined });
  const ECS_AGENT_URI = 'http://169.254.170.2/api/0';
  t.like(readSettings({ CDI_HEALTH_PORT: '8080', ECS_AGENT_URI }), {
    healthPort: 8080,
    ecsAgentUrl: ECS_AGENT_URI,
  });
  t.throws(() => readSettings({ CDI_HEALTH_PORT: '65536' }), { message: /CDI_HEALTH_PORT must be a port/ });
});

test('all problems are reported in one message', (t) => {
  const error = t.throws(
    () =>
      readSettings({
        CDI_KEY_SERVICE: 'dks',
        CDI_DKS_URL: 'http://localhost',
        CDI_FLUSH_ROWS: '-1',
        CDI_WORKERS: '1e3',
        CDI_FLUSH_ROW: '5',
      }),
    { instanceOf: SettingsError },
  );
  for (const name of [
    'CDI_DKS_URL',
    'CDI_DKS_CERTIFICATE',
    'CDI_FLUSH_ROWS',
    'CDI_WORKERS',
    'CDI_FLUSH_ROW ',
  ]) {
    t.true(error.message.includes(name), name);
  }
  t.notRegex(error.message, /\n/);
});

test('CDI_DEBUG=1 asks for stacks, whatever else is wrong', (t) => {
  t.true(isDebug({ CDI_DEBUG: '1', CDI_WORKERS: 'x' }));
  t.false(isDebug({}));
});

test('the page about operating tells of every variable and its default', async (t) => {
  const page = await readFile(new URL('../docs/operating.md', import.meta.url), 'utf8');
  const told = [...page.matchAll(/^\| `(CDI_\w+)` +\| (.*?) +\|/gm)];
  t.deepEqual(new Set(told.map(([, name]) => name)), new Set(Object.keys(variables)));
  for (const [, name, value] of told) {
    const { fallback } = variables[name as keyof typeof variables];
    if (/^\d+$/.test(fallback)) t.is(value, fallback, name);
  }
});

const aws = {
  CDI_CORPORATE_BUCKET: 'corporate',
  CDI_PUBLISHED_BUCKET: 'published',
  CDI_QUEUE_URL: 'https://sqs.eu-west-2.amazonaws.com/1/live',
  CDI_DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-west-2.amazonaws.com/1/live-dead',
  CDI_REPROCESS_QUEUE_URL: 'https://sqs.eu-west-2.amazonaws.com/1/again',
  CDI_REPROCESS_DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-west-2.amazonaws.com/1/again-dead',
};

test('on AWS buckets and queues are named, and the table has the incumbent’s name', (t) => {
  t.deepEqual(readAwsSettings(aws), {
    corporateBucket: 'corporate',
    publishedBucket: 'published',
    publishedKeyId: undefined,
    queue: { url: aws.CDI_QUEUE_URL, deadLetterUrl: aws.CDI_DEAD_LETTER_QUEUE_URL },
    reprocessQueue: {
      url: aws.CDI_REPROCESS_QUEUE_URL,
      deadLetterUrl: aws.CDI_REPROCESS_DEAD_LETTER_QUEUE_URL,
    },
    runTable: 'data_pipeline_metadata',
  });
});

test('on AWS everything that is missing or wrong is told in one message, with the way to do without', (t) => {
  const { CDI_QUEUE_URL: _, ...others } = aws;
  const error = t.throws(
    () => readAwsSettings({ ...others, CDI_PUBLISHED_BUCKET: '', CDI_REPROCESS_QUEUE_URL: 'again' }),
    { instanceOf: SettingsError },
  );
  t.is(
    error.message,
    'running on AWS: CDI_PUBLISHED_BUCKET is not set; CDI_QUEUE_URL is not set; CDI_REPROCESS_QUEUE_URL must be the address of a queue, not "again"; or name a folder with --local DIR',
  );
});
