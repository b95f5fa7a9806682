import { DeleteItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { itemKey, itemsOf, numberIn, textIn, type Item } from './dynamo-item.ts';
import type { Pause, Pauses } from './pauses.ts';

/** The hash key of all notes; no run has this correlation id. */
const PAUSES = 'cdi:pauses';

/**
 * Notes of pauses in the table of runs.
 *
 * @param client - destroyed by `close`
 */
export function dynamoPauses(client: DynamoDBClient, tableName: string): Pauses {
  return {
    async note({ holder, reason, sinceMs, notedAtMs }) {
      const item = {
        ...itemKey(PAUSES, holder),
        Reason: { S: reason },
        Since_Ms: { N: String(sinceMs) },
        Noted_At_Ms: { N: String(notedAtMs) },
      };
      await client.send(new PutItemCommand({ TableName: tableName, Item: item }));
    },

    async forget(holder) {
      await client.send(new DeleteItemCommand({ TableName: tableName, Key: itemKey(PAUSES, holder) }));
    },

    async list() {
      const pauses = (await itemsOf({ client, name: tableName }, PAUSES)).map(pauseFrom);
      return pauses.toSorted((one, other) => one.sinceMs - other.sinceMs);
    },

    async close() {
      client.destroy();
    },
  };
}

function pauseFrom(item: Item): Pause {
  return {
    holder: textIn(item, 'DataProduct'),
    reason: textIn(item, 'Reason'),
    sinceMs: numberIn(item, 'Since_Ms'),
    notedAtMs: numberIn(item, 'Noted_At_Ms'),
  };
}
