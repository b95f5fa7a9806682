import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openQueue, openReprocessQueue } from '../../cli/open.ts';
import { objectCreatedBody } from '../../consumer/object-created.ts';
import type { QueueDepth } from '../../consumer/queue.ts';
import { ownEvent } from '../../schemas/own-event.ts';
import { localStore } from '../../storage/local-store.ts';
import { sourceKey } from '../helpers/rows.ts';
import { toDoBody } from '../helpers/to-do-objects.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

const GENERATION = Date.UTC(2026, 6, 10);
const nothing = { visible: 0, inFlight: 0, delayed: 0, dead: 0 };

test('--reprocess takes from its own queue and no other, and status tells of both', async (t) => {
  const folder = await folderWith(t, [sourceKey('0-19')]);
  await send(folder, { live: [sourceKey('0-19')], again: [sourceKey('0-19')] });
  t.like(await status(folder), { queue: { visible: 1 }, reprocessQueue: { visible: 1 } });
  const { stdout } = await runCdi(['status', '--local', folder]);
  t.regex(stdout, /^queue +1 waiting.*\nreprocess queue +1 waiting/m);

  t.like(await consume(folder, '--reprocess'), { messages: { received: 1 }, lines: { rows: 20 } });
  t.like(await status(folder), { queue: { visible: 1 }, reprocessQueue: nothing });
  t.notRegex((await runCdi(['status', '--local', folder])).stdout, /reprocess queue/);
  t.like(await consume(folder), { messages: { received: 1 }, lines: { rows: 20 } });
  t.like(await status(folder), { queue: nothing, reprocessQueue: nothing });
});

test('of what was read live and again, compaction keeps a record once, of the newest generation', async (t) => {
  const keys = [sourceKey('0-19'), sourceKey('20-39')];
  const folder = await folderWith(t, keys);
  await send(folder, { live: keys, again: [sourceKey('0-19')] });
  await consume(folder);
  await consume(folder, '--reprocess');
  t.deepEqual(await generations(folder), { 0: 20, [GENERATION]: 20 });
});

test('with every original coalesced away, the tables come of the coalesced objects', async (t) => {
  const keys = [sourceKey('0-19'), sourceKey('20-39')];
  const whole = await folderWith(t, keys);
  await send(whole, { live: keys });
  await consume(whole);

  const folder = await folderWith(t, keys);
  await send(folder, { live: [sourceKey('0-19')], again: keys });
  const corporate = localStore(join(folder, 'corporate'));
  await corporate.put(sourceKey('0_39'), Buffer.concat(keys.map((key) => toDoBody(key))));
  for (const key of keys) await rm(join(folder, 'corporate', key));
  t.like(await consume(folder), { messages: { ingested: 1, released: 0 }, objects: { superseded: 1 } });
  t.like(await consume(folder, '--reprocess'), { messages: { ingested: 2 }, objects: { superseded: 2 } });
  t.deepEqual(await generations(folder), { [GENERATION]: 40 });
  t.deepEqual(await values(folder), await values(whole));
});

/** A corporate bucket with twenty records in each object. */
async function folderWith(t: ExecutionContext, keys: readonly string[]): Promise<string> {
  const folder = await temporaryFolder(t);
  const corporate = localStore(join(folder, 'corporate'));
  for (const key of keys) await corporate.put(key, toDoBody(key));
  return folder;
}

async function send(
  folder: string,
  { live = [], again = [] }: { live?: readonly string[]; again?: readonly string[] },
): Promise<void> {
  const queue = await openQueue(folder);
  if (live.length > 0) await queue.send(live.map((key) => objectCreatedBody([{ key }])));
  await queue.close();
  const reprocessQueue = await openReprocessQueue(folder);
  if (again.length > 0) {
    await reprocessQueue.send(again.map((key) => ownEvent({ key, generation: GENERATION })));
  }
  await reprocessQueue.close();
}

function consume(folder: string, ...options: readonly string[]): Promise<object> {
  return json(['consume', '--local', folder, '--drain', ...options]);
}

function status(folder: string): Promise<{ queue: QueueDepth; reprocessQueue: QueueDepth }> {
  return json(['status', '--local', folder]);
}

/** How many records that were published are of which generation. */
async function generations(folder: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { generation } of await records(folder)) counts[generation] = (counts[generation] ?? 0) + 1;
  return counts;
}

async function values(folder: string): Promise<string[]> {
  return (await records(folder)).map(({ val }) => val);
}

/** All records, as compaction publishes them. */
async function records(folder: string): Promise<readonly { generation: number; val: string }[]> {
  await json(['compact', '--local', folder, '--all']);
  return json(['head', 'core_todo_changes', '--local', folder, '--limit', '1000']);
}

async function json<Printed>(words: readonly string[]): Promise<Printed> {
  const { code, stdout, stderr } = await runCdi([...words, '--json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Printed;
}
