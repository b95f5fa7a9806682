import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { openRunJournal, openRunRegistry } from '../../cli/open.ts';
import { leaseOf, withLease } from '../../compactor/lease.ts';
import { parseNotification } from '../../consumer/notification.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { until } from '../helpers/until.ts';
import { mainFile, runCdi, temporaryFolder } from './run-cdi.ts';

const dates = ['--from', '2026-11-18', '--to', '2026-11-18'] as const;

test('killed at any moment and run again, each object is sent once, in one generation', async (t) => {
  t.timeout(120_000);
  const folder = await folderOfObjects(t, 1_000);
  const words = ['reprocess', 'run', '--local', folder, ...dates, '--yes', '--rate'];
  const taken: string[] = [];
  let midway = 0;
  for (let kill = 0; kill < 20; kill++) {
    const depth = await depthOf(folder);
    const child = spawn(process.execPath, [mainFile, ...words, '200'], { stdio: 'ignore' });
    // Every fourth may die before it sends at all, the others between two batches or within one.
    if (kill % 4 > 0) await until(async () => (await depthOf(folder)) > depth);
    await pause(Math.random() * 120);
    child.kill('SIGKILL');
    await once(child, 'close');
    if ((await depthOf(folder)) > depth) midway += 1;
    // What a consumer has taken and settled meanwhile is not sent again either.
    if (kill % 4 === 3) taken.push(...(await takeAll(folder)));
  }
  const { code, stderr } = await runCdi([...words, '100000', '--json']);
  t.is(code, 0, stderr);
  taken.push(...(await takeAll(folder)));
  t.true(midway >= 15, `${midway} killed after they had sent something`);
  const objects = taken.map(announced);
  t.is(objects.length, 1_000);
  t.is(new Set(objects.map(({ key }) => key)).size, 1_000);
  t.is(new Set(objects.map(({ generation }) => generation)).size, 1);
});

test('a run goes on as it was planned when the bucket has changed, and ends cleanly when told to', async (t) => {
  const folder = await folderOfObjects(t, 60);
  const words = ['reprocess', 'run', '--local', folder, ...dates, '--yes'];
  const child = spawn(process.execPath, [mainFile, ...words, '--rate', '20'], { stdio: 'ignore' });
  await until(async () => (await depthOf(folder)) > 0);
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  t.is(code, 1);
  await putObject(folder, 1_000);

  const again = await runCdi([...words, '--json']);
  t.is(again.code, 0, again.stderr);
  t.like(JSON.parse(again.stdout), { objects: 60, sent: 60, state: 'finished' });
  t.is((await takeAll(folder)).length, 60);
});

test('a plan that was run to its end is sent again only when asked', async (t) => {
  const folder = await folderOfObjects(t, 3);
  const planned = await runCdi(['reprocess', 'plan', '--local', folder, ...dates, '--json']);
  const { digest } = JSON.parse(planned.stdout);
  const words = ['reprocess', 'run', '--local', folder, ...dates, '--plan', digest];
  t.is((await runCdi(words)).code, 0);
  t.is((await runCdi(words)).code, 0);
  t.is((await takeAll(folder)).length, 3);
  t.is((await runCdi([...words, '--again'])).code, 0);
  t.is((await takeAll(folder)).length, 3);
});

test('a digest that is not that of what there is is refused, and nothing is sent', async (t) => {
  const folder = await folderOfObjects(t, 2);
  const { code, stderr } = await runCdi(['reprocess', 'run', '--local', folder, ...dates, '--plan', 'abc']);
  t.is(code, 1);
  t.regex(stderr, /^cdi: the plan is not what there is: it is [\da-f]{64} now/);
  t.deepEqual(await takeAll(folder), []);
});

test('replacing waits for nothing that is not there: older rows count while an object is missing', async (t) => {
  const folder = await folderOfObjects(t, 2);
  const words = ['reprocess', 'run', '--local', folder, ...dates, '--mode', 'replace', '--yes'];
  t.is((await runCdi([...words, '--no-wait'])).code, 0);
  await takeAll(folder);
  const { code, stderr } = await runCdi(words);
  t.is(code, 1);
  t.regex(stderr, /2 objects not ingested whole/);
});

