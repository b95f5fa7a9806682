import test, { type ExecutionContext } from 'ava';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import type { IngestTask } from '../../consumer/ingest.ts';
import { keyRing } from '../../consumer/keys/key-ring.ts';
import type { FlushLimits } from '../../consumer/open-batches.ts';
import type { ObjectOutcome } from '../../consumer/outcome.ts';
import type { FromWorker, ToWorker } from '../../consumer/worker-protocol.ts';
import { runWorker } from '../../consumer/worker.ts';
import { collectionPrefix } from '../../schemas/layout.ts';
import { loadCollections } from '../../schemas/load-collections.ts';
import { sampleLines } from '../../schemas/sample/lines.ts';
import { localStore } from '../../storage/local-store.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { readParts, readQuarantine } from '../helpers/published.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { dataObject, sourceKey } from '../helpers/rows.ts';
import { scriptedKeys } from '../helpers/scripted-keys.ts';
import { toDoBody, wrappedKeyOf } from '../helpers/to-do-objects.ts';

const findCollection = await loadCollections();
const unlimited: FlushLimits = { valBytes: 1e9, rows: 1e9, ageMs: 1e9, heldBytes: 1e9 };

interface TestWorker {
  /** Reads these objects, all at once, and settles what it can. */
  read(keys: readonly string[]): Promise<readonly ObjectOutcome[]>;
}

interface WorkerOptions {
  readonly corporate: ObjectStore;
  readonly published: ObjectStore;
  readonly limits?: Partial<FlushLimits>;
  /** The seed whose data key is refused. */
  readonly refused?: string;
}

/** The worker of a consumer, in this thread. */
function startWorker(
  t: ExecutionContext,
  { corporate, published, limits, refused = '' }: WorkerOptions,
): TestWorker {
  const { port1, port2 } = new MessageChannel();
  const poison = wrappedKeyOf(refused);
  const ring = keyRing(
    scriptedKeys(({ wrappedKey }) => (wrappedKey === poison ? 'refused' : 'unwrap')).service,
  );
  const tasks: { onRead: () => void; onSettled: (outcome: ObjectOutcome) => void }[] = [];
  const say = (message: ToWorker): void => port1.postMessage(message);
  port1.on('message', (message: FromWorker) => {
    if (message.kind === 'read' || message.kind === 'settled') tasks[message.id]?.onRead();
    if (message.kind === 'settled') tasks[message.id]?.onSettled(message.outcome);
    if (message.kind !== 'key-request') return;
    const { id, keys } = message;
    void ring
      .resolveAll(keys, new AbortController().signal)
      .then((resolutions) => say({ kind: 'keys', id, resolutions }));
  });
  t.teardown(() => {
    say({ kind: 'end' });
    ring.close();
  });
  runWorker(port2, { corporate, published, findCollection, limits: { ...unlimited, ...limits } });

  return {
    async read(keys) {
      const reads: Promise<void>[] = [];
      const outcomes = keys.map((key) => {
        const task: IngestTask = { object: dataObject(key), generation: 0 };
        const read = Promise.withResolvers<void>();
        reads.push(read.promise);
        return new Promise<ObjectOutcome>((resolve) => {
          const id = tasks.push({ onRead: read.resolve, onSettled: resolve }) - 1;
          say({ kind: 'ingest', id, task });
        });
      });
      await Promise.all(reads);
      say({ kind: 'flush' });
      return Promise.all(outcomes);
    },
  };
}

/** A store that is killed with its process before, or after, it has put the file of this number. */
function dyingStore(store: ObjectStore, nth: number, when: 'before' | 'after') {
  const { promise: killed, resolve: kill } = Promise.withResolvers<'killed'>();
  const never = new Promise<never>(() => {});
  let puts = 0;
  const dying: ObjectStore = {
    ...store,
    async put(...put) {
      puts += 1;
      if (puts > nth || (puts === nth && when === 'before')) {
        kill('killed');
        return never;
      }
      const result = await store.put(...put);
      if (puts < nth) return result;
      kill('killed');
      return never;
    },
  };
  return { dying, killed };
}

const A = sourceKey('0-19');
const B = sourceKey('20-39');
const C = sourceKey('40-59');
const CUT = sourceKey('60-79');

async function newBuckets(t: ExecutionContext) {
  const folder = await newFolder(t);
  const corporate = localStore(`${folder}/corporate`);
  for (const key of [A, B, C]) await corporate.put(key, toDoBody(key, 20, { faultShare: 0.3 }));
  await corporate.put(CUT, toDoBody(CUT, 20, { faultShare: 0.3 }).subarray(0, -500));
  return { corporate, published: (name: string) => localStore(`${folder}/${name}`) };
}

