import test from 'ava';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { StalledError } from '../../consumer/consume.ts';
import type { Queue } from '../../consumer/queue.ts';
import {
  isBalanced,
  newConsumerBench,
  objectCreated,
  type ConsumerBench,
} from '../helpers/consumer-bench.ts';
import { distinctRows, readParts, readQuarantine } from '../helpers/published.ts';
import { sourceKey } from '../helpers/rows.ts';
import { scriptedKeys } from '../helpers/scripted-keys.ts';
import { toDoBody, wrappedKeyOf } from '../helpers/to-do-objects.ts';
import { until } from '../helpers/until.ts';
import { FAULT } from '../helpers/worker-faults.ts';

const nothingLeft = { visible: 0, inFlight: 0, delayed: 0, dead: 0 };
const linesEach = 20;

/** So many objects with their events; every one has a data key of its own. */
async function announceObjects(bench: ConsumerBench, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await bench.announce(sourceKey(`${index}-${index}`), toDoBody(`object ${index}`, linesEach));
  }
}

async function distinctCount({ published }: ConsumerBench): Promise<number> {
  return distinctRows(await readParts(published)).size;
}

test('R-ORDER: when a message is deleted, every line of its object is in a file', async (t) => {
  const bench = await newConsumerBench(t, { limits: { ageMs: 150 } });
  const keyOf = new Map<string, string>();
  const missing: string[] = [];
  let deleted = 0;
  const watched: Queue = {
    ...bench.queue,
    async receive(options) {
      const messages = await bench.queue.receive(options);
      for (const { receiptHandle, body } of messages) {
        const { Records } = JSON.parse(body) as { Records: { s3: { object: { key: string } } }[] };
        keyOf.set(receiptHandle, decodeURIComponent((Records[0]?.s3.object.key ?? '').replaceAll('+', ' ')));
      }
      return messages;
    },
    async delete(receipts) {
      const rows = (await readParts(bench.published)).flatMap((part) => part.rows);
      const entries = await readQuarantine(bench.published);
      for (const receipt of receipts) {
        const key = keyOf.get(receipt);
        const found =
          rows.filter(({ source_object }) => source_object === key).length +
          entries.filter(({ source_object }) => source_object === key).length;
        if (found < linesEach) missing.push(`${key}: ${found}`);
      }
      deleted += receipts.length;
      return bench.queue.delete(receipts);
    },
  };
  bench.faults[FAULT.putDelayMs] = 60;
  await announceObjects(bench, 10);
  await bench.announce(sourceKey('10-10'), toDoBody('faulty', linesEach, { faultShare: 0.5 }));
  await bench.drain({ queue: watched });
  t.is(deleted, 11);
  t.deepEqual(missing, []);
});

test('R-OUTAGE: while the key service is out nothing is received, released or quarantined; then it goes on by itself', async (t) => {
  let isOut = false;
  const keys = scriptedKeys(() => (isOut ? 'unavailable' : 'unwrap'));
  const bench = await newConsumerBench(t, {
    keys: keys.service,
    ring: { attempts: 2 },
    maxReceiveCount: 1,
    limits: { ageMs: 50 },
  });
  let receives = 0;
  const counting: Queue = {
    ...bench.queue,
    receive: async (options) => {
      receives += 1;
      return bench.queue.receive({ ...options, waitMs: 20 });
    },
  };
  bench.faults[FAULT.getDelayMs] = 20;
  await announceObjects(bench, 60);
  const stop = new AbortController();
  const consumer = bench.start({ queue: counting, stop: stop.signal, visibilityTimeoutMs: 2_000 });
  await until(() => consumer.report().parts.rows > 0);
  isOut = true;
  await until(() => !bench.ring.isAvailable());
  // What was decrypted before may still become durable.
  for (let held = -1; held !== consumer.report().messages.held; await sleep(500)) {
    held = consumer.report().messages.held;
  }
  const receivesBefore = receives;
  // Longer than the time-out of the messages that are held.
  await sleep(2_500);
  t.is(receives, receivesBefore);
  const { held } = consumer.report().messages;
  t.true(held > 0);
  t.like(await bench.queue.depth(), { dead: 0, inFlight: held });
  isOut = false;
  await until(() => consumer.report().objects.ingested === 60);
  stop.abort();
  const report = await consumer.finished;

  t.true(isBalanced(report));
  t.like(report.messages, { received: 60, ingested: 60, released: 0 });
  t.is(await distinctCount(bench), 60 * linesEach);
  t.deepEqual(await readQuarantine(bench.published), []);
  t.like(await bench.queue.depth(), nothingLeft);
  const events = bench.events.map(({ event }) => event);
  t.deepEqual(
    events.filter((event) => event.startsWith('KeyService')),
    ['KeyService:Out', 'KeyService:Back'],
  );
});