test('replacing raises the floor of each collection and date once all is ingested', async (t) => {
  const folder = await temporaryFolder(t);
  t.is((await runCdi(['generate', '--dir', folder, '--records', '300', '--days', '1'])).code, 0);
  const period = ['--from', '2000-01-01', '--to', '2100-01-01'];
  const words = [
    'reprocess',
    'run',
    '--local',
    folder,
    ...period,
    '--mode',
    'replace',
    '--yes',
    '--rate',
    '1000',
  ];
  t.is((await runCdi([...words, '--no-wait'])).code, 0);
  t.is((await runCdi(['consume', '--reprocess', '--drain', '--local', folder])).code, 0);
  const before = await floorsIn(folder);
  const { days } = JSON.parse((await runCdi([...words, '--dry-run', '--json'])).stdout);
  const [db, collection] = days[0].collection.split(':');
  const registry = await openRunRegistry(folder);
  t.teardown(() => registry.close());
  const held = await withLease(registry, leaseOf({ db, collection }), () => runCdi(words));
  t.is(held.code, 1);
  t.regex(held.stderr, /run it again then/);
  const digest = await digestOf(folder, [...period, '--mode', 'replace']);
  t.is((await runCdi(['reprocess', 'cancel', digest, '--local', folder])).code, 1, 'some may be raised');
  const { code, stdout, stderr } = await runCdi([...words, '--json']);
  t.is(code, 0, stderr);
  const { generation } = JSON.parse(stdout);
  const floors = await floorsIn(folder);
  t.deepEqual(before, []);
  t.true(floors.length > 5);
  t.deepEqual([...new Set(floors)], [JSON.stringify({ generation })]);
});

test('a cancelled run stops sending; run again, its plan is sent from the start in another generation', async (t) => {
  const folder = await folderOfObjects(t, 60);
  const digest = await digestOf(folder);
  const words = ['reprocess', 'run', '--local', folder, ...dates];
  const running = runCdi([...words, '--plan', digest, '--rate', '10']);
  await until(async () => (await depthOf(folder)) > 0);
  const cancelled = await runCdi(['reprocess', 'cancel', digest, '--local', folder, '--json']);
  t.is(cancelled.code, 0, cancelled.stderr);
  t.like(JSON.parse(cancelled.stdout), { digest, state: 'cancelled', objects: 60 });
  const { code, stderr } = await running;
  t.is(code, 1);
  t.regex(stderr, /was cancelled after \d+ of 60 objects; give the same command to run it from the start\n$/);
  const sent = await depthOf(folder);
  t.true(sent > 0 && sent < 60, `${sent} were sent`);
  t.is((await runCdi(['reprocess', 'cancel', digest, '--local', folder])).code, 0);

  t.is((await runCdi([...words, '--plan', digest, '--rate', '1000'])).code, 0);
  const objects = (await takeAll(folder)).map(announced);
  t.is(objects.length, sent + 60);
  t.is(new Set(objects.map(({ generation }) => generation)).size, 2);
});

test('a run that waits to replace is cancelled and raises no floor, though all of it is ingested', async (t) => {
  t.timeout(120_000);
  const folder = await temporaryFolder(t);
  t.is((await runCdi(['generate', '--dir', folder, '--records', '300', '--days', '1'])).code, 0);
  const period = ['--from', '2000-01-01', '--to', '2100-01-01', '--mode', 'replace'];
  const digest = await digestOf(folder, period);
  const words = ['reprocess', 'run', '--local', folder, ...period, '--plan', digest, '--rate', '1000'];
  const waiting = runCdi(words);
  await until(() => isSent(folder, digest));
  t.is((await runCdi(['reprocess', 'cancel', digest, '--local', folder])).code, 0);
  const { code, stderr } = await waiting;
  t.is(code, 1);
  t.regex(stderr, /was cancelled after/);
  const ingested = await runCdi(['consume', '--reprocess', '--drain', '--local', folder, '--json']);
  t.true(JSON.parse(ingested.stdout).lines.rows > 0);
  t.deepEqual(await floorsIn(folder), []);
});