/** Every entry of the table, as often as it is there. */
async function entriesOf(published: ObjectStore): Promise<readonly string[]> {
  const entries = await readQuarantine(published);
  return entries
    .map(({ source_object, source_line, reason }) => `${source_object} ${source_line} ${reason}`)
    .toSorted();
}

test('R-ATTEMPT: killed at any put, and delivered again in other company and cut otherwise, each quarantined line is there once', async (t) => {
  const { corporate, published } = await newBuckets(t);
  const undisturbed = published('undisturbed');
  await startWorker(t, { corporate, published: undisturbed }).read([A, B, C, CUT]);
  const expected = await entriesOf(undisturbed);
  t.true(expected.length > 10 && expected.some((entry) => entry.includes(' 0 truncated-gzip')));

  // A part of all of them, then four files.
  const kills = [1, 2, 3, 4, 5].flatMap((nth) =>
    (['before', 'after'] as const).map((when) => ({ nth, when })),
  );
  for (const { nth, when } of kills) {
    const store = published(`${nth} ${when}`);
    const { dying, killed } = dyingStore(store, nth, when);
    void startWorker(t, { corporate, published: dying }).read([A, B, C, CUT]);
    await killed;
    const second = startWorker(t, { corporate, published: store, limits: { rows: 7 } });
    await second.read([CUT, B]);
    await second.read([A]);
    await startWorker(t, { corporate, published: store }).read([C, A]);
    t.deepEqual(await entriesOf(store), expected, `killed ${when} put ${nth}`);
  }
});

test('R-ATTEMPT: read by two at once, each quarantined line is there once', async (t) => {
  const { corporate, published } = await newBuckets(t);
  const store = published('both');
  const readers = [
    [A, B, C, CUT],
    [C, A],
    [CUT, B],
  ].map((keys) =>
    startWorker(t, { corporate, published: store, limits: { rows: 9 * keys.length } }).read(keys),
  );
  const outcomes = (await Promise.all(readers)).flat();
  t.true(outcomes.every(({ kind }) => kind === 'ingested'));
  const entries = await entriesOf(store);
  t.deepEqual(entries, [...new Set(entries)]);
  t.is(entries.filter((entry) => entry.includes(' truncated-gzip')).length, 1);
});

test('R-ORDER: quarantine is written when all rows of its object are durable, and not before', async (t) => {
  const { corporate, published } = await newBuckets(t);
  const other = sampleLines({ topic: 'db.core.contract', seed: 'other', count: 5 });
  const ofTwo = gzipSync([...other].map(({ text }) => `${text}\n`).join(''));
  await corporate.put(C, Buffer.concat([toDoBody(C, 20, { faultShare: 0.3 }), ofTwo]));
  const store = published('failing');
  const failing: ObjectStore = {
    ...store,
    async put(key, ...rest) {
      if (!key.startsWith(collectionPrefix('live', { db: 'core', collection: 'contract' }))) {
        return store.put(key, ...rest);
      }
      // What is put beside is put by then.
      await sleep(50);
      throw new Error('no space left on device');
    },
  };
  const outcomes = await startWorker(t, { corporate, published: failing }).read([A, C]);
  t.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['ingested', 'failed'],
  );
  const entries = await entriesOf(store);
  t.true(entries.length > 0 && entries.every((entry) => entry.startsWith(A)));
});

test('R-ORDER: who refuses other keys and is killed takes no line away from who was done before', async (t) => {
  const { corporate, published } = await newBuckets(t);
  const key = sourceKey('80-99');
  await corporate.put(key, Buffer.concat([toDoBody('one', 5), toDoBody('two', 5)]));
  const store = published('refused');
  const linesThere = async (): Promise<readonly number[]> => {
    const rows = (await readParts(store)).flatMap((part) => part.rows);
    const entries = await readQuarantine(store);
    const lines = [...rows, ...entries].map(({ source_line }) => Number(source_line));
    return [...new Set(lines)].toSorted((a, b) => a - b);
  };
  const all = Array.from({ length: 10 }, (_, index) => index + 1);

  const [done] = await startWorker(t, { corporate, published: store, refused: 'one' }).read([key]);
  t.like(done, { kind: 'ingested', counts: { rows: 5, quarantined: { 'key-refused': 5 } } });
  t.deepEqual(await linesThere(), all);

  for (const when of ['before', 'after'] as const) {
    const { dying, killed } = dyingStore(store, 1, when);
    void startWorker(t, { corporate, published: dying, refused: 'two' }).read([key]);
    await killed;
    // What is put beside is put by then.
    await sleep(50);
    t.deepEqual(await linesThere(), all, `killed ${when} its part`);
  }
});
