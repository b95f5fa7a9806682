import type { ExecutionContext, TestFn } from 'ava';
import { setTimeout as delay } from 'node:timers/promises';
import type { Queue, QueueMessage } from '../../consumer/queue.ts';

/** Dead letters after two receives, and bodies of 1,000 bytes at most. */
export type OpenQueue = (t: ExecutionContext) => Promise<Queue>;

/** What a queue need not do as exactly as the others. */
export interface QueueAbilities {
  /** The shortest time it can hide a message for. */
  readonly shortestMs: number;
  /** Whether it takes characters beyond the basic plane. */
  readonly takesEmoji: boolean;
  /** Whether a dead letter that was only looked at counts as received once more. */
  readonly countsLooks: boolean;
}

/** Declares what every queue must do. `open` gives a test an empty queue of its own. */
export function testQueue(
  test: TestFn,
  open: OpenQueue,
  { shortestMs, takesEmoji, countsLooks }: QueueAbilities = {
    shortestMs: 1,
    takesEmoji: true,
    countsLooks: false,
  },
): void {
  const smile = takesEmoji ? '🙂' : '☺';

  test('a message arrives as it was sent, and is gone once deleted', async (t) => {
    const queue = await open(t);
    const bodies = [
      'plain',
      `{"key":"a b+c#d ${smile}/é.gz"}\r\n\t"quoted"`,
      '\uFFFD\u2028',
      'x'.repeat(1000),
    ];
    const before = Date.now();
    const sent = await queue.send(bodies);
    const messages = await receiveAll(queue, bodies.length);
    t.deepEqual(messages.map(({ body }) => body).toSorted(), bodies.toSorted());
    t.deepEqual(messages.map(({ id }) => id).toSorted(), sent.map((result) => idOf(result)).toSorted());
    for (const message of messages) {
      t.is(message.receiveCount, 1);
      t.true(message.sentAt.getTime() >= before - 1000 && message.sentAt.getTime() <= Date.now() + 1000);
    }
    t.deepEqual(await queue.delete(messages.map(({ receiptHandle }) => receiptHandle)), allDone(4));
    t.like(await queue.depth(), { visible: 0, inFlight: 0, delayed: 0, dead: 0, oldestSentAt: undefined });
  });

  test('a batch may be empty', async (t) => {
    const queue = await open(t);
    t.deepEqual(await queue.send([]), []);
    t.deepEqual(await queue.delete([]), []);
    t.deepEqual(await queue.changeVisibility([]), []);
    t.deepEqual(await queue.release([], { delayMs: 0 }), []);
    t.deepEqual(await queue.redrive([]), []);
    t.deepEqual(await queue.peekDeadLetters(10), []);
    t.deepEqual(await queue.receive(NO_WAIT), []);
  });

  test('R-QSIZE: a body over the limit is refused and says so; the others of its batch are sent', async (t) => {
    const queue = await open(t);
    const results = await queue.send(['fits', 'é'.repeat(501), 'fits too', 'half a pair \uD83D']);
    t.deepEqual(
      results.map(({ kind }) => kind),
      ['sent', 'refused', 'sent', 'refused'],
    );
    t.like(results[1], { reason: '1002 bytes, the limit is 1000' });
    t.like(results[3], { reason: 'not well-formed Unicode' });
    t.is((await receiveAll(queue, 2)).length, 2);
    t.deepEqual(await queue.receive(NO_WAIT), []);
  });

  test('a receive takes 1 to 10 messages', async (t) => {
    const queue = await open(t);
    await queue.send(Array.from({ length: 15 }, (_, index) => `message ${index}`));
    for (const max of [0, 11, 1.5]) {
      await t.throwsAsync(queue.receive({ ...NO_WAIT, max }), { instanceOf: RangeError });
    }
    await t.throwsAsync(queue.receive({ ...NO_WAIT, visibilityTimeoutMs: 0 }), { instanceOf: RangeError });
    const first = await queue.receive({ ...NO_WAIT, max: 10 });
    t.true(first.length > 0 && first.length <= 10);
    t.is((await receiveAll(queue, 15 - first.length)).length, 15 - first.length);
  });

  test('a message in flight is hidden, and comes back when its time is over', async (t) => {
    const queue = await open(t);
    await queue.send(['message']);
    const startMs = performance.now();
    const [first] = await queue.receive({ ...NO_WAIT, visibilityTimeoutMs: 300 });
    const [second] = await queue.receive(LONG_WAIT);
    t.true(performance.now() - startMs >= 299);
    t.like(second, { id: first?.id, body: 'message', receiveCount: 2 });
    t.not(second?.receiptHandle, first?.receiptHandle);
  });

  test('R-LATEACK: a receipt handle of before a redelivery settles nothing', async (t) => {
    const queue = await open(t);
    await queue.send(['message']);
    const stale = await receiveOne(queue, 1);
    const current = (await queue.receive(LONG_WAIT))[0]?.receiptHandle ?? '';
    await queue.delete([stale.receiptHandle]);
    await queue.release([stale.receiptHandle], { delayMs: 0 });
    await queue.changeVisibility([{ receiptHandle: stale.receiptHandle, visibilityTimeoutMs: 0 }]);
    t.like(await queue.depth(), { visible: 0, inFlight: 1 });
    t.deepEqual(await queue.delete([current]), allDone(1));
  });

  test('a message whose time is over can be deleted while nobody else received it', async (t) => {
    const queue = await open(t);
    await queue.send(['message']);
    const { receiptHandle } = await receiveOne(queue, 1);
    await delay(shortestMs + 20);
    t.deepEqual(await queue.delete([receiptHandle]), allDone(1));
    t.deepEqual(await queue.receive(NO_WAIT), []);
  });

  test('R-HB: a message stays hidden for as long as its time is extended, and not longer', async (t) => {
    const queue = await open(t);
    await queue.send(['message']);
    const { receiptHandle } = await receiveOne(queue, 1_000);
    t.deepEqual(await queue.changeVisibility([{ receiptHandle, visibilityTimeoutMs: 60_000 }]), allDone(1));
    await delay(1_050);
    t.deepEqual(await queue.receive(NO_WAIT), []);
    t.deepEqual(await queue.changeVisibility([{ receiptHandle, visibilityTimeoutMs: 0 }]), allDone(1));
    t.like(await queue.receive(LONG_WAIT), [{ receiveCount: 2 }]);
  });

  test('R-BATCHAPI: a batch is settled entry by entry, in its order', async (t) => {
    const queue = await open(t);
    await queue.send(['one', 'two', 'three']);
    const [one, two, three] = (await receiveAll(queue, 3)).map(({ receiptHandle }) => receiptHandle);
    if (one === undefined || two === undefined || three === undefined) return t.fail();
    t.deepEqual(await queue.release([two], { delayMs: 0 }), allDone(1));
    const settled = await queue.changeVisibility(
      [one, two, three].map((receiptHandle) => ({ receiptHandle, visibilityTimeoutMs: 60_000 })),
    );
    t.deepEqual(
      settled.map(({ kind }) => kind),
      ['done', 'expired', 'done'],
    );
    t.like(await queue.depth(), { inFlight: 2 });
    await queue.delete([three, 'no handle at all', one]);
    t.like(await queue.receive(LONG_WAIT), [{ body: 'two', receiveCount: 2 }]);
  });

  test('a released message comes back after its delay', async (t) => {
    const queue = await open(t);
    await queue.send(['message']);
    const { receiptHandle } = await receiveOne(queue, 60_000);
    const startMs = performance.now();
    t.deepEqual(await queue.release([receiptHandle], { delayMs: 300.5 }), allDone(1));
    t.like(await queue.receive(LONG_WAIT), [{ body: 'message', receiveCount: 2 }]);
    t.true(performance.now() - startMs >= 299);
  });

  test('a message received too often becomes a dead letter at the next receive, and can be redriven', async (t) => {
    const queue = await open(t);
    const poison = `poison ${smile}`;
    const [sent] = await queue.send([poison]);
    await queue.send(['good']);
    for (let receives = 0; receives < 2; receives++) {
      for (const { body, receiptHandle } of await receiveAll(queue, 2 - receives)) {
        if (body === 'good') await queue.delete([receiptHandle]);
        else await queue.release([receiptHandle], { delayMs: 0 });
      }
    }
    t.like(await queue.depth(), { visible: 1, dead: 0 });
    t.deepEqual(await queue.receive(NO_WAIT), []);
    t.like(await queue.depth(), { visible: 0, inFlight: 0, delayed: 0, dead: 1 });

    const letters = await queue.peekDeadLetters(10);
    t.like(letters, [{ body: poison }]);
    if (!countsLooks) t.is(letters[0]?.receiveCount, 2);
    t.is(letters[0]?.id, sent?.kind === 'sent' ? sent.id : '');
    const redriven = await queue.redrive([letters[0]?.id ?? '', 'unknown']);
    t.deepEqual(
      redriven.map(({ kind }) => kind),
      ['sent', 'missing'],
    );
    t.like(await queue.depth(), { visible: 1, dead: 0 });
    t.like(await queue.receive(LONG_WAIT), [{ body: poison, receiveCount: 1 }]);
  });

  test('a receive waits for a message to be sent', async (t) => {
    const queue = await open(t);
    const receiving = queue.receive(LONG_WAIT);
    await delay(50);
    await queue.send(['late']);
    t.like(await receiving, [{ body: 'late' }]);
  });

  test('R-STOP: a waiting receive ends with nothing when its time is over, it is aborted or the queue closes', async (t) => {
    const queue = await open(t);
    t.deepEqual(await queue.receive({ ...NO_WAIT, waitMs: 50 }), []);

    const controller = new AbortController();
    const startMs = performance.now();
    const aborted = queue.receive({ ...LONG_WAIT, signal: controller.signal });
    controller.abort();
    t.deepEqual(await aborted, []);
    await queue.send(['not for the aborted']);
    t.deepEqual(await queue.receive({ ...LONG_WAIT, signal: controller.signal }), []);
    await queue.delete([(await receiveOne(queue, 60_000)).receiptHandle]);

    const closed = queue.receive(LONG_WAIT);
    await queue.close();
    await queue.close();
    t.deepEqual(await closed, []);
    t.deepEqual(await queue.receive(LONG_WAIT), []);
    t.true(performance.now() - startMs < 10_000);
  });

  test('R-DRAIN: the depth counts every message once', async (t) => {
    const queue = await open(t);
    const before = Date.now();
    await queue.send(Array.from({ length: 6 }, (_, index) => `message ${index}`));
    t.like(await queue.depth(), { visible: 6, inFlight: 0, delayed: 0, dead: 0 });
    const [deleted, released] = await receiveAll(queue, 4, 4);
    if (deleted === undefined || released === undefined) return t.fail();
    await queue.delete([deleted.receiptHandle]);
    await queue.release([released.receiptHandle], { delayMs: 60_000 });
    const { visible, inFlight, delayed, dead, oldestSentAt } = await queue.depth();
    t.deepEqual([visible, inFlight + delayed, dead], [2, 3, 0]);
    if (oldestSentAt !== undefined) t.true(Math.abs(oldestSentAt.getTime() - before) < 10_000);
  });

  test('of several receivers at once, none gets a message that another has', async (t) => {
    const queue = await open(t);
    await queue.send(Array.from({ length: 50 }, (_, index) => `message ${index}`));
    const received = await Promise.all([17, 16, 17].map((count) => receiveAll(queue, count)));
    t.is(new Set(received.flat().map(({ id }) => id)).size, 50);
  });
}

export const NO_WAIT = { max: 10, waitMs: 0, visibilityTimeoutMs: 60_000 } as const;
export const LONG_WAIT = { max: 10, waitMs: 20_000, visibilityTimeoutMs: 60_000 } as const;

/** Receives until so many messages have come; as on SQS, one receive may bring fewer than there are. */
export async function receiveAll(queue: Queue, count: number, max = 10): Promise<QueueMessage[]> {
  const messages: QueueMessage[] = [];
  while (messages.length < count) {
    const received = await queue.receive({ ...LONG_WAIT, max: Math.min(max, count - messages.length) });
    if (received.length === 0) throw new Error(`only ${messages.length} of ${count} messages came`);
    messages.push(...received);
  }
  return messages;
}

export async function receiveOne(queue: Queue, visibilityTimeoutMs: number): Promise<QueueMessage> {
  const [message] = await queue.receive({ ...LONG_WAIT, max: 1, visibilityTimeoutMs });
  if (message === undefined) throw new Error('no message came');
  return message;
}

function allDone(count: number): readonly { kind: 'done' }[] {
  return Array.from({ length: count }, () => ({ kind: 'done' }));
}

function idOf(result: { kind: string; id?: string }): string {
  return result.id ?? result.kind;
}
