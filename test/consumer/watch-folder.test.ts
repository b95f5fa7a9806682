import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { announcedFiles } from '../../consumer/announced-files.ts';
import { parseNotification } from '../../consumer/notification.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import type { Queue } from '../../consumer/queue.ts';
import { watchFolder } from '../../consumer/watch-folder.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { until } from '../helpers/until.ts';

const DAY = 'archive + #🙂 50%/2023/07/02/core/toDo';
const original = (number: number) => `${DAY}/db.core.toDo_0_${number}-${number}.jsonl.gz`;

test('files that are there and files that are dropped in are announced once', async (t) => {
  const place = await makePlace(t);
  const awkward = ['a b', '+', '#', '%', '%41', '🙂', "'&=?"].map(
    (name) => `${name}/2023/07/02/core/toDo/db.core.toDo_0_1-2.jsonl.gz`,
  );
  for (const key of awkward) await drop(place, key);
  watch(t, place);
  await until(async () => (await announcedKeys(place.queue)).length === awkward.length);
  await drop(place, original(7));
  await until(async () => (await announcedKeys(place.queue)).length > awkward.length);
  await sleep(200);
  t.deepEqual((await announcedKeys(place.queue)).toSorted(), [...awkward, original(7)].toSorted());
});

test('only originals are announced', async (t) => {
  const place = await makePlace(t);
  await drop(place, `${DAY}/db.core.toDo_0_1_9.jsonl.gz`);
  await drop(place, `${DAY}/db.core.toDo_0_1-2.jsonl.gz.part`);
  await drop(place, '.partial/2c4b');
  await drop(place, original(5));
  watch(t, place);
  await until(async () => (await announcedKeys(place.queue)).length > 0);
  await sleep(100);
  t.deepEqual(await announcedKeys(place.queue), [original(5)]);
});

test('many files share a message, which tells their sizes', async (t) => {
  const place = await makePlace(t);
  const keys = Array.from({ length: 120 }, (_, number) => original(number));
  for (const key of keys) await drop(place, key, 'seven b');
  watch(t, place);
  await until(async () => (await place.queue.depth()).visible >= 3);
  t.is((await place.queue.depth()).visible, 3);
  const objects = await announcedObjects(place.queue);
  t.true(objects.every(({ size, eTag, generation }) => size === 7 && eTag === undefined && generation === 0));
  t.is(new Set(objects.map(({ key }) => key)).size, 120);
});

test('a file is not announced while it grows', async (t) => {
  const place = await makePlace(t);
  watch(t, place);
  let size = 0;
  const grow = async () => {
    size += 1;
    await drop(place, original(1), 'x'.repeat(size));
  };
  await grow();
  await drop(place, original(2));
  // The other file is announced by the second scan that finds it, so there have been two.
  do await grow();
  while ((await place.queue.depth()).visible === 0);
  t.deepEqual(await announcedKeys(place.queue), [original(2)]);
  await until(async () => (await announcedKeys(place.queue)).length === 2);
  t.like((await announcedObjects(place.queue))[1], { key: original(1), size });
});

test('a file that is written again is announced again', async (t) => {
  const place = await makePlace(t);
  watch(t, place);
  await drop(place, original(1), 'first');
  await until(async () => (await announcedKeys(place.queue)).length === 1);
  await drop(place, original(1), 'longer than the first');
  await until(async () => (await announcedKeys(place.queue)).length === 2);
  // Of the same size, so that only the time tells.
  await drop(place, original(1), 'LONGER than the first');
  await utimes(join(place.folder, original(1)), 1_700_000_000.25, 1_700_000_000.25);
  await until(async () => (await announcedKeys(place.queue)).length === 3);
  await sleep(100);
  t.deepEqual(await announcedKeys(place.queue), [original(1), original(1), original(1)]);
});

test('what one watch announced the next one does not', async (t) => {
  const place = await makePlace(t);
  await drop(place, original(1));
  const first = watch(t, place);
  await until(async () => (await announcedKeys(place.queue)).length === 1);
  await first.end();
  watch(t, place);
  await drop(place, original(2));
  await until(async () => (await announcedKeys(place.queue)).length > 1);
  t.deepEqual(await announcedKeys(place.queue), [original(1), original(2)]);
});

test('R-ORDER: a file is noted after the queue has it, and tried again when the queue has not', async (t) => {
  const place = await makePlace(t);
  await drop(place, original(1));
  const notes = announcedFiles(place.stateFile);
  t.teardown(() => notes.close());
  const isNoted = () => {
    const database = new DatabaseSync(place.stateFile);
    const { count } = database.prepare('SELECT count(*) AS count FROM announced').get() as { count: number };
    database.close();
    return count > 0;
  };
  const events: string[] = [];
  const answers = ['throws', 'failed', 'sent'];
  const queue: Pick<Queue, 'send'> = {
    async send(bodies) {
      const answer = answers.shift();
      events.push(`${isNoted() ? 'noted' : 'not noted'}, ${answer}`);
      if (answer === 'throws') throw new Error('disk full');
      if (answer === 'failed') return bodies.map(() => ({ kind: 'failed' as const, reason: 'busy' }));
      return place.queue.send(bodies);
    },
  };
  const { logged } = watch(t, { ...place, queue });
  await until(async () => isNoted());
  await sleep(100);
  t.deepEqual(events, ['not noted, throws', 'not noted, failed', 'not noted, sent']);
  t.deepEqual(await announcedKeys(place.queue), [original(1)]);
  t.deepEqual(logged, [
    ['Watch:Failed', { reason: 'disk full' }],
    ['Announcement:Failed', { reason: 'busy' }],
  ]);
});

