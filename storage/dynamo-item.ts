import {
  ConditionalCheckFailedException,
  GetItemCommand,
  paginateQuery,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

/** The table `data_pipeline_metadata`, which other products write to, too. Its keys are those of {@link itemKey}. */
export interface DynamoTable {
  readonly client: DynamoDBClient;
  readonly name: string;
}

export type Item = Readonly<Record<string, AttributeValue>>;

export function itemKey(hash: string, range: string): Record<string, AttributeValue> {
  return { Correlation_Id: { S: hash }, DataProduct: { S: range } };
}

/** As it is after every write that has ended. */
export async function getItem(
  { client, name }: DynamoTable,
  key: Record<string, AttributeValue>,
): Promise<Item | undefined> {
  const get = new GetItemCommand({ TableName: name, Key: key, ConsistentRead: true });
  return (await client.send(get)).Item;
}

/** All items with this hash key, in the order of their range keys. */
export async function itemsOf({ client, name }: DynamoTable, hash: string): Promise<Item[]> {
  const items: Item[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName: name,
      KeyConditionExpression: 'Correlation_Id = :hash',
      ExpressionAttributeValues: { ':hash': { S: hash } },
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) items.push(...Items);
  return items;
}

/** False when the condition of the write did not hold. */
export async function isWritten(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** @throws {TypeError} when the attribute is not there or not of this type: the item is not what the code expects. */
export function textIn(item: Item, attribute: string): string {
  const text = item[attribute]?.S;
  if (text === undefined) throw new TypeError(`attribute ${attribute} is no text`);
  return text;
}

/** @throws {TypeError} as {@link textIn}. */
export function numberIn(item: Item, attribute: string): number {
  const number = item[attribute]?.N;
  if (number === undefined) throw new TypeError(`attribute ${attribute} is no number`);
  return Number(number);
}
