import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import test from 'ava';
import { explainRefusals, SetupError } from '../../storage/aws-setup.ts';
import { s3Client } from '../../storage/s3-client.ts';
import { assertBucket } from '../../storage/s3-error.ts';
import { s3Store } from '../../storage/s3-store.ts';
import { openDynamo } from '../helpers/dynamo-server.ts';
import type { HttpAnswer, HttpRequest } from '../helpers/faulty-http.ts';
import { s3Server, xmlError, type S3Server } from '../helpers/s3-server.ts';
import { baseOf, sqsClient, startSqs } from '../helpers/sqs-server.ts';

const CREDENTIALS = { accessKeyId: 'id', secretAccessKey: 'secret' };

let s3: S3Server;
test.before(async () => {
  s3 = await s3Server();
  s3.createBucket('bucket');
});
test.after.always(() => s3.stop());

function clientOf({ url }: S3Server) {
  return s3Client({ region: 'eu-west-2', endpoint: url, credentials: CREDENTIALS });
}

/** What answers to a request of any kind when S3 refuses, without a body where HEAD has none. */
function refusal(status: number, code: string, headers: Record<string, string> = {}) {
  return ({ method }: HttpRequest): HttpAnswer => {
    const answer = method === 'HEAD' ? { status } : xmlError(status, code);
    return { ...answer, headers: { ...answer.headers, ...headers } };
  };
}

test('R-404: in a bucket that is not there no object is called missing', async (t) => {
  const store = s3Store(clientOf(s3), 'not-there');
  const error = { instanceOf: SetupError, message: /bucket not-there: NoSuchBucket.*correct the name/ };
  await t.throwsAsync(store.head('object'), error);
  await t.throwsAsync(store.get('object'), error);
  await t.throwsAsync(store.put('object', Buffer.from('body')), error);
  t.is(await s3Store(clientOf(s3), 'bucket').head('object'), undefined);
});

test('R-404: an object we may not see is not called missing, and what permission S3 wants is said', async (t) => {
  const server = await s3Server();
  t.teardown(() => server.stop());
  server.handle = refusal(403, 'AccessDenied');
  const store = s3Store(clientOf(server), 'bucket');
  const error = { instanceOf: SetupError, message: /"object" of bucket bucket: .*lack.*s3:ListBucket/ };
  await t.throwsAsync(store.head('object'), error);
  await t.throwsAsync(store.get('object'), error);
});

test('a bucket that is not there, or in another region, is told before it is used; one that cannot be asked is not', async (t) => {
  const server = await s3Server();
  t.teardown(() => server.stop());
  const client = clientOf(server);
  await t.throwsAsync(assertBucket({ client, bucket: 'not-there' }), {
    instanceOf: SetupError,
    message: /no bucket not-there/,
  });
  server.handle = refusal(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' });
  const otherRegion = { instanceOf: SetupError, message: /in region eu-west-1: set AWS_REGION/ };
  await t.throwsAsync(assertBucket({ client, bucket: 'bucket' }), otherRegion);
  await t.throwsAsync(s3Store(client, 'bucket').get('object'), otherRegion);
  server.handle = refusal(403, 'AccessDenied');
  await t.notThrowsAsync(assertBucket({ client, bucket: 'bucket' }));
});

test('a queue and a table that are not there are named, with what to do', async (t) => {
  const server = await startSqs();
  t.teardown(() => server.stop());
  const sqs: SQSClient = sqsClient(t, baseOf(server));
  sqs.middlewareStack.add(explainRefusals, { step: 'initialize' });
  const QueueUrl = `${baseOf(server)}/000000000000/not-there`;
  await t.throwsAsync(sqs.send(new GetQueueAttributesCommand({ QueueUrl })), {
    instanceOf: SetupError,
    message: /^SQS: GetQueueAttributes http:.*\/not-there: .*correct the URL/,
  });
  const dynamo: DynamoDBClient = (await openDynamo(t)).connect();
  dynamo.middlewareStack.add(explainRefusals, { step: 'initialize' });
  const Key = { Correlation_Id: { S: 'a' }, DataProduct: { S: 'b' } };
  await t.throwsAsync(dynamo.send(new GetItemCommand({ TableName: 'not-there', Key })), {
    instanceOf: SetupError,
    message: /^DynamoDB: GetItem not-there: .*correct the name of the table/,
  });
});
