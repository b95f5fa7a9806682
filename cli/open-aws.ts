import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { SQSClient } from '@aws-sdk/client-sqs';
import { isMainThread } from 'node:worker_threads';
import { sqsQueue } from '../consumer/queue-sqs.ts';
import { dynamoRunJournal } from '../reprocess/dynamo-journal.ts';
import type { AwsSettings } from '../settings.ts';
import { explainRefusals } from '../storage/aws-setup.ts';
import { dynamoPauses } from '../storage/dynamo-pauses.ts';
import { dynamoRunRegistry } from '../storage/dynamo-run-registry.ts';
import { glueCatalogue } from '../storage/glue-catalogue.ts';
import { s3Client } from '../storage/s3-client.ts';
import { assertBucket } from '../storage/s3-error.ts';
import { s3Store } from '../storage/s3-store.ts';
import type { Stores } from './open.ts';

/**
 * R-ONERETRY: the SDK alone sends a request again, for some seconds, also one without an answer: by default it would wait
 * for that without end. A request for messages takes 5 seconds where there is none.
 */
const CLIENT = {
  maxAttempts: 7,
  requestHandler: { connectionTimeout: 10_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
} as const;

function sqs(): SQSClient {
  const client = new SQSClient(CLIENT);
  client.middlewareStack.add(explainRefusals, { step: 'initialize' });
  return client;
}

function glue(): GlueClient {
  const client = new GlueClient(CLIENT);
  client.middlewareStack.add(explainRefusals, { step: 'initialize' });
  return client;
}

function dynamo(): DynamoDBClient {
  const client = new DynamoDBClient(CLIENT);
  client.middlewareStack.add(explainRefusals, { step: 'initialize' });
  return client;
}

/** Everything that is on AWS, each opened when it is asked for. */
export function openAws(settings: AwsSettings) {
  const { corporateBucket, publishedBucket, publishedKeyId, runTable } = settings;
  async function stores(): Promise<Stores> {
    const client = s3Client();
    const buckets = [corporateBucket, publishedBucket];
    // A worker thread is started by whoever has opened them already.
    if (isMainThread) await Promise.all(buckets.map((bucket) => assertBucket({ client, bucket })));
    const options = publishedKeyId === undefined ? {} : { kmsKeyId: publishedKeyId };
    return {
      corporate: s3Store(client, corporateBucket),
      published: s3Store(client, publishedBucket, options),
    };
  }

  return {
    stores,
    queue: () => sqsQueue(sqs(), settings.queue),
    reprocessQueue: () => sqsQueue(sqs(), settings.reprocessQueue),
    catalogue: () => glueCatalogue(glue(), { publishedBucket }),
    runRegistry: () => dynamoRunRegistry(dynamo(), runTable),
    runJournal: async () => dynamoRunJournal(dynamo(), runTable, (await stores()).published),
    pauses: () => dynamoPauses(dynamo(), runTable),
  };
}
