import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { FauxqsServer } from 'fauxqs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqsQueue, type SqsQueueOptions } from '../../consumer/queue-sqs.ts';
import type { OnceQueue } from '../../consumer/queue.ts';
import { isBalanced, newConsumerBench, objectCreated } from '../helpers/consumer-bench.ts';
import {
  baseOf,
  makeQueuePair,
  sqsClient,
  startSqs,
  startSqsProxy,
  type ProxiedAnswer,
  type ProxiedRequest,
} from '../helpers/sqs-server.ts';
import { distinctRows, readParts } from '../helpers/published.ts';
import { sourceKey } from '../helpers/rows.ts';
import { toDoBody } from '../helpers/to-do-objects.ts';
import { until } from '../helpers/until.ts';
import { LONG_WAIT, NO_WAIT, receiveAll, receiveOne, testQueue } from './queue-suite.ts';

let server: FauxqsServer;
test.before(async () => {
  server = await startSqs();
});
test.after.always(() => server.stop());

/** The emulator takes no emoji, though SQS does. */
testQueue(test, async (t) => openQueue(t, { maxBodyBytes: 1_000 }), {
  shortestMs: 1_000,
  takesEmoji: false,
  countsLooks: true,
});

test('R-BATCHAPI: no batch is of more than ten entries or a quarter of a mebibyte, unless of one message', async (t) => {
  const sizes: number[][] = [];
  const queue = await openFaulty(t, async ({ operation, input, forward }) => {
    if (operation === 'SendMessageBatch') {
      const entries = input['Entries'] as readonly { readonly MessageBody: string }[];
      sizes.push(entries.map(({ MessageBody }) => MessageBody.length));
    }
    return forward();
  });
  const lengths = [...Array<number>(11).fill(1), 200_000, 70_000, 300_000, 1];
  const results = await queue.send(lengths.map((length) => 'x'.repeat(length)));
  t.deepEqual(
    results.map(({ kind }) => kind),
    lengths.map(() => 'sent'),
  );
  t.deepEqual(
    sizes.toSorted((a, b) => b.length - a.length || (a[0] ?? 0) - (b[0] ?? 0)),
    [Array(10).fill(1), [1, 200_000], [1], [70_000], [300_000]],
  );
});

test('R-BATCHAPI: entries that fail are told from those that went, and from those nothing is said about', async (t) => {
  const queue = await openFaulty(t, async ({ operation, forward }) => {
    if (operation !== 'SendMessageBatch') return forward();
    const { body } = await forward();
    const { Successful } = JSON.parse(body) as { Successful: { Id: string }[] };
    return json({
      Successful: Successful.filter(({ Id }) => Id === '0'),
      Failed: [
        { Id: '1', Code: 'InternalError', SenderFault: false },
        { Id: '2', Code: 'AWS.SimpleQueueService.InvalidMessageContents', SenderFault: true },
      ],
    });
  });
  const results = await queue.send(['sent', 'failed', 'refused', 'unanswered']);
  t.is(results[0]?.kind, 'sent');
  t.deepEqual(results.slice(1), [
    { kind: 'failed', reason: 'InternalError' },
    { kind: 'refused', reason: 'InvalidMessageContents' },
    { kind: 'failed', reason: 'the answer leaves it out' },
  ]);
});

test('R-ONERETRY: entries that SQS fails by a fault of its own are tried again, and no others', async (t) => {
  const asked: string[][] = [];
  const queue = await openFaulty(t, async ({ operation, input, forward }) => {
    if (operation !== 'SendMessageBatch') return forward();
    const entries = input['Entries'] as readonly { readonly Id: string; readonly MessageBody: string }[];
    asked.push(entries.map(({ MessageBody }) => MessageBody));
    const { body } = await forward();
    const { Successful } = JSON.parse(body) as { Successful: { Id: string }[] };
    const failed = entries.filter(({ MessageBody }) => MessageBody === 'never' || asked.length < 3);
    const Failed = failed.map(({ Id, MessageBody }) => ({
      Id,
      Code: 'InternalError',
      SenderFault: MessageBody === 'never',
    }));
    return json({ Successful: Successful.filter(({ Id }) => failed.every((one) => one.Id !== Id)), Failed });
  });
  const kinds = (await queue.send(['never', 'at last', 'with it'])).map(({ kind }) => kind);
  t.deepEqual(kinds, ['failed', 'sent', 'sent']);
  t.deepEqual(asked, [['never', 'at last', 'with it'], ...Array(2).fill(['at last', 'with it'])]);
});

