import test from 'ava';
import { gzipSync } from 'node:zlib';
import { ownEvent } from '../../schemas/own-event.ts';
import { PART_METADATA } from '../../schemas/part.ts';
import { randomFrom } from '../../schemas/sample/random.ts';
import {
  isBalanced,
  newConsumerBench,
  objectCreated,
  type ConsumerBench,
} from '../helpers/consumer-bench.ts';
import { distinctRows, readParts, readQuarantine, type PublishedPart } from '../helpers/published.ts';
import { sourceKey } from '../helpers/rows.ts';
import { expectedTruth, publishedTruth, writeBucket } from '../helpers/sample-truth.ts';
import { toDoBody } from '../helpers/to-do-objects.ts';
import { FAULT } from '../helpers/worker-faults.ts';

const wrongGeneration = ownEvent({ key: sourceKey('0-19'), generation: 7 }).replace('7}', '"7"}');
const nothingLeft = { visible: 0, inFlight: 0, delayed: 0, dead: 0 };

test('R-NODROP: a bucket with faults and replays comes out row for row and entry for entry, and all counts add up', async (t) => {
  const bench = await newConsumerBench(t);
  const { truth, events } = await writeBucket(bench, { faultShare: 0.05, replayShare: 0.2 });
  await bench.queue.send(events);
  const report = await bench.drain({ workers: 2 });

  t.deepEqual(await publishedTruth(bench, truth.truncated), expectedTruth(truth));
  t.true(isBalanced(report));
  t.is(report.messages.received, events.length);
  t.is(report.objects.ingested, truth.objects);
  t.is(report.parts.rows, report.lines.rows);
  const entries = await readQuarantine(bench.published);
  t.is(entries.length, report.lines.quarantined);
  t.deepEqual(
    Object.values(report.quarantined).reduce((sum, count) => sum + count, 0),
    entries.length,
  );
  t.like(await bench.queue.depth(), nothingLeft);
});

test('R-LEDGERSAFE: the parts tell of every object how it was read to its end', async (t) => {
  const bench = await newConsumerBench(t, { limits: { rows: 100 } });
  const { truth, events } = await writeBucket(bench, { faultShare: 0.05, records: 1_000 });
  await bench.queue.send(events);
  const report = await bench.drain({ workers: 2 });

  const sources = (await readParts(bench.published)).flatMap((part) => part.sources);
  const rows = new Map<string, number>();
  for (const { key, rows: count } of sources) rows.set(key, (rows.get(key) ?? 0) + count);
  const whole = sources.filter(({ object }) => object !== undefined);
  t.is(whole.length, truth.objects);
  t.is(new Set(whole.map(({ key }) => key)).size, truth.objects);
  for (const { key, object } of whole) {
    if (object === undefined) continue;
    t.is(object.rows, rows.get(key) ?? 0);
    t.is(object.lines, object.rows + object.quarantined + object.blank);
  }
  t.is(
    whole.reduce((sum, { object }) => sum + (object?.lines ?? 0), 0),
    report.lines.read,
  );
});

test('R-GROUPING: every event one to five times in any order, to two consumers, adds no row and no entry', async (t) => {
  const bench = await newConsumerBench(t);
  const { truth, events } = await writeBucket(bench, { faultShare: 0.03, records: 1_200 });
  const random = randomFrom('storm');
  const storm = events
    .flatMap((event) => Array.from({ length: 1 + random.below(5) }, () => event))
    .map((event) => ({ event, at: random.below(2 ** 32) }))
    .toSorted((a, b) => a.at - b.at);
  await bench.queue.send(storm.map(({ event }) => event));
  const reports = await Promise.all([bench.drain(), bench.drain()]);

  t.deepEqual(await publishedTruth(bench, truth.truncated), expectedTruth(truth));
  t.true(reports.every(isBalanced));
  t.is(reports[0].messages.received + reports[1].messages.received, storm.length);
  t.like(await bench.queue.depth(), nothingLeft);
  t.log(`${storm.length} events of ${truth.objects} objects: ${bench.faults[FAULT.gets]} reads`);

  await bench.queue.send(events);
  await bench.drain();
  t.deepEqual(await publishedTruth(bench, truth.truncated), expectedTruth(truth), 'nor does all of it again');
});

