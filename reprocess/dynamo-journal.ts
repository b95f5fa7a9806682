import { PutItemCommand, UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { plannedObjectsKey } from '../schemas/layout.ts';
import { getItem, isWritten, itemKey, itemsOf, numberIn, textIn, type Item } from '../storage/dynamo-item.ts';
import { jsonLines } from '../storage/json-lines.ts';
import type { ObjectStore } from '../storage/store.ts';
import {
  hasEnded,
  requestText,
  runState,
  STATES_BEFORE,
  type JournalledRun,
  type RunJournal,
} from './journal.ts';
import type { PlannedObject } from './plan.ts';

/**
 * The journal in the DynamoDB table of runs, with what is to be sent in a file of the published bucket for each run.
 *
 * A plan has one item, of its newest run, which a new run replaces only if it has ended. The file comes first, as who
 * makes it has the generation for itself; a file without an item is of one who died or came second.
 *
 * @param client - destroyed by `close`
 */
export function dynamoRunJournal(
  client: DynamoDBClient,
  tableName: string,
  published: ObjectStore,
): RunJournal {
  const table = { client, name: tableName };

  async function runs(): Promise<{ run: JournalledRun; request: string }[]> {
    const items = await itemsOf(table, RUNS);
    return items
      .map((item) => ({ run: runFrom(item), request: textIn(item, 'Request') }))
      .toSorted((one, other) => other.run.generation - one.run.generation);
  }

  async function findByDigest(digest: string): Promise<JournalledRun | undefined> {
    const item = await getItem(table, itemKey(RUNS, digest));
    return item && runFrom(item);
  }

  /** Writes them under the first generation from this one on that nobody has. */
  async function writeObjects(objects: readonly PlannedObject[], from: number): Promise<number> {
    for (let generation = from; ; generation++) {
      const key = plannedObjectsKey(generation);
      const { kind } = await published.put(key, linesOf(objects), { ifAbsent: true, withoutETag: true });
      if (kind === 'stored') return generation;
    }
  }

  async function update(
    { digest, generation }: JournalledRun,
    change: string,
    condition: string,
    values: Record<string, Item[string]>,
  ): Promise<boolean> {
    const command = new UpdateItemCommand({
      TableName: tableName,
      Key: itemKey(RUNS, digest),
      UpdateExpression: change,
      ConditionExpression: `Generation = :generation AND ${condition}`,
      ExpressionAttributeValues: { ...values, ':generation': { N: String(generation) } },
    });
    return isWritten(client.send(command));
  }

  return {
    async begin(plan, nowMs) {
      const { digest, objects, request } = plan;
      const [newest] = await runs();
      const first = Math.max(nowMs, (newest?.run.generation ?? 0) + 1);
      const generation = await writeObjects(objects, first);
      const item = {
        ...itemKey(RUNS, digest),
        Generation: { N: String(generation) },
        Mode: { S: request.mode },
        Request: { S: requestText(request) },
        Objects: { N: String(objects.length) },
        Sent: { N: '0' },
        RunState: { S: 'open' },
      };
      const put = new PutItemCommand({
        TableName: tableName,
        Item: item,
        ConditionExpression: 'attribute_not_exists(Correlation_Id) OR RunState IN (:finished, :cancelled)',
        ExpressionAttributeValues: { ':finished': { S: 'finished' }, ':cancelled': { S: 'cancelled' } },
      });
      if (await isWritten(client.send(put))) return runFrom(item);
      const present = await findByDigest(digest);
      if (present === undefined) throw new Error(`run ${generation} was neither written nor there`);
      if (present.generation !== generation) await published.delete([plannedObjectsKey(generation)]);
      return present;
    },

    findByDigest,

    async findByRequest(request) {
      const text = requestText(request);
      return (await runs()).find((each) => each.request === text && !hasEnded(each.run))?.run;
    },

    async objects({ generation, objects: count }) {
      const key = plannedObjectsKey(generation);
      const objects: PlannedObject[] = [];
      for await (const line of jsonLines(published, key)) {
        if (line !== undefined) objects.push(line as unknown as PlannedObject);
      }
      if (objects.length !== count) throw new Error(`${key} has ${objects.length} of ${count} objects`);
      return objects;
    },

    async markSent(run, sent) {
      await update(run, 'SET Sent = :sent', 'Sent < :sent', { ':sent': { N: String(sent) } });
    },

    async advance(run, state) {
      const before = STATES_BEFORE[state].map((each) => [`:${each}`, { S: each }] as const);
      const condition = `RunState IN (${before.map(([name]) => name).join(', ')})`;
      return update(run, `SET RunState = :${state}`, condition, Object.fromEntries(before));
    },

    async close() {
      client.destroy();
    },
  };
}

/** The hash key of all reprocess runs; no other run has this correlation id. */
const RUNS = 'cdi:reprocess';
const LINES_IN_CHUNK = 1_000;

async function* linesOf(objects: readonly PlannedObject[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < objects.length; start += LINES_IN_CHUNK) {
    const lines = objects.slice(start, start + LINES_IN_CHUNK).map((object) => `${JSON.stringify(object)}\n`);
    yield Buffer.from(lines.join(''));
  }
}

function runFrom(item: Item): JournalledRun {
  return {
    generation: numberIn(item, 'Generation'),
    digest: textIn(item, 'DataProduct'),
    mode: textIn(item, 'Mode') === 'replace' ? 'replace' : 'merge',
    objects: numberIn(item, 'Objects'),
    sent: numberIn(item, 'Sent'),
    state: runState(textIn(item, 'RunState')),
  };
}
