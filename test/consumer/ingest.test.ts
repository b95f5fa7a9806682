import test, { type ExecutionContext } from 'ava';
import { gzipSync } from 'node:zlib';
import { ingestObject, type IngestContext, type IngestTask } from '../../consumer/ingest.ts';
import { keyAnswers } from '../../consumer/key-answers.ts';
import { keyRing } from '../../consumer/keys/key-ring.ts';
import type { Batch } from '../../consumer/batch.ts';
import { openBatches, type OpenBatches } from '../../consumer/open-batches.ts';
import { quarantineFiles } from '../../consumer/quarantine-files.ts';
import { recordReader } from '../../consumer/record/read-record.ts';
import { lineCounts, type SourceRun } from '../../consumer/source-run.ts';
import { loadCollections } from '../../schemas/load-collections.ts';
import { sampleLines } from '../../schemas/sample/lines.ts';
import { localStore } from '../../storage/local-store.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { readQuarantine } from '../helpers/published.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { dataObject, sourceKey } from '../helpers/rows.ts';
import { scriptedKeys, type Line } from '../helpers/scripted-keys.ts';

const findCollection = await loadCollections();
const key = sourceKey('0-99');

interface Bench {
  readonly store: ObjectStore;
  readonly context: IngestContext;
  readonly runs: SourceRun[];
  /** Every batch that was written, flushed at the end. */
  readonly flushed: () => Promise<readonly Batch[]>;
}

/** All that reading an object needs, with keys as the script has them. */
async function newBench(
  t: ExecutionContext,
  { script = (): Line => 'unwrap', rows = 1e9, wrap = (batches: OpenBatches) => batches } = {},
): Promise<Bench> {
  const store = localStore(await newFolder(t));
  const ring = keyRing(scriptedKeys(script).service, { attempts: 1, retryMs: 1 });
  t.teardown(() => ring.close());
  const keys = keyAnswers((wanted) => ring.resolveAll(wanted, new AbortController().signal));
  const written: Batch[] = [];
  const limits = { valBytes: 1e9, rows, ageMs: 1e9, heldBytes: 1e9 };
  const batches = openBatches(limits, async (batch) => void written.push(batch));
  const runs: SourceRun[] = [];
  return {
    store,
    runs,
    context: {
      corporate: store,
      batches: wrap(batches),
      quarantine: quarantineFiles(store),
      findCollection,
      readRecord: recordReader(findCollection, keys.find),
      keys,
      onRun: (run) => runs.push(run),
    },
    async flushed() {
      await batches.flush(true);
      return written;
    },
  };
}

const task = (pin: Partial<IngestTask> = {}): IngestTask => ({
  object: dataObject(key),
  generation: 0,
  ...pin,
});

/** Good lines of the topic, each with its line feed. */
function lines(count: number, seed = 'a'): string[] {
  return [...sampleLines({ count, topic: 'db.core.toDo', seed })].map(({ text }) => `${text}\n`);
}

/** What comes of an object with this body. */
const reads = test.macro({
  async exec(
    t,
    body: Uint8Array,
    counts: Partial<ReturnType<typeof lineCounts>>,
    entries: readonly (readonly [line: number, reason: string])[] = [],
  ) {
    const { store, context, flushed } = await newBench(t);
    await store.put(key, body);
    const result = await ingestObject(task(), context);
    if (result.kind !== 'read') return t.fail(result.kind);
    const found = lineCounts(result.run);
    t.like(found, counts);
    const quarantined = Object.values(found.quarantined).reduce((sum, count) => sum + count, 0);
    t.is(found.lines, found.rows + quarantined + found.blank);
    const batches = await flushed();
    t.is(
      batches.reduce((sum, { rows }) => sum + rows, 0),
      found.rows,
    );
    await context.quarantine.write(result.run);
    t.deepEqual(
      (await readQuarantine(store)).map(({ source_line, reason }) => [source_line, reason]),
      entries,
    );
    const summaries = batches.flatMap(({ sources }) => sources).flatMap(({ summary }) => summary ?? []);
    const reasons = quarantined > 0 && { reasons: found.quarantined };
    const { idMismatches: _, ...lineTotals } = found;
    t.deepEqual(summaries, [{ ...lineTotals, quarantined, ...reasons }]);
  },
  title: (given = '') => given,
});