test('a run that is finished, or replaces already, or never was is not cancelled', async (t) => {
  const folder = await folderOfObjects(t, 2);
  const digest = await digestOf(folder);
  const never = await runCdi(['reprocess', 'cancel', digest, '--local', folder]);
  t.is(never.code, 1);
  t.regex(never.stderr, /^cdi: there is no run of plan [\da-f]{64}; cdi reprocess plan shows the digest\n$/);

  t.is((await runCdi(['reprocess', 'run', '--local', folder, ...dates, '--plan', digest])).code, 0);
  const finished = await runCdi(['reprocess', 'cancel', digest, '--local', folder]);
  t.is(finished.code, 1);
  t.regex(finished.stderr, /^cdi: the run is finished, with 2 objects sent: .* run --again\n$/);

  const replace = [...dates, '--mode', 'replace'];
  const other = await digestOf(folder, replace);
  const words = ['reprocess', 'run', '--local', folder, ...replace, '--plan', other, '--no-wait'];
  t.is((await runCdi(words)).code, 0);
  const journal = await openRunJournal(folder);
  t.teardown(() => journal.close());
  const begun = await journal.findByDigest(other);
  t.true(begun !== undefined && (await journal.advance(begun, 'replacing')));
  const replacing = await runCdi(['reprocess', 'cancel', other, '--local', folder]);
  t.is(replacing.code, 1);
  t.regex(replacing.stderr, /^cdi: the run has begun to replace older rows: give its command again/);
});

test('dates without objects end with 1, and a run without a plan is wrong usage', async (t) => {
  const folder = await folderOfObjects(t, 1);
  const nothing = await runCdi([
    'reprocess',
    'plan',
    '--local',
    folder,
    '--from',
    '2025-01-01',
    '--to',
    '2025-01-02',
  ]);
  t.is(nothing.code, 1);
  t.regex(nothing.stderr, /^cdi: there are no objects to read again from 2025-01-01 to 2025-01-02\n$/);
  t.is((await runCdi(['reprocess', 'run', '--local', folder, ...dates])).code, 2);
});

async function digestOf(folder: string, words: readonly string[] = dates): Promise<string> {
  const { stdout } = await runCdi(['reprocess', 'plan', '--local', folder, ...words, '--json']);
  return JSON.parse(stdout).digest;
}

async function isSent(folder: string, digest: string): Promise<boolean> {
  const journal = await openRunJournal(folder);
  const run = await journal.findByDigest(digest);
  await journal.close();
  return run !== undefined && run.sent === run.objects;
}

async function folderOfObjects(t: ExecutionContext, count: number): Promise<string> {
  const folder = await temporaryFolder(t);
  for (let index = 0; index < count; index++) await putObject(folder, index);
  return folder;
}

async function putObject(folder: string, index: number): Promise<void> {
  const place = join(folder, 'corporate', 'corporate_storage/ucfs_main/2026/11/17/core/contract');
  await mkdir(place, { recursive: true });
  await writeFile(join(place, `db.core.contract_0_${index}-${index}.jsonl.gz`), gzipSync(`{"n":${index}}\n`));
}

async function floorsIn(folder: string): Promise<string[]> {
  const place = join(folder, 'published', 'corporate_data_ingestion', 'floors');
  const files = await Array.fromAsync(glob('**/*.json', { cwd: place }));
  return Promise.all(files.map(async (file) => (await readFile(join(place, file), 'utf8')).trim()));
}

async function depthOf(folder: string): Promise<number> {
  const queue = sqliteQueue(join(folder, 'state', 'reprocess-queue.sqlite'));
  const { visible } = await queue.depth();
  await queue.close();
  return visible;
}

async function takeAll(folder: string): Promise<string[]> {
  const queue = sqliteQueue(join(folder, 'state', 'reprocess-queue.sqlite'));
  const bodies: string[] = [];
  for (;;) {
    const messages = await queue.receive({ max: 10, waitMs: 0, visibilityTimeoutMs: 60_000 });
    if (messages.length === 0) break;
    bodies.push(...messages.map(({ body }) => body));
    await queue.delete(messages.map(({ receiptHandle }) => receiptHandle));
  }
  await queue.close();
  return bodies;
}

function announced(body: string): { readonly key: string; readonly generation: number } {
  const notification = parseNotification(body);
  const [object] = notification.kind === 'objects' ? notification.objects : [];
  if (object === undefined) throw new Error('announces no object');
  return object;
}
