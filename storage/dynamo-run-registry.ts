import {
  paginateScan,
  PutItemCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import { getItem, isWritten, itemKey, numberIn, textIn, type DynamoTable, type Item } from './dynamo-item.ts';
import { dynamoLeases } from './dynamo-leases.ts';
import { dataProductOf, newRunRecord } from './run-record.ts';
import type { EndResult, RunCounts, RunKey, RunRecord, RunRegistry, RunStatus } from './run-registry.ts';

/**
 * A run registry in the DynamoDB table of the incumbent, whose own runs it leaves alone and does not list. DynamoDB
 * deletes a record when its `TimeToExist` has come.
 *
 * Each write of a run leaves its own id in the item: when the SDK repeats one that was done and not heard of, its
 * condition no longer holds, and the id tells that from a write of somebody else.
 *
 * @param client - destroyed by `close`
 */
export function dynamoRunRegistry(client: DynamoDBClient, tableName: string): RunRegistry {
  const table: DynamoTable = { client, name: tableName };

  async function end(key: RunKey, status: RunStatus, changes: Item): Promise<EndResult> {
    const itsKey = keyOf(key);
    const attributes: Item = {
      ...changes,
      Status: { S: status },
      Finished_At: { S: new Date().toISOString() },
      Last_Write: { S: randomUUID() },
    };
    const names = Object.keys(attributes);
    const update = new UpdateItemCommand({
      TableName: tableName,
      Key: itsKey,
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ConditionExpression: '#Status = :inProgress',
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(names.map((name) => [`:${name}`, attributes[name] ?? { NULL: true }])),
        ':inProgress': { S: 'IN_PROGRESS' },
      },
    });
    await isWritten(client.send(update));
    // Nothing writes to a run that has ended, so what is read is what ended it.
    const item = await getItem(table, itsKey);
    if (item === undefined) return { kind: 'not-in-progress', record: undefined };
    return { kind: isLastWrite(item, attributes) ? 'recorded' : 'not-in-progress', record: recordFrom(item) };
  }

  return {
    ...dynamoLeases(table),

    async start(run) {
      const record = newRunRecord(run);
      const item = { ...itemFrom(record), Last_Write: { S: randomUUID() } };
      const put = new PutItemCommand({
        TableName: tableName,
        Item: item,
        ConditionExpression: 'attribute_not_exists(Correlation_Id)',
      });
      if (await isWritten(client.send(put))) return { kind: 'started', record };
      const present = await getItem(table, keyOf(run));
      if (present === undefined) throw new Error(`run ${run.correlationId} was neither written nor there`);
      return { kind: isLastWrite(present, item) ? 'started' : 'exists', record: recordFrom(present) };
    },

    async finish(key, { counts, exportPrefix }) {
      return end(key, 'COMPLETED', {
        Counts: countsFrom(counts),
        ...(exportPrefix !== undefined && { S3_Prefix_CDI_Export: { S: exportPrefix } }),
      });
    },

    async fail(key, { reason, counts = {} }) {
      return end(key, 'FAILED', { Counts: countsFrom(counts), Failure_Reason: { S: reason } });
    },

    async list({ collection, exportDate, status, limit } = {}) {
      const records: RunRecord[] = [];
      const own = { TableName: tableName, FilterExpression: OWN_RUNS, ConsistentRead: true };
      for await (const { Items = [] } of paginateScan({ client }, own)) {
        records.push(...Items.map(recordFrom));
      }
      return records
        .filter(
          (record) =>
            (collection === undefined || record.DataProduct === dataProductOf(collection)) &&
            (exportDate === undefined || record.Date === exportDate) &&
            (status === undefined || record.Status === status),
        )
        .toSorted((one, other) => Date.parse(other.Started_At) - Date.parse(one.Started_At))
        .slice(0, limit);
    },

    async close() {
      client.destroy();
    },
  };
}

/** Runs of the incumbent have none, nor have leases and pauses. */
const OWN_RUNS = 'attribute_exists(Started_At)';

function keyOf({ correlationId, collection }: RunKey): Record<string, AttributeValue> {
  return itemKey(correlationId, dataProductOf(collection));
}

function isLastWrite(item: Item, written: Item): boolean {
  return item['Last_Write']?.S === written['Last_Write']?.S;
}

function itemFrom(record: RunRecord): Record<string, AttributeValue> {
  return {
    ...itemKey(record.Correlation_Id, record.DataProduct),
    Date: { S: record.Date },
    Run_Id: { S: record.Run_Id },
    Status: { S: record.Status },
    Cluster_Id: { S: record.Cluster_Id },
    TimeToExist: { N: String(record.TimeToExist) },
    Started_At: { S: record.Started_At },
    Counts: countsFrom(record.Counts),
  };
}

function countsFrom(counts: RunCounts): AttributeValue {
  return {
    M: Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, { N: String(count) }])),
  };
}

function recordFrom(item: Item): RunRecord {
  const counts = item['Counts']?.M ?? {};
  return {
    Correlation_Id: textIn(item, 'Correlation_Id'),
    DataProduct: textIn(item, 'DataProduct'),
    Date: textIn(item, 'Date'),
    Run_Id: textIn(item, 'Run_Id'),
    Status: textIn(item, 'Status') as RunStatus,
    Cluster_Id: textIn(item, 'Cluster_Id'),
    TimeToExist: numberIn(item, 'TimeToExist'),
    ...('S3_Prefix_CDI_Export' in item && { S3_Prefix_CDI_Export: textIn(item, 'S3_Prefix_CDI_Export') }),
    Started_At: textIn(item, 'Started_At'),
    ...('Finished_At' in item && { Finished_At: textIn(item, 'Finished_At') }),
    Counts: Object.fromEntries(Object.keys(counts).map((name) => [name, numberIn(counts, name)])),
    ...('Failure_Reason' in item && { Failure_Reason: textIn(item, 'Failure_Reason') }),
  };
}