test('R-BATCHAPI: a batch that fails as a whole fails for its entries alone', async (t) => {
  const queue = await openFaulty(t, async ({ operation, input, forward }) => {
    const isSecond = JSON.stringify(input).includes('second batch');
    return operation === 'SendMessageBatch' && isSecond ? fault(400, 'AccessDeniedException') : forward();
  });
  const bodies = [...Array<string>(10).fill('first'), ...Array<string>(10).fill('second batch'), 'third'];
  const results = await queue.send(bodies);
  t.deepEqual(
    results.map(({ kind }) => kind),
    bodies.map((body) => (body === 'second batch' ? 'failed' : 'sent')),
  );
  t.like(results[10], { reason: 'AccessDeniedException: AccessDeniedException' });
  t.like(await queue.depth(), { visible: 11 });
});

test('R-BATCHAPI: deletes and extensions that fail say which', async (t) => {
  const queue = await openFaulty(t, async ({ operation, forward }) => {
    if (operation === 'DeleteMessageBatch' || operation === 'ChangeMessageVisibilityBatch') {
      return json({
        Successful: [{ Id: '1' }],
        Failed: [
          { Id: '0', Code: 'RequestThrottled', SenderFault: false },
          { Id: '2', Code: 'ReceiptHandleIsInvalid', SenderFault: true },
        ],
      });
    }
    return forward();
  });
  const expected = [
    { kind: 'failed', reason: 'RequestThrottled' },
    { kind: 'done' },
    { kind: 'expired' },
    { kind: 'failed', reason: 'the answer leaves it out' },
  ];
  const handles = ['a', 'b', 'c', 'd'];
  t.deepEqual(await queue.delete(handles), expected);
  t.deepEqual(await queue.release(handles, { delayMs: 0 }), expected);
  t.deepEqual(
    await queue.changeVisibility(
      handles.map((receiptHandle) => ({ receiptHandle, visibilityTimeoutMs: 1_000 })),
    ),
    expected,
  );
});

for (const [name, failure] of [
  ['a fault of the service', fault(500, 'InternalFailure')],
  ['throttling', fault(400, 'ThrottlingException')],
] as const) {
  test(`R-ONERETRY: the client alone tries again after ${name}, three times at most`, async (t) => {
    let failuresLeft = 2;
    let attempts = 0;
    const queue = await openFaulty(t, async ({ forward }) => {
      attempts += 1;
      failuresLeft -= 1;
      return failuresLeft >= 0 ? failure : forward();
    });
    t.like(await queue.send(['message']), [{ kind: 'sent' }]);
    t.is(attempts, 3);
    failuresLeft = Number.POSITIVE_INFINITY;
    await t.throwsAsync(queue.receive(NO_WAIT));
    t.is(attempts, 6);
    t.like(await queue.send(['lost']), [{ kind: 'failed' }]);
    failuresLeft = 0;
    t.like(await queue.receive(LONG_WAIT), [{ body: 'message', receiveCount: 1 }]);
  });
}

test('a send whose answer never came may be there twice, and is never told to be gone', async (t) => {
  let isSilent = true;
  const queue = await openFaulty(
    t,
    async ({ operation, forward }) => {
      const answered = await forward();
      if (operation !== 'SendMessageBatch' || !isSilent) return answered;
      isSilent = false;
      return undefined;
    },
    { requestTimeoutMs: 3_000 },
  );
  t.like(await queue.send(['message']), [{ kind: 'sent' }]);
  t.like(await queue.depth(), { visible: 2 });
});

test('R-STOP: what arrives after the end is given back before closing resolves, and nothing after', async (t) => {
  const held = Promise.withResolvers<void>();
  let receives = 0;
  const pair = makeQueuePair(server);
  const queue = await openFaulty(
    t,
    async ({ operation, forward }) => {
      if (operation !== 'ReceiveMessage') return forward();
      receives += 1;
      const answered = await forward();
      await held.promise;
      return answered;
    },
    { pair },
  );
  const direct = openQueue(t, pair);
  await direct.send(['late']);
  const stop = new AbortController();
  const receiving = queue.receive({ ...LONG_WAIT, signal: stop.signal });
  await until(async () => (await direct.depth()).inFlight === 1);
  stop.abort();
  t.deepEqual(await receiving, []);

  let isClosed = false;
  const closing = queue.close().then(() => (isClosed = true));
  await sleep(50);
  t.false(isClosed);
  t.like(await direct.depth(), { inFlight: 1 });
  held.resolve();
  await closing;
  t.like(await direct.depth(), { visible: 1, inFlight: 0 });
  t.deepEqual(await queue.receive(LONG_WAIT), []);
  t.is(receives, 1);
});

