import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openQueue, stateFile } from '../../cli/open.ts';
import { redriveLetters } from '../../cli/redrive-letters.ts';
import { objectCreatedBody } from '../../consumer/object-created.ts';
import type { Queue, RedriveResult } from '../../consumer/queue.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { localStore } from '../../storage/local-store.ts';
import { sourceKey } from '../helpers/rows.ts';
import { until } from '../helpers/until.ts';
import { mainFile, runCdi, temporaryFolder } from './run-cdi.ts';

test('dead letters are listed with their reasons', async (t) => {
  const folder = await folderOfDead(t);
  const letters = JSON.parse((await dlq(folder, 'list')).stdout) as { reason: string; keys: string[] }[];
  t.deepEqual(
    letters.map(({ reason }) => reason),
    ['unparseable', 'missing', 'other', 'other', 'nothing-to-read'],
  );
  t.deepEqual(letters[1]?.keys, [sourceKey('0-19')]);
  t.is((JSON.parse((await dlq(folder, 'list', '--limit', '2')).stdout) as object[]).length, 2);
});

test('those of a reason are sent anew, and no others', async (t) => {
  const folder = await folderOfDead(t);
  t.is((await dlq(folder, 'redrive', '--reason', 'other', '--dry-run')).code, 0);
  t.like(await depth(folder), { visible: 0, dead: 5 });
  const { code, stdout } = await dlq(folder, 'redrive', '--reason', 'other');
  t.is(code, 0);
  t.like(JSON.parse(stdout), [
    { id: '3', result: 'sent' },
    { id: '4', result: 'sent' },
  ]);
  t.like(await depth(folder), { visible: 2, dead: 3 });
  t.is((await dlq(folder, 'redrive', '--all')).code, 0);
  t.like(await depth(folder), { visible: 5, dead: 0 });
});

test('one that is not there fails the command', async (t) => {
  const folder = await folderOfDead(t);
  t.is((await dlq(folder, 'redrive', '--queue', 'live', '--id', '2')).code, 0);
  const { code, stdout } = await dlq(folder, 'redrive', '--queue', 'live', '--id', '2');
  t.is(code, 1);
  t.like(JSON.parse(stdout), [{ id: '2', result: 'missing' }]);
  t.is((await dlq(folder, 'redrive')).code, 2);
  t.is((await dlq(folder, 'redrive', '--id', '2')).code, 2);
  t.deepEqual(JSON.parse((await dlq(folder, 'list', '--queue', 'reprocess')).stdout), []);
});

test('both queues are listed and redriven, each by itself where it is named', async (t) => {
  const folder = await folderOfDead(t);
  await putDead(folder, 'reprocess-queue', ['nor this one']);
  const unparseable = ['--reason', 'unparseable'] as const;
  t.like(JSON.parse((await dlq(folder, 'list', ...unparseable)).stdout), [
    { queue: 'live', id: '1' },
    { queue: 'reprocess', id: '1' },
  ]);
  t.like(JSON.parse((await dlq(folder, 'list', '--queue', 'reprocess')).stdout), [{ queue: 'reprocess' }]);

  const { stdout } = await dlq(folder, 'redrive', ...unparseable, '--queue', 'reprocess', '--dry-run');
  t.deepEqual(JSON.parse(stdout), [{ queue: 'reprocess', id: '1', result: 'would-be-sent', detail: '' }]);
  t.is((await dlq(folder, 'redrive', ...unparseable)).code, 0);
  t.like(await depth(folder), { visible: 1, dead: 4 });
  t.like(await depth(folder, 'reprocess-queue'), { visible: 1, dead: 0 });
});

