import test from 'ava';
import type { ExecutionContext } from 'ava';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import type { SqliteQueueOptions } from '../../consumer/queue-sqlite.ts';
import type { Queue } from '../../consumer/queue.ts';
import { LONG_WAIT, NO_WAIT, receiveAll, receiveOne, testQueue } from './queue-suite.ts';

testQueue(test, async (t) => openQueue(t, await makeFile(t), { maxReceiveCount: 2, maxBodyBytes: 1000 }));

test('a stale receipt handle is told so, and so is one that never was', async (t) => {
  const queue = openQueue(t, await makeFile(t));
  await queue.send(['message']);
  const { receiptHandle } = await receiveOne(queue, 60_000);
  t.deepEqual(await queue.delete([receiptHandle, receiptHandle]), [{ kind: 'done' }, { kind: 'expired' }]);
  const handles = [receiptHandle, '', '1', '1.', '1.1.1', '9'.repeat(40), '-1.1', 'a.b'];
  for (const result of await queue.delete(handles)) t.is(result.kind, 'expired');
});

test('a receipt handle of a deleted message never fits a later one', async (t) => {
  const queue = openQueue(t, await makeFile(t));
  await queue.send(['first']);
  const { receiptHandle } = await receiveOne(queue, 60_000);
  await queue.delete([receiptHandle]);
  await queue.send(['second']);
  await receiveOne(queue, 60_000);
  t.deepEqual(await queue.delete([receiptHandle]), [{ kind: 'expired' }]);
});

test('a message whose time is over cannot have it extended, as on SQS', async (t) => {
  const queue = openQueue(t, await makeFile(t));
  await queue.send(['message']);
  const { receiptHandle } = await receiveOne(queue, 1);
  await delay(20);
  const extended = await queue.changeVisibility([{ receiptHandle, visibilityTimeoutMs: 60_000 }]);
  t.deepEqual(extended, [{ kind: 'expired' }]);
  t.like(await queue.depth(), { visible: 1 });
});

test('receiving and giving back in a loop leaves the event loop to others', async (t) => {
  const queue = openQueue(t, await makeFile(t));
  await queue.send(['message']);
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 5);
  t.teardown(() => clearInterval(timer));
  for (let rounds = 0; turns < 3 && rounds < 3_000; rounds++) {
    const { receiptHandle } = await receiveOne(queue, 60_000);
    await queue.release([receiptHandle], { delayMs: 0, countReceive: false });
  }
  t.is(turns, 3);
});

test('R-OUTAGE: a release that does not count spends no receive, however often', async (t) => {
  const queue = openQueue(t, await makeFile(t), { maxReceiveCount: 1 });
  await queue.send(['message']);
  for (let outages = 0; outages < 5; outages++) {
    const { receiptHandle, receiveCount } = await receiveOne(queue, 60_000);
    t.is(receiveCount, 1);
    const release = (): ReturnType<Queue['release']> =>
      queue.release([receiptHandle], { delayMs: 0, countReceive: false });
    t.deepEqual(await release(), [{ kind: 'done' }]);
    t.deepEqual(await release(), [{ kind: 'expired' }]);
  }
  t.like(await queue.depth(), { visible: 1, dead: 0 });
});

test('a released message is delayed, not in flight', async (t) => {
  const queue = openQueue(t, await makeFile(t));
  await queue.send(['message']);
  await queue.release([(await receiveOne(queue, 60_000)).receiptHandle], { delayMs: 60_000 });
  t.like(await queue.depth(), { visible: 0, inFlight: 0, delayed: 1 });
});

test('a body may have any character', async (t) => {
  const queue = openQueue(t, await makeFile(t));
  const body = 'NUL \0 and \u0001\uFFFF after';
  await queue.send([body]);
  t.is((await receiveOne(queue, 60_000)).body, body);
});

test('queues of different names share a file and no message', async (t) => {
  const file = await makeFile(t);
  const live = openQueue(t, file);
  const reprocess = openQueue(t, file, { name: 'reprocess', maxReceiveCount: 1 });
  await live.send(['live']);
  await reprocess.send(['reprocess']);
  const message = await receiveOne(reprocess, 60_000);
  t.is(message.body, 'reprocess');
  t.deepEqual(await live.delete([message.receiptHandle]), [{ kind: 'expired' }]);
  t.like(await live.depth(), { visible: 1, inFlight: 0 });
  await reprocess.release([message.receiptHandle], { delayMs: 0 });
  t.deepEqual(await reprocess.receive(NO_WAIT), []);
  t.like(await live.depth(), { dead: 0 });
  t.deepEqual(await live.redrive([message.id]), [{ kind: 'missing' }]);
  t.is((await reprocess.peekDeadLetters(1)).length, 1);
});