test('R-OUTAGE R-STOP: a consumer that is stopped during an outage gives back what it holds, and no receive is spent', async (t) => {
  const keys = scriptedKeys(() => 'unavailable');
  const bench = await newConsumerBench(t, { keys: keys.service, ring: { attempts: 1 }, maxReceiveCount: 1 });
  await announceObjects(bench, 5);
  const stop = new AbortController();
  const consumer = bench.start({ stop: stop.signal });
  await until(() => !bench.ring.isAvailable() && consumer.report().messages.held > 0);
  stop.abort();
  const report = await consumer.finished;
  t.true(isBalanced(report));
  t.like(report.messages, { ingested: 0, released: report.messages.received });
  t.like(await bench.queue.depth(), { ...nothingLeft, visible: 5 });

  const again = await bench.queue.receive({ max: 10, waitMs: 0, visibilityTimeoutMs: 1_000 });
  t.deepEqual(
    again.map(({ receiveCount }) => receiveCount),
    [1, 1, 1, 1, 1],
  );
});

test('R-OUTAGE: a key that cannot be unwrapped is refused, and its neighbours are not', async (t) => {
  const poison = wrappedKeyOf('poison');
  const keys = scriptedKeys(({ wrappedKey }) => (wrappedKey === poison ? 'unavailable' : 'unwrap'));
  const bench = await newConsumerBench(t, { keys: keys.service, ring: { attempts: 2 } });
  await announceObjects(bench, 5);
  await bench.announce(sourceKey('5-5'), toDoBody('poison', linesEach));
  await bench.announce(sourceKey('6-6'), toDoBody('last', linesEach));
  const report = await bench.drain();
  t.true(isBalanced(report));
  t.deepEqual(report.quarantined, { 'key-refused': linesEach });
  t.like(report.messages, { ingested: 6, quarantined: 1, released: 0 });
  t.is(await distinctCount(bench), 6 * linesEach);
});

test('a published store that fails for a while loses nothing: messages are released, and ingested later', async (t) => {
  const bench = await newConsumerBench(t, { limits: { rows: 40 } });
  bench.faults[FAULT.putsFail] = 4;
  await announceObjects(bench, 12);
  const report = await bench.drain();
  t.true(isBalanced(report));
  t.true(report.messages.released > 0);
  t.is(report.messages.ingested, 12);
  t.is(await distinctCount(bench), 12 * linesEach);
  t.like(await bench.queue.depth(), nothingLeft);
  const failed = bench.events.find(({ event }) => event === 'Object:Failed');
  t.regex(String(failed?.facts['reason']), /ENOSPC/);
  for (const { sources, rows } of await readParts(bench.published)) {
    t.is(
      sources.reduce((sum, source) => sum + source.rows, 0),
      rows.length,
    );
  }
});