test('one that the queue does not take keeps no other back', async (t) => {
  const folder = await folderOfDead(t);
  const queue = await openQueue(folder);
  const faulty: Pick<Queue, 'redrive'> = {
    async redrive(ids) {
      const results = [...(await queue.redrive(ids.filter((id) => id !== '3')))];
      return ids.map((id) => (id === '3' ? FAILED : (results.shift() ?? FAILED)));
    },
  };
  const reports = await redriveLetters(faulty, ['2', '3', '9', '4']);
  await queue.close();
  t.like(reports, [
    { id: '2', result: 'sent' },
    { id: '3', result: 'failed', detail: 'not now' },
    { id: '9', result: 'missing' },
    { id: '4', result: 'sent' },
  ]);
  t.like(await depth(folder), { visible: 2, dead: 3 });
});

test('gone in the middle, what was redriven is no dead letter any more, and the rest is redriven later', async (t) => {
  const folder = await temporaryFolder(t);
  const bodies = Array.from({ length: 250 }, (_, index) => `letter ${index}`);
  await putDead(folder, 'queue', bodies);
  const queue = await openQueue(folder);
  const ids = (await queue.peekDeadLetters(bodies.length)).map(({ id }) => id);
  let calls = 0;
  const gone: Pick<Queue, 'redrive'> = {
    redrive: (some) => (++calls > 2 ? Promise.reject(new Error('gone')) : queue.redrive(some)),
  };
  await t.throwsAsync(redriveLetters(gone, ids), { message: 'gone' });
  await queue.close();
  t.like(await depth(folder), { visible: 200, dead: 50 });
  t.is((await dlq(folder, 'redrive', '--all')).code, 0);
  t.like(await depth(folder), { visible: 250, dead: 0 });
});

test('killed while it redrives, each letter is dead or sent, and none twice', async (t) => {
  t.timeout(120_000);
  const folder = await temporaryFolder(t);
  const letters = 2_000;
  await putDead(
    folder,
    'queue',
    Array.from({ length: letters }, (_, index) => `letter ${index}`),
  );
  const child = spawn(process.execPath, [mainFile, 'dlq', 'redrive', '--all', '--local', folder], {
    stdio: 'ignore',
  });
  const ended = once(child, 'close');
  await until(async () => (await depth(folder)).visible > 0 || child.exitCode !== null);
  child.kill('SIGKILL');
  await ended;
  const { visible, dead } = await depth(folder);
  t.is(visible + dead, letters);
  t.is((await dlq(folder, 'redrive', '--all')).code, 0);
  t.like(await depth(folder), { visible: letters, dead: 0 });
});

const FAILED: RedriveResult = { kind: 'failed', reason: 'not now' };

function dlq(folder: string, ...words: readonly string[]) {
  return runCdi(['dlq', ...words, '--local', folder, '--json']);
}

async function depth(folder: string, name = 'queue') {
  const queue = sqliteQueue(stateFile(folder, name));
  const depths = await queue.depth();
  await queue.close();
  return depths;
}

/** One of what cannot be read, one of an object that is not there, two of one that is, one of nothing to read. */
async function folderOfDead(t: ExecutionContext): Promise<string> {
  const folder = await temporaryFolder(t);
  const corporate = localStore(join(folder, 'corporate'));
  // The second is there as part of a coalesced one.
  for (const key of [sourceKey('20-39'), sourceKey('40_79')]) await corporate.put(key, Buffer.from('x'));
  const bodies = ['0-19', '20-39', '40-59', '40_79'].map((offsets) =>
    objectCreatedBody([{ key: sourceKey(offsets) }]),
  );
  await putDead(folder, 'queue', ['not a notification', ...bodies]);
  return folder;
}

async function putDead(folder: string, name: string, bodies: readonly string[]): Promise<void> {
  const queue = sqliteQueue(stateFile(folder, name), { maxReceiveCount: 1 });
  await queue.send(bodies);
  const options = { max: 10, waitMs: 0, visibilityTimeoutMs: 60_000 };
  while ((await queue.depth()).visible > 0) {
    const messages = await queue.receive(options);
    await queue.release(
      messages.map(({ receiptHandle }) => receiptHandle),
      { delayMs: 0 },
    );
  }
  await queue.close();
}