test('R-STOP: a receive that ends between two requests ends as well', async (t) => {
  const queues = Array.from({ length: 40 }, () =>
    openFaulty(t, async () => json({}), { requestWaitMs: 1_000 }),
  );
  for (const [index, opening] of queues.entries()) {
    const queue = await opening;
    const receiving = queue.receive(LONG_WAIT);
    await sleep(10 + index / 4);
    await queue.close();
    t.deepEqual(await receiving, []);
  }
});

test('a receive asks again until its time is over, each time for no longer than is left', async (t) => {
  const waits: number[] = [];
  const queue = await openFaulty(
    t,
    async ({ operation, input, forward }) => {
      if (operation !== 'ReceiveMessage') return forward();
      waits.push(Number(input['WaitTimeSeconds']));
      if (waits.length > 1) return forward();
      await sleep(3_100);
      return json({});
    },
    { requestWaitMs: 6_000 },
  );
  await queue.send(['message']);
  t.like(await queue.receive({ ...NO_WAIT, waitMs: 8_000 }), [{ body: 'message', receiveCount: 1 }]);
  const [first, second = 0, ...others] = waits;
  t.is(first, 6);
  t.true(second >= 1 && second <= 5);
  t.deepEqual(others, []);
});

test('R-12H: no message is hidden for longer than SQS allows', async (t) => {
  const asked: unknown[] = [];
  const queue = await openFaulty(t, async ({ operation, input, forward }) => {
    if (operation === 'ChangeMessageVisibilityBatch') asked.push(input['Entries']);
    return forward();
  });
  await queue.send(['message']);
  const { receiptHandle } = await receiveOne(queue, 60_000);
  const extended = await queue.changeVisibility([{ receiptHandle, visibilityTimeoutMs: 13 * 3_600_000 }]);
  t.deepEqual(extended, [{ kind: 'done' }]);
  t.deepEqual(asked, [[{ Id: '0', ReceiptHandle: receiptHandle, VisibilityTimeout: 43_200 }]]);
});

test('R-MOVE: a dead letter whose send fails stays, and only the others go', async (t) => {
  let isFailing = false;
  const queue = await openFaulty(t, async ({ operation, input, forward }) => {
    if (operation !== 'SendMessageBatch' || !isFailing) return forward();
    const entries = input['Entries'] as readonly { readonly Id: string; readonly MessageBody: string }[];
    const { body } = await forward();
    const { Successful } = JSON.parse(body) as { Successful: { Id: string }[] };
    const isBad = (id: string) => entries.some(({ Id, MessageBody }) => Id === id && MessageBody === 'bad');
    return json({
      Successful: Successful.filter(({ Id }) => !isBad(Id)),
      Failed: Successful.filter(({ Id }) => isBad(Id)).map(({ Id }) => ({ Id, Code: 'InternalError' })),
    });
  });
  await makeDead(queue, ['good', 'bad', 'other']);
  const letters = await queue.peekDeadLetters(10);
  const idOf = (body: string) => letters.find((letter) => letter.body === body)?.id ?? '';
  t.is((await queue.peekDeadLetters(2)).length, 2);
  isFailing = true;
  const redriven = await queue.redrive([idOf('bad'), idOf('good'), 'unknown']);
  t.deepEqual(
    redriven.map(({ kind }) => kind),
    ['failed', 'sent', 'missing'],
  );
  const left = (await queue.peekDeadLetters(10)).map(({ body }) => body);
  t.deepEqual(left.toSorted(), ['bad', 'other']);
});

test('dead letters that cannot be received are not called missing', async (t) => {
  const queue = await openFaulty(t, async ({ operation, forward }) =>
    operation === 'ReceiveMessage' ? fault(400, 'AccessDeniedException') : forward(),
  );
  t.deepEqual(await queue.redrive(['some']), [{ kind: 'failed', reason: 'AccessDeniedException' }]);
});

test('a message sent once is sent each time, as SQS has no memory', async (t) => {
  const queue = openQueue(t);
  const message = { id: 'one', body: 'body' };
  t.like(await queue.sendOnce([message]), [{ kind: 'sent' }]);
  t.like(await queue.sendOnce([message]), [{ kind: 'sent' }]);
  t.is((await receiveAll(queue, 2)).length, 2);
});