test('a corporate store that fails for a while loses nothing', async (t) => {
  const bench = await newConsumerBench(t);
  bench.faults[FAULT.getsFail] = 1;
  await announceObjects(bench, 6);
  const draining = bench.drain();
  await until(() => bench.events.filter(({ event }) => event === 'Object:Failed').length >= 6);
  bench.faults[FAULT.getsFail] = 0;
  const report = await draining;
  t.true(isBalanced(report));
  t.is(report.messages.ingested, 6);
  t.true(report.messages.released >= 6);
  t.is(await distinctCount(bench), 6 * linesEach);
});

test('R-OUTAGE: while a store is out nothing is received or released; then it goes on by itself, and no receive is spent', async (t) => {
  const bench = await newConsumerBench(t, { maxReceiveCount: 1, limits: { ageMs: 50 } });
  const pauses: (string | undefined)[] = [];
  const corporate = {
    ...bench.corporate,
    async listFolders(prefix: string) {
      if (bench.faults[FAULT.getsFail] === 1) throw new Error('status 503');
      return await bench.corporate.listFolders(prefix);
    },
  };
  bench.faults[FAULT.getsFail] = 1;
  await announceObjects(bench, 12);
  const draining = bench.drain({
    corporate,
    storeProbes: { probeMs: 20, maxProbeMs: 50 },
    onPause: (pause) => pauses.push(pause?.reason),
  });
  await until(() => bench.events.some(({ event }) => event === 'Store:Out'));
  // A receive that had begun before ends.
  await sleep(500);
  await bench.announce(sourceKey('12-12'), toDoBody('object 12', linesEach));
  await sleep(500);
  t.like(await bench.queue.depth(), { visible: 1, inFlight: 12, delayed: 0, dead: 0 });
  bench.faults[FAULT.getsFail] = 0;
  const report = await draining;

  t.true(isBalanced(report));
  t.like(report.messages, { received: 13, ingested: 13, released: 0 });
  t.is(await distinctCount(bench), 13 * linesEach);
  t.like(await bench.queue.depth(), nothingLeft);
  t.deepEqual(pauses, ['store out: status 503', undefined]);
});

test('an object that can never be read becomes a dead letter, and its neighbours are ingested', async (t) => {
  const bench = await newConsumerBench(t, { maxReceiveCount: 3, limits: { ageMs: 50 } });
  await announceObjects(bench, 3);
  const poison = sourceKey('3-3');
  await mkdir(join(bench.folder, 'corporate', poison), { recursive: true });
  await bench.queue.send([objectCreated(poison)]);
  await bench.announce(sourceKey('4-4'), toDoBody('behind', linesEach));
  const report = await bench.drain();
  t.true(isBalanced(report));
  t.like(report.messages, { ingested: 4, released: 3, quarantined: 0 });
  t.is(await distinctCount(bench), 4 * linesEach);
  t.like(await bench.queue.depth(), { ...nothingLeft, dead: 1 });
});

test('a worker thread that dies is replaced, and what it held is read again', async (t) => {
  const bench = await newConsumerBench(t, { limits: { rows: 40 } });
  bench.faults[FAULT.putsKill] = 2;
  await announceObjects(bench, 8);
  const report = await bench.drain();
  t.true(isBalanced(report));
  t.is(bench.workers.length, 3);
  t.true(report.messages.released > 0);
  t.is(await distinctCount(bench), 8 * linesEach);
  t.like(await bench.queue.depth(), nothingLeft);
});

test('R-LIVENESS: worker threads that cannot start end the consumer, and spend no message', async (t) => {
  const bench = await newConsumerBench(t, { maxReceiveCount: 1 });
  await announceObjects(bench, 3);
  let started = 0;
  const consumer = bench.start({
    visibilityTimeoutMs: 300,
    startWorker: () => {
      started += 1;
      return new Worker('throw new Error("no such module")', { eval: true });
    },
  });
  await t.throwsAsync(consumer.finished, { message: /worker thread.*no such module/ });
  t.true(started <= 2);
});