const good = lines(5);
const member = gzipSync(good.join(''));
test('every line is a row', reads, member, { lines: 5, rows: 5, blank: 0, quarantined: {} });
test('a last line without line feed is a row', reads, gzipSync(good.join('').trimEnd()), {
  lines: 5,
  rows: 5,
});
test(
  'blank lines are counted, and have numbers',
  reads,
  gzipSync(`\n${good[0]} \t\r\n${(good[1] ?? '').trimEnd()}}\n\n`),
  { lines: 5, rows: 1, blank: 3 },
  [[4, 'invalid-json']],
);
test('members are read one after another', reads, Buffer.concat([member, gzipSync(lines(3, 'b').join(''))]), {
  lines: 8,
  rows: 8,
});
test(
  'a member that begins where the last line had no line feed is a line of its own',
  reads,
  Buffer.concat([gzipSync(good.join('').trimEnd()), member]),
  { lines: 10, rows: 10 },
);
test('R-EMPTY: no bytes are no gzip', reads, Buffer.alloc(0), { lines: 1, rows: 0 }, [[0, 'not-gzip']]);
test('R-EMPTY: an empty member has no lines', reads, gzipSync(''), { lines: 0, rows: 0, blank: 0 });
test('an object that is no gzip is one entry', reads, Buffer.from(good.join('')), { lines: 1, rows: 0 }, [
  [0, 'not-gzip'],
]);
test(
  'R-RECORDQ: a bad line is an entry, and its neighbours are rows',
  reads,
  gzipSync(`${good[0]}{"a":1}\n${good[1]}{"broken\n${good[2]}`),
  { lines: 5, rows: 3 },
  [
    [2, 'missing-field'],
    [4, 'invalid-json'],
  ],
);
test(
  'bytes that are no UTF-8 are an entry',
  reads,
  gzipSync(Buffer.concat([Buffer.from(good.join('')), Buffer.from([0xff, 0x0a])])),
  { lines: 6, rows: 5 },
  [[6, 'invalid-json']],
);
test(
  'a good member before one that is damaged keeps its lines',
  reads,
  Buffer.concat([member, Buffer.from('no member')]),
  { lines: 6, rows: 5 },
  [[0, 'truncated-gzip']],
);

test('a truncated object keeps its whole lines and is one entry more', async (t) => {
  const { store, context } = await newBench(t);
  const body = gzipSync(lines(60).join(''));
  await store.put(key, body.subarray(0, body.length / 2));
  const result = await ingestObject(task(), context);
  if (result.kind !== 'read') return t.fail(result.kind);
  const { run } = result;
  t.true(run.rows > 10 && run.rows < 60);
  t.deepEqual(run.quarantined, { 'truncated-gzip': 1 });
  t.is(run.lines, run.rows + 1);
});

test('each line goes to the collection its envelope names, and is told of where its topic belongs', async (t) => {
  const { store, context, flushed } = await newBench(t);
  const other = good[1]?.replace('"collection":"toDo"', '"collection":"un.known-one"') ?? '';
  await store.put(key, gzipSync(`${good[0]}${other}`));
  await ingestObject(task(), context);
  const batches = await flushed();
  t.deepEqual(
    batches.map(({ collection, rows, sources }) => [collection.collection, rows, sources[0]?.summary?.lines]),
    [
      ['toDo', 1, 2],
      ['un.known-one', 1, undefined],
    ],
  );
});

test('lines keep their numbers although those with a new key are read last', async (t) => {
  const { store, context, flushed } = await newBench(t);
  const bodies = [lines(1, 'known'), lines(3, 'new'), lines(1, 'known'), lines(2, 'newer')].flat();
  await store.put(sourceKey('0-0'), gzipSync(lines(1, 'known').join('')));
  await ingestObject({ object: dataObject(sourceKey('0-0')), generation: 0 }, context);
  await store.put(key, gzipSync(bodies.join('')));
  await ingestObject(task(), context);
  const source = (await flushed())
    .flatMap(({ sources }) => sources)
    .find(({ run }) => run.object.key === key);
  t.like(source, { rows: 7, firstLine: 1, lastLine: 7 });
});

