import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  getItem,
  isWritten,
  itemKey,
  itemsOf,
  numberIn,
  textIn,
  type DynamoTable,
  type Item,
} from './dynamo-item.ts';
import type { AcquireLeaseResult, Lease, LeaseRequest, Leases } from './leases.ts';

/** The hash key of all leases; no run has this correlation id. */
const LEASES = 'cdi:leases';

/** Leases in DynamoDB. A write that the SDK repeats comes to the same: its condition holds for its own holder. */
export function dynamoLeases(table: DynamoTable): Leases {
  const { client, name: TableName } = table;

  async function acquireLease(request: LeaseRequest): Promise<AcquireLeaseResult> {
    const { name, holder, ttlMs, takeOverFrom = holder } = request;
    const key = itemKey(LEASES, name);
    const nowMs = Date.now();
    const put = new PutItemCommand({
      TableName,
      Item: { ...key, Holder: { S: holder }, Expires_At_Ms: { N: String(nowMs + ttlMs) } },
      ConditionExpression:
        'attribute_not_exists(Correlation_Id) OR Expires_At_Ms <= :now OR Holder = :holder OR Holder = :from',
      ExpressionAttributeValues: {
        ':now': { N: String(nowMs) },
        ':holder': { S: holder },
        ':from': { S: takeOverFrom },
      },
    });
    if (await isWritten(client.send(put))) return { kind: 'acquired' };
    const present = await getItem(table, key);
    // Released since.
    if (present === undefined) return acquireLease(request);
    const lease = leaseFrom(present);
    return { kind: 'held', holder: lease.holder, expiresAtMs: lease.expiresAtMs };
  }

  return {
    acquireLease,

    async renewLease({ name, holder, ttlMs }) {
      const update = new UpdateItemCommand({
        TableName,
        Key: itemKey(LEASES, name),
        UpdateExpression: 'SET Expires_At_Ms = :expires',
        ConditionExpression: 'Holder = :holder',
        ExpressionAttributeValues: {
          ':expires': { N: String(Date.now() + ttlMs) },
          ':holder': { S: holder },
        },
      });
      return isWritten(client.send(update));
    },

    async releaseLease({ name, holder }) {
      const remove = new DeleteItemCommand({
        TableName,
        Key: itemKey(LEASES, name),
        ConditionExpression: 'Holder = :holder',
        ExpressionAttributeValues: { ':holder': { S: holder } },
      });
      await isWritten(client.send(remove));
    },

    async listLeases() {
      return (await itemsOf(table, LEASES)).map(leaseFrom);
    },
  };
}

function leaseFrom(item: Item): Lease {
  return {
    name: textIn(item, 'DataProduct'),
    holder: textIn(item, 'Holder'),
    expiresAtMs: numberIn(item, 'Expires_At_Ms'),
  };
}