test('R-LIVENESS: a consumer that holds work and does not move fails', async (t) => {
  const bench = await newConsumerBench(t);
  bench.faults[FAULT.getDelayMs] = 60_000;
  await announceObjects(bench, 1);
  const consumer = bench.start({ stalledMs: 800 });
  await t.throwsAsync(consumer.finished, { instanceOf: StalledError });
  const before = await bench.queue.depth();
  t.is(before.inFlight, 1);
});

test('R-LIVENESS: giving messages back again and again is not moving', async (t) => {
  const bench = await newConsumerBench(t, { maxReceiveCount: 1_000_000 });
  bench.faults[FAULT.getDelayMs] = 60_000;
  await announceObjects(bench, 1);
  await bench.queue.send(['not to be understood']);
  const queue: Queue = {
    ...bench.queue,
    release: (handles, options) => sleep(5).then(() => bench.queue.release(handles, options)),
  };
  const consumer = bench.start({ queue, stalledMs: 2_000 });
  t.like(consumer.health(), { state: 'working', lastCommitAt: undefined, paused: false });
  await t.throwsAsync(consumer.finished, { instanceOf: StalledError });
  t.true(consumer.report().messages.released > 1);
  t.like(consumer.health(), { state: 'stalled', lastCommitAt: undefined });
});

test('R-LIVENESS: neither an idle time nor an outage is taken for a stall', async (t) => {
  let isOut = false;
  const keys = scriptedKeys(() => (isOut ? 'unavailable' : 'unwrap'));
  const bench = await newConsumerBench(t, {
    keys: keys.service,
    ring: { attempts: 1 },
    limits: { ageMs: 50 },
  });
  const consumer = bench.start({ stalledMs: 4_000 });
  await sleep(4_500);
  // A watch falls into this reading.
  bench.faults[FAULT.getDelayMs] = 1_100;
  await announceObjects(bench, 1);
  await until(() => consumer.report().messages.ingested === 1);
  const { lastCommitAt } = consumer.health();
  t.true(lastCommitAt !== undefined && Date.now() - lastCommitAt.getTime() < 4_000);
  isOut = true;
  await bench.announce(sourceKey('1-1'), toDoBody('object 1', linesEach));
  await until(() => !bench.ring.isAvailable());
  await sleep(4_500);
  t.deepEqual(consumer.health(), { state: 'working', held: 1, lastCommitAt, paused: true });
  isOut = false;
  await until(() => consumer.report().messages.ingested === 2);
  t.like(consumer.report().messages, { received: 2, ingested: 2, released: 0 });
});

test('R-STOP: a queue that fails for too long ends the consumer, and nothing is received after that', async (t) => {
  const bench = await newConsumerBench(t);
  await announceObjects(bench, 2);
  let receives = 0;
  const broken: Queue = {
    ...bench.queue,
    async receive(options) {
      receives += 1;
      if (receives === 4) throw new Error('the queue is gone');
      return bench.queue.receive({ ...options, waitMs: 50 });
    },
  };
  const consumer = bench.start({ queue: broken, mostFailedReceives: 0 });
  await t.throwsAsync(consumer.finished, { message: 'the queue is gone' });
  const before = receives;
  await sleep(300);
  t.is(receives, before);
});

test('R-HB: a message that waits for its flush longer than its time-out is received once', async (t) => {
  const bench = await newConsumerBench(t, { maxReceiveCount: 1, limits: { ageMs: 5_000 } });
  await announceObjects(bench, 3);
  const stop = new AbortController();
  const consumer = bench.start({ visibilityTimeoutMs: 3_000, stop: stop.signal });
  await until(() => consumer.report().messages.ingested === 3);
  stop.abort();
  const report = await consumer.finished;
  t.is(report.messages.received, 3);
  t.like(await bench.queue.depth(), nothingLeft);
});

