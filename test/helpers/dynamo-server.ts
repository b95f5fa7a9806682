import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ExecutionContext } from 'ava';
import dynalite from 'dynalite';
import { listen } from './listen.ts';

export interface Dynamo {
  readonly tableName: string;
  /** Each attempt of a call; it is not made when this throws. */
  beforeAttempt: (command: string, input: object) => void;
  /** Each attempt that was answered; the answer is lost when this throws. */
  afterAttempt: (command: string) => void;
  /** A client that tells of its attempts. */
  connect(): DynamoDBClient;
}

/** A DynamoDB in memory for a test, with the table of runs, keyed as the incumbent's. */
export async function openDynamo(t: ExecutionContext): Promise<Dynamo> {
  const { port, stop } = await listen(dynalite({ createTableMs: 0 }));
  t.teardown(stop);
  const dynamo: Dynamo = {
    tableName: 'data_pipeline_metadata',
    beforeAttempt: () => {},
    afterAttempt: () => {},
    connect() {
      const client = new DynamoDBClient({
        endpoint: `http://127.0.0.1:${port}`,
        region: 'eu-west-2',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      });
      client.middlewareStack.add(
        (next, { commandName = '' }) =>
          async (request) => {
            dynamo.beforeAttempt(commandName, request.input);
            const answer = await next(request);
            dynamo.afterAttempt(commandName);
            return answer;
          },
        // Inside the step that repeats.
        { step: 'deserialize', priority: 'high' },
      );
      t.teardown(() => client.destroy());
      return client;
    },
  };
  await dynamo.connect().send(
    new CreateTableCommand({
      TableName: dynamo.tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'Correlation_Id', AttributeType: 'S' },
        { AttributeName: 'DataProduct', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'Correlation_Id', KeyType: 'HASH' },
        { AttributeName: 'DataProduct', KeyType: 'RANGE' },
      ],
    }),
  );
  return dynamo;
}

/** As the SDK sees a connection that broke; it repeats then. */
export function lostAnswer(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}