test('R-VERSION: an object that is as announced is not rewritten', async (t) => {
  const { store, context } = await newBench(t);
  const put = await store.put(key, member);
  if (put.kind !== 'stored') return t.fail();
  t.like(await ingestObject(task({ eTag: put.eTag, versionId: 'v' }), context), {
    kind: 'read',
    isRewritten: false,
  });
});

test('R-VERSION: an object that was written again is read as it is now, and said to be rewritten', async (t) => {
  const { store, context, runs } = await newBench(t);
  await store.put(key, member);
  const result = await ingestObject(task({ eTag: 'another', versionId: 'gone' }), context);
  t.like(result, { kind: 'read', isRewritten: true });
  t.is(runs[0]?.eTag, (await store.head(key))?.eTag);
});

test('R-404: an object that is not there is missing, and begins nothing', async (t) => {
  const { context, runs, flushed } = await newBench(t);
  t.deepEqual(await ingestObject(task({ eTag: 'e' }), context), { kind: 'missing' });
  t.deepEqual(runs, []);
  t.deepEqual(await flushed(), []);
});

test('R-OUTAGE: an outage drops the reading and quarantines nothing', async (t) => {
  const { store, context, runs, flushed } = await newBench(t, { script: () => 'unavailable' });
  await store.put(key, gzipSync(`{"bad":1}\n${good.join('')}`));
  t.like(await ingestObject(task(), context), { kind: 'outage' });
  t.is(runs[0]?.state, 'dropped');
  t.true((await flushed()).every(({ sources }) => sources.every(({ summary }) => summary === undefined)));
});

test('a refused key costs only its own lines', async (t) => {
  const bad = good[2]?.replace(/"encryptedEncryptionKey":"[^"]+"/, '"encryptedEncryptionKey":"foobar"') ?? '';
  const { store, context } = await newBench(t);
  await store.put(key, gzipSync([...good, bad, ...lines(2, 'z')].join('')));
  const result = await ingestObject(task(), context);
  if (result.kind !== 'read') return t.fail(result.kind);
  t.like(lineCounts(result.run), { lines: 8, rows: 7, quarantined: { 'key-refused': 1 } });
});

test('a part that fails before the last line drops the reading', async (t) => {
  const { store, context, runs } = await newBench(t, {
    wrap: (batches) => ({
      ...batches,
      async makeRoom() {
        for (const run of runs) run.state = 'dropped';
      },
    }),
  });
  await store.put(key, member);
  await t.throwsAsync(ingestObject(task(), context), { message: /could not be written/ });
  t.is(runs[0]?.state, 'dropped');
});

test('R-LEDGERSAFE: a part that fails after the last line was read leaves no word of a whole object', async (t) => {
  const bench = await newBench(t);
  const { context, runs, flushed } = bench;
  await bench.store.put(key, member);
  async function* failing(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    yield* body;
    for (const run of runs) run.state = 'dropped';
  }
  const corporate: ObjectStore = {
    ...bench.store,
    async get(name, options) {
      const result = await bench.store.get(name, options);
      if (result.kind !== 'found') return result;
      // Large enough to be streamed: lines are in batches before the body ends.
      return { ...result, info: { ...result.info, size: 2 << 20 }, body: failing(result.body) };
    },
  };
  await t.throwsAsync(ingestObject(task(), { ...context, corporate }), { message: /could not be written/ });
  t.is(runs[0]?.state, 'dropped');
  const sources = (await flushed()).flatMap((batch) => batch.sources);
  t.true(sources.every(({ summary }) => summary === undefined));
});

test('a body that breaks off makes the reading fail, and the body is let go', async (t) => {
  const bench = await newBench(t);
  await bench.store.put(key, member);
  let isLetGo = false;
  const corporate: ObjectStore = {
    ...bench.store,
    async get(name, options) {
      const result = await bench.store.get(name, options);
      if (result.kind !== 'found') return result;
      const body = {
        async *[Symbol.asyncIterator]() {
          yield member.subarray(0, 20);
          throw new Error('connection reset');
        },
        async [Symbol.asyncDispose]() {
          isLetGo = true;
        },
      };
      return { ...result, body };
    },
  };
  await t.throwsAsync(ingestObject(task(), { ...bench.context, corporate }), { message: 'connection reset' });
  t.true(isLetGo);
  t.is(bench.runs[0]?.state, 'dropped');
});