test('R-LATEACK: without heartbeats messages come again, and nothing is lost or doubled', async (t) => {
  const bench = await newConsumerBench(t, { maxReceiveCount: 50, limits: { ageMs: 700 } });
  const deaf: Queue = {
    ...bench.queue,
    changeVisibility: async () => {
      throw new Error('connection refused');
    },
  };
  await announceObjects(bench, 4);
  const stop = new AbortController();
  const consumer = bench.start({ queue: deaf, visibilityTimeoutMs: 200, stop: stop.signal });
  await until(async () => {
    const { visible, inFlight, delayed } = await bench.queue.depth();
    return visible + inFlight + delayed === 0;
  });
  stop.abort();
  const report = await consumer.finished;
  t.true(isBalanced(report));
  t.true(report.messages.received > 4 && report.lateAcknowledgements > 0);
  t.is(await distinctCount(bench), 4 * linesEach);
});

test('R-STOP: a stopped consumer takes no more, finishes what it reads, and holds nothing', async (t) => {
  const bench = await newConsumerBench(t);
  bench.faults[FAULT.getDelayMs] = 40;
  await announceObjects(bench, 60);
  const stop = new AbortController();
  const consumer = bench.start({ stop: stop.signal });
  await until(() => (bench.faults[FAULT.gets] ?? 0) >= 6);
  stop.abort();
  const report = await consumer.finished;
  t.true(isBalanced(report));
  t.true(report.messages.ingested >= 4 && report.messages.ingested < 60);
  t.is(await distinctCount(bench), report.messages.ingested * linesEach);
  t.like(await bench.queue.depth(), { ...nothingLeft, visible: 60 - report.messages.ingested });
  await sleep(200);
  t.is((await bench.queue.depth()).inFlight, 0);

  const rest = await bench.drain();
  t.true(isBalanced(rest));
  t.is(report.messages.ingested + rest.messages.ingested, 60);
  t.is(await distinctCount(bench), 60 * linesEach);
});

test('R-STOP: a consumer that is stopped before it begins receives nothing', async (t) => {
  const bench = await newConsumerBench(t);
  await announceObjects(bench, 2);
  const report = await bench.drain({ stop: AbortSignal.abort() });
  t.is(report.messages.received, 0);
  t.like(await bench.queue.depth(), { ...nothingLeft, visible: 2 });
});

test('R-DRAIN: a drain waits for messages that are in flight elsewhere or delayed', async (t) => {
  const bench = await newConsumerBench(t);
  await announceObjects(bench, 3);
  const [, delayed] = await bench.queue.receive({ max: 2, waitMs: 0, visibilityTimeoutMs: 1_200 });
  if (delayed === undefined) return t.fail();
  await bench.queue.release([delayed.receiptHandle], { delayMs: 700 });
  const report = await bench.drain();
  t.is(report.messages.ingested, 3);
  t.is(await distinctCount(bench), 3 * linesEach);
  t.like(await bench.queue.depth(), nothingLeft);
});

test('a queue that does not answer for a while is asked again, and nothing is lost', async (t) => {
  const bench = await newConsumerBench(t);
  let asked = 0;
  const flaky: Queue = {
    ...bench.queue,
    async receive(options) {
      asked += 1;
      if (asked % 3 !== 0) throw new Error('the queue is busy');
      return bench.queue.receive(options);
    },
  };
  await announceObjects(bench, 5);
  const report = await bench.drain({ queue: flaky });
  t.is(report.lines.rows, 5 * linesEach);
  t.true(isBalanced(report));
  t.true(bench.events.some(({ event }) => event === 'Receive:Failed'));
  t.deepEqual(await bench.queue.depth(), { ...nothingLeft, oldestSentAt: undefined });
});

test('R-DRAIN: a drain whose queue does not tell its depth for a while asks again', async (t) => {
  const bench = await newConsumerBench(t);
  let asked = 0;
  const flaky: Queue = {
    ...bench.queue,
    async depth() {
      asked += 1;
      if (asked < 3) throw new Error('the queue is busy');
      return bench.queue.depth();
    },
  };
  await announceObjects(bench, 2);
  const report = await bench.drain({ queue: flaky });
  t.is(report.lines.rows, 2 * linesEach);
  t.true(asked >= 3);
});