test('messages outlive the queue that sent them', async (t) => {
  const file = await makeFile(t);
  const first = openQueue(t, file);
  await first.send(['kept', 'deleted']);
  const [, deleted] = await receiveAll(first, 2, 1);
  await first.delete([deleted?.receiptHandle ?? '']);
  await first.close();
  t.like(await openQueue(t, file).depth(), { visible: 0, inFlight: 1 });
});

test('a long poll sees what another process sends', async (t) => {
  const file = await makeFile(t);
  const queue = openQueue(t, file);
  const receiving = queue.receive(LONG_WAIT);
  await run(t, 'send', file, '20').closed;
  const first = await receiving;
  t.is(first.length + (await receiveAll(queue, 20 - first.length)).length, 20);
});

test('processes that start together on a new file all get to it', async (t) => {
  const file = await makeFile(t);
  await Promise.all(Array.from({ length: 4 }, () => run(t, 'send', file, '30').closed));
  t.like(await openQueue(t, file).depth(), { visible: 120 });
});

test('a process waits for another that is just making the file', async (t) => {
  const file = await makeFile(t);
  await mkdir(dirname(file));
  const other = new DatabaseSync(file);
  t.teardown(() => other.close());
  other.exec('CREATE TABLE unrelated (a); BEGIN IMMEDIATE; INSERT INTO unrelated VALUES (1)');
  const sender = run(t, 'send', file, '1');
  await sender.firstLine;
  await delay(200);
  other.exec('COMMIT');
  await sender.closed;
  t.like(await openQueue(t, file).depth(), { visible: 1 });
});

test('two processes that drain one queue never hold the same message', async (t) => {
  const file = await makeFile(t);
  const queue = openQueue(t, file);
  await queue.send(Array.from({ length: 500 }, (_, index) => `message ${index}`));
  const drained = await Promise.all([run(t, 'drain', file).closed, run(t, 'drain', file).closed]);
  t.is(drained.flat().length, 500);
  t.is(new Set(drained.flat()).size, 500);
  t.like(await queue.depth(), { visible: 0, inFlight: 0, dead: 0 });
});

test('R-ORDER: what a killed process held comes back after its visibility timeout', async (t) => {
  const file = await makeFile(t);
  const queue = openQueue(t, file);
  await queue.send(Array.from({ length: 10 }, (_, index) => `message ${index}`));
  const holder = run(t, 'hold', file, '1500');
  const receivedAtMs = Number(await holder.firstLine);
  holder.child.kill('SIGKILL');
  await t.throwsAsync(holder.closed, { message: /SIGKILL/ });

  const messages = await receiveAll(queue, 10);
  t.true(Date.now() - receivedAtMs >= 1500);
  t.true(messages.every(({ receiveCount }) => receiveCount === 2));
  t.is(new Set(messages.map(({ id }) => id)).size, 10);
});

async function makeFile(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi queue +#🙂 '));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'state', 'queue.sqlite');
}

function openQueue(t: ExecutionContext, file: string, options?: SqliteQueueOptions): Queue {
  const queue = sqliteQueue(file, options);
  t.teardown(() => queue.close());
  return queue;
}

interface Run {
  readonly child: ChildProcess;
  readonly firstLine: Promise<string>;
  /** The lines it wrote; rejects if it did not end by itself with 0. */
  readonly closed: Promise<readonly string[]>;
}

function run(t: ExecutionContext, ...parameters: readonly string[]): Run {
  const script = fileURLToPath(new URL('queue-in-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  const reader = createInterface(child.stdout).on('line', (line) => lines.push(line));
  const firstLine = once(reader, 'line').then(([line]) => String(line));
  const closed = once(child, 'close').then(([code, signal]) => {
    if (code !== 0) throw new Error(`child ended with ${String(code ?? signal)}`);
    return lines;
  });
  return { child, firstLine, closed };
}
