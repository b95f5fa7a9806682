import test from 'ava';
import { acknowledgements } from '../../consumer/acknowledge.ts';
import type { Queue } from '../../consumer/queue.ts';
import { newTally } from '../../consumer/tally.ts';
import { newQueue, sendAndReceive } from '../helpers/queue-place.ts';

const bodies = (count: number): string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

test('messages settled at one moment are deleted together, later ones by themselves', async (t) => {
  const queue = await newQueue(t);
  const calls: number[] = [];
  const counting: Queue = {
    ...queue,
    delete: async (receipts) => {
      calls.push(receipts.length);
      return queue.delete(receipts);
    },
  };
  const acknowledge = acknowledgements(counting, newTally(), () => {});
  const messages = await sendAndReceive(queue, bodies(25));
  await Promise.all(messages.slice(0, 20).map((message) => acknowledge.delete(message)));
  await Promise.all(messages.slice(20).map((message) => acknowledge.delete(message)));
  t.deepEqual(calls, [20, 5]);
  t.like(await queue.depth(), { visible: 0, inFlight: 0, delayed: 0, dead: 0 });
});

test('the promise resolves when the queue has answered, not before', async (t) => {
  const queue = await newQueue(t);
  const answered = Promise.withResolvers<void>();
  const slow: Queue = {
    ...queue,
    async delete(receipts) {
      await answered.promise;
      return queue.delete(receipts);
    },
  };
  const [message] = await sendAndReceive(queue, ['one']);
  if (message === undefined) return t.fail();
  let isDone = false;
  const deleting = acknowledgements(slow, newTally(), () => {})
    .delete(message)
    .then(() => (isDone = true));
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  t.false(isDone);
  answered.resolve();
  await deleting;
  t.is((await queue.depth()).inFlight, 0);
});

test('R-LATEACK: a message that went to another consumer meanwhile is counted, and is no error', async (t) => {
  const queue = await newQueue(t);
  const tally = newTally();
  const acknowledge = acknowledgements(queue, tally, () => {});
  const [late, inTime] = await sendAndReceive(queue, bodies(2));
  if (late === undefined || inTime === undefined) return t.fail();
  await queue.release([late.receiptHandle], { delayMs: 0 });
  await Promise.all([acknowledge.delete(late), acknowledge.delete(inTime)]);
  t.like(tally.report(), { lateAcknowledgements: 1, failedAcknowledgements: 0 });
  t.is((await queue.depth()).visible, 1);
});

test('R-BATCHAPI: of a batch that fails in part, the failed entries are counted', async (t) => {
  const queue = await newQueue(t);
  const tally = newTally();
  const flaky: Queue = {
    ...queue,
    async delete(receipts) {
      const results = await queue.delete(receipts.slice(1));
      return [{ kind: 'failed', reason: 'throttled' }, ...results];
    },
  };
  const acknowledge = acknowledgements(flaky, tally, () => {});
  const messages = await sendAndReceive(queue, bodies(3));
  await Promise.all(messages.map((message) => acknowledge.delete(message)));
  t.like(tally.report(), { lateAcknowledgements: 0, failedAcknowledgements: 1 });
});

test('R-LATEACK: a queue that does not answer is counted and logged, and is no error', async (t) => {
  const queue = await newQueue(t);
  const tally = newTally();
  const events: unknown[] = [];
  const broken: Queue = {
    ...queue,
    delete: async () => {
      throw new Error('connection refused');
    },
  };
  const acknowledge = acknowledgements(broken, tally, (event, facts) => events.push({ event, ...facts }));
  const messages = await sendAndReceive(queue, bodies(3));
  await Promise.all(messages.map((message) => acknowledge.delete(message)));
  t.is(tally.report().failedAcknowledgements, 3);
  t.deepEqual(events, [{ event: 'Acknowledge:Failed', messages: 3, reason: 'connection refused' }]);
});