test('messages about one version of an object share one reading', async (t) => {
  const bench = await newConsumerBench(t);
  await bench.announce(sourceKey('0-19'), toDoBody('a'));
  await bench.announce(sourceKey('0-19'), toDoBody('a'));
  await bench.announce(sourceKey('0-19'), toDoBody('a'));
  const report = await bench.drain();
  t.is(bench.faults[FAULT.gets], 1);
  t.like(report, { messages: { received: 3, ingested: 3 }, objects: { ingested: 1 }, lines: { read: 20 } });
});

test('R-VERSION: an object that was overwritten since its event is read as it is now, once for both events', async (t) => {
  const bench = await newConsumerBench(t);
  const key = sourceKey('0-19');
  await bench.announce(key, toDoBody('before'));
  await bench.announce(key, toDoBody('after'));
  const report = await bench.drain();
  t.true(isBalanced(report));
  t.is(report.objects.rewritten, 1);

  const expected = await newConsumerBench(t);
  await expected.announce(key, toDoBody('after'));
  await expected.drain();
  t.deepEqual(
    distinctRows(await readParts(bench.published)),
    distinctRows(await readParts(expected.published)),
  );
});

test('R-404: an object that was coalesced is settled through the one that covers it', async (t) => {
  const bench = await newConsumerBench(t);
  const coalesced = sourceKey('0_59');
  await bench.corporate.put(coalesced, Buffer.concat([toDoBody('a'), toDoBody('b'), toDoBody('c')]));
  await bench.queue.send(
    ['0-19', '20-39', '40-59'].map((offsets) => objectCreated(sourceKey(offsets), { eTag: 'x', size: 9 })),
  );
  const report = await bench.drain();

  t.true(isBalanced(report));
  t.like(report, {
    messages: { ingested: 3, released: 0 },
    objects: { superseded: 3, missing: 0, failed: 0 },
  });
  const parts = await readParts(bench.published);
  t.is(distinctRows(parts).size, 60);
  t.true(parts.every(({ rows }) => rows.every(({ source_object }) => source_object === coalesced)));
  t.like(await bench.queue.depth(), nothingLeft);
});

test('R-404 R-DLQNOISE: an object that is gone for good reaches the dead letters, and its neighbours are not touched', async (t) => {
  const bench = await newConsumerBench(t, { maxReceiveCount: 3 });
  const gone = objectCreated(sourceKey('20-39'), { eTag: 'x', size: 9 });
  await bench.announce(sourceKey('0-19'), toDoBody('a'));
  await bench.queue.send([gone]);
  await bench.announce(sourceKey('40-59'), toDoBody('b'));
  const report = await bench.drain();

  t.true(isBalanced(report));
  t.like(report, {
    messages: { received: 5, ingested: 2, released: 3 },
    objects: { ingested: 2, missing: 3, superseded: 0 },
  });
  t.is(distinctRows(await readParts(bench.published)).size, 40);
  t.like(await bench.queue.depth(), { ...nothingLeft, dead: 1 });
  t.like((await bench.queue.peekDeadLetters(9))[0], { body: gone, receiveCount: 3 });
  const missing = bench.events.filter(({ event }) => event === 'Object:Missing');
  t.deepEqual(
    missing.map(({ facts }) => facts['key']),
    Array.from({ length: 3 }, () => sourceKey('20-39')),
  );
});

test('R-DLQONLY: a body that cannot be read reaches the dead letters as it is', async (t) => {
  const bench = await newConsumerBench(t, { maxReceiveCount: 3 });
  const bodies = ['no JSON', '{}', '{"Records":[]}', '{"Records":[{"eventVersion":"3.0"}]}', wrongGeneration];
  await bench.announce(sourceKey('0-19'), toDoBody('a'));
  await bench.queue.send(bodies);
  const report = await bench.drain();
  t.true(isBalanced(report));
  t.like(report.messages, { received: 1 + 3 * bodies.length, ingested: 1, released: 3 * bodies.length });
  t.like(await bench.queue.depth(), { ...nothingLeft, dead: bodies.length });
  const letters = await bench.queue.peekDeadLetters(9);
  t.deepEqual(letters.map((letter) => letter.body).toSorted(), bodies.toSorted());
});

