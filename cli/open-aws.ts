import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { SQSClient } from '@aws-sdk/client-sqs';
import { sqsQueue } from '../consumer/queue-sqs.ts';
import { dynamoRunJournal } from '../reprocess/dynamo-journal.ts';
import type { AwsSettings } from '../settings.ts';
import { dynamoPauses } from '../storage/dynamo-pauses.ts';
import { dynamoRunRegistry } from '../storage/dynamo-run-registry.ts';
import { glueCatalogue } from '../storage/glue-catalogue.ts';
import { s3Client } from '../storage/s3-client.ts';
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

/** Everything that is on AWS, each opened when it is asked for. */
export function openAws(settings: AwsSettings) {
  const { corporateBucket, publishedBucket, publishedKeyId, runTable } = settings;
  function stores(): Stores {
    const client = s3Client();
    const options = publishedKeyId === undefined ? {} : { kmsKeyId: publishedKeyId };
    return {
      corporate: s3Store(client, corporateBucket),
      published: s3Store(client, publishedBucket, options),
    };
  }

  return {
    stores,
    queue: () => sqsQueue(new SQSClient(CLIENT), settings.queue),
    reprocessQueue: () => sqsQueue(new SQSClient(CLIENT), settings.reprocessQueue),
    catalogue: () => glueCatalogue(new GlueClient(CLIENT), { publishedBucket }),
    runRegistry: () => dynamoRunRegistry(new DynamoDBClient(CLIENT), runTable),
    runJournal: () => dynamoRunJournal(new DynamoDBClient(CLIENT), runTable, stores().published),
    pauses: () => dynamoPauses(new DynamoDBClient(CLIENT), runTable),
  };
}
