import test from 'ava';
import { mock } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { heartbeat } from '../../consumer/heartbeat.ts';
import type { Queue } from '../../consumer/queue.ts';
import { newQueue, sendAndReceive } from '../helpers/queue-place.ts';

test('R-HB: a held message stays hidden far longer than its time-out, one that was let go does not', async (t) => {
  const queue = await newQueue(t);
  const beat = heartbeat(queue, 400, () => {});
  t.teardown(() => beat.stop());
  const messages = await sendAndReceive(queue, ['held', 'let go'], 400);
  for (const message of messages) beat.hold(message);
  const letGo = messages.find(({ body }) => body === 'let go');
  if (letGo !== undefined) beat.letGo(letGo);
  await sleep(1_200);
  const again = await queue.receive({ max: 10, waitMs: 0, visibilityTimeoutMs: 400 });
  t.deepEqual(
    again.map(({ body }) => body),
    ['let go'],
  );
});

test('R-STOP: after the stop nothing is extended any more', async (t) => {
  const queue = await newQueue(t);
  const beat = heartbeat(queue, 300, () => {});
  for (const message of await sendAndReceive(queue, ['held'], 300)) beat.hold(message);
  await sleep(450);
  t.is((await queue.depth()).inFlight, 1);
  beat.stop();
  await sleep(450);
  t.is((await queue.depth()).visible, 1);
});

test('nothing is asked of the queue while nothing is held', async (t) => {
  const queue = await newQueue(t);
  let calls = 0;
  const counting: Queue = {
    ...queue,
    changeVisibility: async (entries) => {
      calls += 1;
      return queue.changeVisibility(entries);
    },
  };
  const beat = heartbeat(counting, 30, () => {});
  await sleep(100);
  beat.stop();
  t.is(calls, 0);
});

test('R-HB: a beat that fails is logged, and the next one extends all the same', async (t) => {
  const queue = await newQueue(t);
  const events: string[] = [];
  let failures = 0;
  const flaky: Queue = {
    ...queue,
    changeVisibility: async (entries) => {
      failures += 1;
      if (failures === 1) throw new Error('connection refused');
      return queue.changeVisibility(entries);
    },
  };
  const beat = heartbeat(flaky, 600, (event) => events.push(event));
  t.teardown(() => beat.stop());
  for (const message of await sendAndReceive(queue, ['held'], 600)) beat.hold(message);
  await sleep(1_000);
  t.deepEqual(events, ['Heartbeat:Failed']);
  t.is((await queue.depth()).inFlight, 1);
});

test('R-LATEACK: a message that is somebody else’s by now is reported, not taken back', async (t) => {
  const queue = await newQueue(t);
  const events: unknown[] = [];
  const beat = heartbeat(queue, 90, (event, facts) => events.push({ event, ...facts }));
  const [message] = await sendAndReceive(queue, ['one'], 60_000);
  if (message === undefined) return t.fail();
  beat.hold(message);
  await queue.release([message.receiptHandle], { delayMs: 0 });
  await sleep(80);
  beat.stop();
  t.deepEqual(events.slice(0, 1), [{ event: 'Heartbeat:Late', messages: 1 }]);
  t.is((await queue.depth()).visible, 1);
});

test.serial('R-12H: a message is not held for ever', async (t) => {
  const queue = await newQueue(t);
  const extended: number[] = [];
  const counting: Queue = {
    ...queue,
    changeVisibility: async (entries) => {
      extended.push(entries.length);
      return entries.map(() => ({ kind: 'done' }));
    },
  };
  const messages = await sendAndReceive(queue, ['early', 'late']);
  mock.timers.enable({ apis: ['Date', 'setInterval'] });
  t.teardown(() => mock.timers.reset());
  const beat = heartbeat(counting, 3_600_000, () => {});
  const [early, late] = messages;
  if (early === undefined || late === undefined) return t.fail();
  beat.hold(early);
  mock.timers.tick(3.9 * 3_600_000);
  beat.hold(late);
  const before = extended.length;
  mock.timers.tick(1_200_000);
  beat.stop();
  t.deepEqual(extended.slice(before), [1]);
  t.true(extended.slice(0, before).every((entries) => entries === 1));
});