test('R-NODROP: what holds no data is skipped and counted by why', async (t) => {
  const bench = await newConsumerBench(t);
  const removed = objectCreated(sourceKey('0-19')).replace('ObjectCreated:Put', 'ObjectRemoved:Delete');
  await bench.queue.send([
    JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent' }),
    removed,
    objectCreated(sourceKey('0_999')),
    objectCreated('corporate_storage/ucfs_main/2026/07/02/core/toDo/'),
  ]);
  await bench.announce('corporate_storage/manifest.txt', Buffer.from('no data'));
  const report = await bench.drain();
  t.true(isBalanced(report));
  t.is(report.messages.skipped, 5);
  t.deepEqual(report.objects.skipped, { 'test-event': 1, 'not-created': 1, coalesced: 1, other: 2 });
  t.deepEqual(await readParts(bench.published), []);
  t.is(bench.faults[FAULT.gets], 0);
});

test('a message about several objects is settled when all of them are', async (t) => {
  const bench = await newConsumerBench(t, { maxReceiveCount: 3 });
  const [there, gone] = [sourceKey('0-19'), sourceKey('20-39')];
  await bench.corporate.put(there, toDoBody('a'));
  const records = [there, gone].map(
    (key) => (JSON.parse(objectCreated(key)) as { Records: unknown[] }).Records[0],
  );
  await bench.queue.send([JSON.stringify({ Records: records })]);
  const report = await bench.drain();
  t.like(report.messages, { received: 3, ingested: 0, released: 3 });
  t.is(distinctRows(await readParts(bench.published)).size, 20);
  t.is((await bench.queue.depth()).dead, 1);
});

test('a reprocess event is read whatever its kind, as rows of its generation', async (t) => {
  const bench = await newConsumerBench(t);
  const coalesced = `${sourceKey('0_19')}.2`;
  await bench.corporate.put(coalesced, toDoBody('a'));
  await bench.queue.send([ownEvent({ key: coalesced, generation: 1_783_000_000_000 })]);
  const report = await bench.drain();
  t.is(report.objects.ingested, 1);
  const rows = (await readParts(bench.published)).flatMap((part) => part.rows);
  t.is(rows.length, 20);
  t.true(rows.every(({ generation }) => generation === 1_783_000_000_000n));
});

test('an event of our own with generation 0 has a coalesced object read as if it were live', async (t) => {
  const bench = await newConsumerBench(t);
  const coalesced = sourceKey('0_19');
  await bench.corporate.put(coalesced, toDoBody('a'));
  await bench.queue.send([ownEvent({ key: coalesced, generation: 0 })]);
  const report = await bench.drain();
  t.like(report, { messages: { ingested: 1 }, objects: { ingested: 1, skipped: {} } });
  t.deepEqual(await rowsByGeneration(bench), { 0: 20 });
});

/** An object that an event of our own names is gone; what is left of it. */
const settlesThrough = test.macro({
  async exec(t, gone: string, left: string) {
    const bench = await newConsumerBench(t);
    await bench.corporate.put(left, Buffer.concat([toDoBody('a'), toDoBody('b')]));
    await bench.queue.send([ownEvent({ key: gone, eTag: 'x', size: 9, generation: 7 })]);
    const report = await bench.drain();
    t.true(isBalanced(report));
    t.like(report, { messages: { ingested: 1, released: 0 }, objects: { superseded: 1, missing: 0 } });
    t.deepEqual(await rowsByGeneration(bench), { 7: 40 });
    const rows = (await readParts(bench.published)).flatMap((part) => part.rows);
    t.true(rows.every(({ source_object }) => source_object === left));
    t.like(await bench.queue.depth(), nothingLeft);
  },
  title: (given = '') => `R-404: in its generation, ${given}`,
});

test('an original through the coalesced', settlesThrough, sourceKey('0-19'), sourceKey('0_39'));
test('a coalesced through its copy', settlesThrough, sourceKey('0_39'), `${sourceKey('0_39')}.2`);
test('a copy through the coalesced', settlesThrough, `${sourceKey('0_39')}.2`, sourceKey('0_39'));
test('a coalesced through a larger one', settlesThrough, sourceKey('0_19'), sourceKey('0_39'));

test('R-404: a coalesced object that nothing covers reaches the dead letters', async (t) => {
  const bench = await newConsumerBench(t, { maxReceiveCount: 3 });
  const body = ownEvent({ key: sourceKey('0_39'), generation: 7 });
  await bench.corporate.put(sourceKey('0_38'), toDoBody('a'));
  await bench.queue.send([body]);
  const report = await bench.drain();
  t.like(report, { messages: { received: 3, released: 3 }, objects: { missing: 3, ingested: 0 } });
  t.like(await bench.queue.depth(), { ...nothingLeft, dead: 1 });
  t.like((await bench.queue.peekDeadLetters(9))[0], { body });
});