test('R-ORDER: a consumer on a queue that fails now and then ingests every message, and leaves none', async (t) => {
  const objects = 30;
  let requests = 0;
  let failingDeletes = 3;
  const queue = await openFaulty(
    t,
    async ({ operation, forward }) => {
      requests += 1;
      if (requests % 7 === 0) return fault(500, 'InternalFailure');
      if (operation !== 'DeleteMessageBatch' || failingDeletes === 0) return forward();
      failingDeletes -= 1;
      return json({ Failed: [{ Id: '0', Code: 'InternalError' }] });
    },
    { pair: makeQueuePair(server, 20) },
  );
  const bench = await newConsumerBench(t, { limits: { ageMs: 100 } });
  const bodies: string[] = [];
  for (let index = 0; index < objects; index++) {
    const key = sourceKey(`${index}-${index}`);
    const put = await bench.corporate.put(key, toDoBody(`object ${index}`, 5));
    bodies.push(objectCreated(key, put.kind === 'stored' ? put : {}));
  }
  t.true((await queue.send(bodies)).every(({ kind }) => kind === 'sent'));
  const report = await bench.drain({ queue, visibilityTimeoutMs: 1_000 });
  t.true(isBalanced(report));
  t.true(report.failedAcknowledgements >= 3);
  t.true(report.messages.received >= objects + report.failedAcknowledgements);
  t.like(await queue.depth(), { visible: 0, inFlight: 0, delayed: 0, dead: 0 });
  t.is(distinctRows(await readParts(bench.published)).size, objects * 5);
});

test('R-DRAIN: a drain does not trust a depth that says nothing is left, nor polls that find nothing', async (t) => {
  let wrongDepths = 6;
  const queue = await openFaulty(
    t,
    async ({ operation, forward }) => {
      if (wrongDepths === 0) return forward();
      if (operation === 'ReceiveMessage') return sleep(50, json({}));
      if (operation !== 'GetQueueAttributes') return forward();
      wrongDepths -= 1;
      return json({
        Attributes: {
          ApproximateNumberOfMessages: '0',
          ApproximateNumberOfMessagesNotVisible: '0',
          ApproximateNumberOfMessagesDelayed: '0',
        },
      });
    },
    { depthLagMs: 1_500 },
  );
  const bench = await newConsumerBench(t);
  const key = sourceKey('0-0');
  await bench.corporate.put(key, toDoBody('object', 5));
  await queue.send([objectCreated(key)]);
  const report = await bench.drain({ queue });
  t.is(report.lines.rows, 5);
});

function openQueue(t: ExecutionContext, options: Partial<SqsQueueOptions> = {}): OnceQueue {
  const queue = sqsQueue(sqsClient(t, baseOf(server)), {
    ...makeQueuePair(server),
    requestWaitMs: 1_000,
    depthLagMs: 0,
    ...options,
  });
  t.teardown(() => queue.close());
  return queue;
}

/** A queue behind a proxy. */
async function openFaulty(
  t: ExecutionContext,
  answer: (request: ProxiedRequest) => Promise<ProxiedAnswer | undefined>,
  { requestTimeoutMs = 10_000, requestWaitMs = 1_000, depthLagMs = 0, pair = makeQueuePair(server) } = {},
): Promise<OnceQueue> {
  const base = await startSqsProxy(t, server, answer);
  const requestHandler = { requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true };
  const at = (url: string) => base + new URL(url).pathname;
  const queue = sqsQueue(sqsClient(t, base, { requestHandler }), {
    url: at(pair.url),
    deadLetterUrl: at(pair.deadLetterUrl),
    requestWaitMs,
    depthLagMs,
  });
  t.teardown(() => queue.close());
  return queue;
}

async function makeDead(queue: OnceQueue, bodies: readonly string[]): Promise<void> {
  await queue.send(bodies);
  for (let receives = 0; receives < 2; receives++) {
    const handles = (await receiveAll(queue, bodies.length)).map(({ receiptHandle }) => receiptHandle);
    await queue.release(handles, { delayMs: 0 });
  }
  await queue.receive(NO_WAIT);
}

function json(value: unknown): ProxiedAnswer {
  return { status: 200, body: JSON.stringify(value) };
}

function fault(status: number, name: string): ProxiedAnswer {
  return { status, body: JSON.stringify({ __type: `com.amazonaws.sqs#${name}`, message: name }) };
}