test('a folder that is not there yet is waited for, and said so once', async (t) => {
  const place = await makePlace(t);
  const { logged } = watch(t, place);
  await until(async () => logged.length > 0);
  await sleep(100);
  t.is(logged.length, 1);
  t.is(logged[0]?.[0], 'Folder:Unreadable');
  await drop(place, original(1));
  await until(async () => (await announcedKeys(place.queue)).length === 1);
  await rename(place.folder, `${place.folder} away`);
  await until(async () => logged.length === 2);
  t.is(logged[1]?.[0], 'Folder:Unreadable');
});

// Root may read everything.
const testAsUser = process.getuid?.() === 0 ? test.skip : test;

testAsUser('a folder that may not be read does not hide the others', async (t) => {
  const place = await makePlace(t);
  const closed = join(place.folder, 'archive/2023/07/01/core/toDo');
  await mkdir(closed, { recursive: true });
  await chmod(closed, 0);
  await drop(place, original(1));
  const { logged } = watch(t, place);
  await until(async () => (await announcedKeys(place.queue)).length === 1);
  t.deepEqual(
    logged.map(([event]) => event),
    ['Folder:Unreadable'],
  );
});

test('a state file that cannot be opened is tried again', async (t) => {
  const place = await makePlace(t);
  await drop(place, original(1));
  await mkdir(place.stateFile, { recursive: true });
  const { logged } = watch(t, place);
  await until(async () => logged.length > 0);
  t.is(logged[0]?.[0], 'Watch:Failed');
  await rm(place.stateFile, { recursive: true });
  await until(async () => (await announcedKeys(place.queue)).length === 1);
  t.is(logged.length, 1);
});

test('two processes that watch one folder announce each file once', async (t) => {
  const place = await makePlace(t);
  const watchers = [watchInProcess(t, place), watchInProcess(t, place)];
  const keys = Array.from({ length: 300 }, (_, number) => original(number));
  for (const key of keys) await drop(place, key);
  await until(async () => (await announcedKeys(place.queue)).length >= keys.length);
  // Whichever had the turn, the other takes it over.
  await watchers[0]?.end();
  const late = Array.from({ length: 50 }, (_, number) => original(1_000 + number));
  for (const key of late) await drop(place, key);
  await until(async () => (await announcedKeys(place.queue)).length >= keys.length + late.length);
  await sleep(200);
  t.deepEqual((await announcedKeys(place.queue)).toSorted(), [...keys, ...late].toSorted());
  t.is(await watchers[1]?.end(), '');
});

test('one watcher at a time has the turn, until it gives it up, its time is over or the clock is put back', async (t) => {
  const { stateFile } = await makePlace(t);
  const one = announcedFiles(stateFile);
  const other = announcedFiles(stateFile);
  t.teardown(() => other.close());
  t.true(one.takeTurn());
  t.true(one.takeTurn());
  t.false(other.takeTurn());
  one.close();
  t.true(other.takeTurn());

  const another = announcedFiles(stateFile);
  t.teardown(() => another.close());
  const database = new DatabaseSync(stateFile);
  t.teardown(() => database.close());
  for (const aside of [-1, 3_600_000]) {
    t.false(another.takeTurn());
    database.prepare('UPDATE turn SET ends_at = ?').run(Date.now() + aside);
    t.true(another.takeTurn());
    t.false(other.takeTurn());
    database.exec('DELETE FROM turn');
    t.true(other.takeTurn());
  }
});

interface Place {
  readonly folder: string;
  readonly stateFile: string;
  readonly queueFile: string;
  readonly queue: Queue;
}

async function makePlace(t: ExecutionContext): Promise<Place> {
  const root = await newFolder(t);
  const queueFile = join(root, 'state', 'queue.sqlite');
  const queue = sqliteQueue(queueFile);
  t.teardown(() => queue.close());
  return {
    folder: join(root, 'corporate'),
    stateFile: join(root, 'state', 'watch.sqlite'),
    queueFile,
    queue,
  };
}

async function drop({ folder }: Place, key: string, content = ''): Promise<void> {
  const path = join(folder, key);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function watch(
  t: ExecutionContext,
  { folder, stateFile, queue }: Pick<Place, 'folder' | 'stateFile'> & { queue: Pick<Queue, 'send'> },
) {
  const controller = new AbortController();
  const logged: [string, unknown][] = [];
  const ended = watchFolder({
    folder,
    stateFile,
    queue,
    everyMs: 10,
    log: (event, facts) => logged.push([event, facts]),
    signal: controller.signal,
  });
  const end = async () => {
    controller.abort();
    await ended;
  };
  t.teardown(end);
  return { logged, end };
}

function watchInProcess(t: ExecutionContext, { folder, stateFile, queueFile }: Place) {
  const script = fileURLToPath(new URL('watch-in-process.ts', import.meta.url));
  const parameters = ['--disable-warning=ExperimentalWarning', script, folder, stateFile, queueFile];
  const child = spawn(process.execPath, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  let logged = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (logged += text));
  const closed = once(child, 'close');
  const end = async () => {
    child.stdin.end();
    await closed;
    return logged;
  };
  return { end };
}

/** In the order in which they were sent, which is the order of the receives. */
async function announcedObjects(queue: Queue) {
  const objects = [];
  for (;;) {
    const messages = await queue.receive({ max: 10, waitMs: 0, visibilityTimeoutMs: 60_000 });
    if (messages.length === 0) break;
    received.set(queue, [...(received.get(queue) ?? []), ...messages.map(({ body }) => body)]);
  }
  for (const body of received.get(queue) ?? []) {
    const notification = parseNotification(body);
    if (notification.kind === 'objects') objects.push(...notification.objects);
  }
  return objects;
}

const received = new WeakMap<Queue, string[]>();

async function announcedKeys(queue: Queue): Promise<string[]> {
  return (await announcedObjects(queue)).map(({ key }) => key);
}
