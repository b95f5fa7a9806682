import test from 'ava';
import { startFauxqs } from 'fauxqs';
import { baseOf, makeQueuePair } from '../helpers/sqs-server.ts';
import { runCdi } from './run-cdi.ts';

test('what is not there on AWS ends a command at once, with what to correct', async (t) => {
  const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  t.teardown(() => server.stop());
  const pair = makeQueuePair(server);
  for (const bucket of ['corporate', 'published']) server.createBucket(bucket);
  const settings = {
    AWS_ENDPOINT_URL: baseOf(server),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    CDI_CORPORATE_BUCKET: 'corporate',
    CDI_PUBLISHED_BUCKET: 'published',
    CDI_QUEUE_URL: pair.url,
    CDI_DEAD_LETTER_QUEUE_URL: pair.deadLetterUrl,
    CDI_REPROCESS_QUEUE_URL: pair.url,
    CDI_REPROCESS_DEAD_LETTER_QUEUE_URL: pair.deadLetterUrl,
    CDI_RUN_TABLE: 'runs',
  };
  const wrong = (setting: Partial<typeof settings>) => ({ settings: { ...settings, ...setting } });
  const [noQueue, noBucket] = await Promise.all([
    runCdi(['consume'], wrong({ CDI_QUEUE_URL: `${pair.url}-not-there` })),
    runCdi(['head', 'core:contract'], wrong({ CDI_CORPORATE_BUCKET: 'not-there' })),
  ]);
  t.is(noQueue.code, 1);
  t.regex(noQueue.stderr, /^cdi: SQS: ReceiveMessage \S+-not-there: .*correct the URL.*\n$/m);
  t.deepEqual(noBucket, {
    code: 1,
    stdout: '',
    stderr: 'cdi: S3: there is no bucket not-there: correct its name in the settings\n',
  });
});
