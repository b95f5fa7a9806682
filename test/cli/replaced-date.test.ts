import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { openQueue } from '../../cli/open.ts';
import { objectCreatedBody } from '../../consumer/object-created.ts';
import { localStore } from '../../storage/local-store.ts';
import { sourceKey } from '../helpers/rows.ts';
import { toDoBody } from '../helpers/to-do-objects.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';
import { cdiJson, DAY } from './to-do-folder.ts';

const [first, second, late] = [sourceKey('0-19'), sourceKey('20-39'), sourceKey('40-59')];

/** Two objects of 20 records that were read live, and again by a run that replaced what there was; made once. */
const replaced = replaceOnce();

test.after.always(async () => rm((await replaced).folder, { recursive: true, force: true }));

test('what came live after a run that replaced is healed into its generation', async (t) => {
  const { folder, generation } = await replacedDate(t);
  const corporate = localStore(join(folder, 'corporate'));
  const coalesced = sourceKey('60_79');
  await arrive(folder, { [second]: 'another', [late]: late, [sourceKey('60-79')]: coalesced });
  await corporate.put(coalesced, toDoBody(coalesced));
  await rm(join(folder, 'corporate', sourceKey('60-79')));
  const compacted = await runCdi(['compact', '--local', folder, '--all']);
  t.regex(compacted.stdout, /^no row of 2 objects counts, such as .*_0_40-59.jsonl.gz: .*cdi close /m);
  const verified = await runCdi(['verify', '--local', folder]);
  t.is(verified.code, 0);
  t.regex(verified.stdout, /no row of 2 objects counts, such as .*_0_40-59.jsonl.gz: to be healed/);
  t.deepEqual(await generations(folder), { [generation]: 40 });

  t.like(await heal(folder), {
    sent: 3,
    lost: [],
    missing: [
      { key: second, reason: 'superseded' },
      { key: late, reason: 'superseded' },
      { key: coalesced, reason: 'range not covered' },
    ],
  });
  t.like(await consume(folder), { messages: { ingested: 3 }, lines: { rows: 60 } });
  t.like(await compact(folder), [{ days: [{ uncounted: { length: 0 } }] }]);
  t.deepEqual(await generations(folder), { [generation]: 100 });
  const whole = await runCdi(['verify', '--local', folder]);
  t.is(whole.code, 0);
  t.notRegex(whole.stdout, /no row of/);
  t.like(await heal(folder), { sent: 0, missing: [] });
});

test('an object that was never announced is healed into the generation that counts', async (t) => {
  const { folder, generation } = await replacedDate(t);
  await localStore(join(folder, 'corporate')).put(late, toDoBody(late));
  t.like(await heal(folder), { sent: 1, missing: [{ key: late, reason: 'not ingested' }] });
  await consume(folder);
  await compact(folder);
  t.deepEqual(await generations(folder), { [generation]: 60 });
});

test('an object without rows that came late is healed once', async (t) => {
  const { folder } = await replacedDate(t);
  await localStore(join(folder, 'corporate')).put(late, gzipSync('no record\n'));
  await announce(folder, [late]);
  t.like(await heal(folder), { sent: 1, missing: [{ key: late, reason: 'superseded' }] });
  await consume(folder);
  t.like(await heal(folder), { sent: 0, missing: [] });
});

test('to close a date that was replaced has late objects count', async (t) => {
  const { folder, generation } = await replacedDate(t);
  await arrive(folder, { [late]: late });
  await cdiJson(['close', '--local', folder, '--export-date', DAY]);
  t.deepEqual(await generations(folder), { [generation]: 60 });
});

/** A copy of `replaced`, with the generation that counts. */
async function replacedDate(
  t: ExecutionContext,
): Promise<{ readonly folder: string; readonly generation: number }> {
  const folder = await temporaryFolder(t);
  const { folder: whole, generation } = await replaced;
  await cp(whole, folder, { recursive: true });
  t.like(await heal(folder), { sent: 0, missing: [] });
  return { folder, generation };
}

async function replaceOnce(): Promise<{ readonly folder: string; readonly generation: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi replaced+#🙂 '));
  const corporate = localStore(join(folder, 'corporate'));
  for (const key of [first, second]) await corporate.put(key, toDoBody(key));
  await heal(folder);
  await consume(folder);
  const dates = ['--from', DAY, '--to', DAY];
  const run = ['reprocess', 'run', '--local', folder, ...dates, '--mode', 'replace', '--yes'];
  await cdiJson([...run, '--no-wait']);
  await consume(folder, '--reprocess');
  const { generation } = (await cdiJson(run)) as { generation: number };
  return { folder, generation };
}

/** Puts objects, by the seed of their records, and takes in what the bucket says of them. */
async function arrive(folder: string, seeds: Readonly<Record<string, string>>): Promise<void> {
  const corporate = localStore(join(folder, 'corporate'));
  for (const [key, seed] of Object.entries(seeds)) await corporate.put(key, toDoBody(seed));
  await announce(folder, Object.keys(seeds));
}

async function announce(folder: string, keys: readonly string[]): Promise<void> {
  const queue = await openQueue(folder);
  await queue.send(keys.map((key) => objectCreatedBody([{ key }])));
  await queue.close();
  await consume(folder);
}

/** How many records that are published are of which generation. */
async function generations(folder: string): Promise<Record<string, number>> {
  const rows = (await cdiJson([
    'head',
    'core_todo_changes',
    '--local',
    folder,
    '--limit',
    '1000',
  ])) as readonly { generation: number }[];
  const counts: Record<string, number> = {};
  for (const { generation } of rows) counts[generation] = (counts[generation] ?? 0) + 1;
  return counts;
}

function heal(folder: string): Promise<object> {
  return cdiJson(['heal', '--local', folder, '--export-date', DAY]);
}

function consume(folder: string, ...options: readonly string[]): Promise<object> {
  return cdiJson(['consume', '--local', folder, '--drain', ...options]);
}

function compact(folder: string): Promise<object> {
  return cdiJson(['compact', '--local', folder, '--all']);
}