test('live and again: rows, parts and entries of both generations, in files of their own', async (t) => {
  const bench = await newConsumerBench(t);
  const key = sourceKey('0-20');
  const body = Buffer.concat([toDoBody('a'), gzipSync('{}\n')]);
  await bench.announce(key, body);
  await bench.queue.send([ownEvent({ key, generation: 7 }), ownEvent({ key, generation: 8 })]);
  const report = await bench.drain();
  t.is(report.objects.ingested, 3, 'no generation shares the reading of another');

  const parts = await readParts(bench.published);
  const generationOf = ({ metadata }: PublishedPart) => Number(metadata.get(PART_METADATA.generation));
  t.deepEqual(ascending(parts.map(generationOf)), [0, 7, 8]);
  for (const part of parts) {
    t.is(part.rows.length, 20);
    t.true(part.rows.every(({ generation }) => Number(generation) === generationOf(part)));
  }
  const entries = await readQuarantine(bench.published);
  t.deepEqual(ascending(entries.map(({ generation }) => generation)), [0, 7, 8]);
  t.is(new Set(entries.map((entry) => entry.key)).size, 3);

  await bench.queue.send([ownEvent({ key, generation: 7 })]);
  await bench.drain();
  t.is((await readParts(bench.published)).length, 3, 'the same again has the same name');
});

test('R-EMPTY: objects without rows are settled, counted and in the ledger', async (t) => {
  const bench = await newConsumerBench(t);
  await bench.announce(sourceKey('0-0'), Buffer.alloc(0));
  await bench.announce(sourceKey('1-1'), gzipSync(''));
  await bench.announce(sourceKey('2-2'), gzipSync('\n\n'));
  await bench.announce(sourceKey('3-3'), gzipSync('{}\n'));
  const report = await bench.drain();
  t.true(isBalanced(report));
  t.like(report.messages, { ingested: 2, quarantined: 2 });
  t.deepEqual(report.lines, { read: 4, rows: 0, quarantined: 2, blank: 2 });
  const sources = (await readParts(bench.published)).flatMap((part) => part.sources);
  t.is(sources.filter(({ object }) => object !== undefined).length, 4);
});

test('R-EMPTY R-DRAIN: draining an empty queue ends at once', async (t) => {
  const bench = await newConsumerBench(t);
  const startedAt = performance.now();
  const report = await bench.drain();
  t.is(report.messages.received, 0);
  t.true(performance.now() - startedAt < 5_000);
});

test('R-BYTES: objects larger than the budget are read, one at a time', async (t) => {
  const bench = await newConsumerBench(t);
  for (const [index, seed] of ['a', 'b', 'c'].entries())
    await bench.announce(sourceKey(`${index}-${index}`), toDoBody(seed, 500));
  const report = await bench.drain({ inFlightBytes: 1_000, workers: 2 });
  t.is(report.lines.rows, 1_500);
  t.is(distinctRows(await readParts(bench.published)).size, 1_500);
});

test('R-ANYORDER: one, two and three workers, and any order of events, give the same rows and the same quarantine files', async (t) => {
  const results = await Promise.all(
    [1, 2, 3].map(async (workers) => {
      const bench = await newConsumerBench(t, { limits: { rows: 50 * workers, ageMs: 100 } });
      const { events } = await writeBucket(bench, { faultShare: 0.05, records: 600, days: 1 });
      await bench.queue.send(workers === 2 ? events.toReversed() : events);
      await bench.drain({ workers });
      return {
        rows: [...distinctRows(await readParts(bench.published))].toSorted(),
        entries: (await readQuarantine(bench.published)).map((entry) => JSON.stringify(entry)),
      };
    }),
  );
  t.deepEqual(results[1], results[0]);
  t.deepEqual(results[2], results[0]);
});

function ascending(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}

async function rowsByGeneration({ published }: ConsumerBench): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { rows } of await readParts(published)) {
    for (const { generation } of rows) counts[String(generation)] = (counts[String(generation)] ?? 0) + 1;
  }
  return counts;
}
