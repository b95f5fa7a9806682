import test, { type ExecutionContext } from 'ava';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { JobFailedError, jobPool, type JobPool } from '../../compactor/job-pool.ts';
import type { TypedJob } from '../../compactor/jobs.ts';
import { localStore } from '../../storage/local-store.ts';
import type { TestWorkerData } from '../helpers/job-pool-worker.ts';
import { plainRow, rowFile } from '../helpers/live-part.ts';
import { newFolder } from '../helpers/queue-place.ts';

test('more jobs than threads are all done, each with its own result', async (t) => {
  const { pool, workers, jobOf } = await newPool(t, 2);
  const counts = [1, 2, 3, 4, 5, 6];
  const results = await Promise.all(counts.map(async (rows) => pool.run(await jobOf(rows))));
  t.deepEqual(
    results.map(({ entry }) => entry.rows),
    counts,
  );
  t.is(workers.length, 2);
});

test('no more threads are started than there are jobs at a time', async (t) => {
  const { pool, workers, jobOf } = await newPool(t, 8);
  t.is(pool.size, 8);
  t.is(workers.length, 0);
  for (const rows of [1, 2, 3]) await pool.run(await jobOf(rows));
  t.is(workers.length, 1);
});

test('a job that throws fails with the name and the message of its error, and its thread goes on', async (t) => {
  const { pool, workers, jobOf } = await newPool(t, 1);
  const error = await t.throwsAsync(pool.run(jobOn('refuse')), { instanceOf: JobFailedError });
  t.like(error, { kind: 'RangeError', message: 'the store refuses' });
  t.is((await pool.run(await jobOf(3))).entry.rows, 3);
  t.is(workers.length, 1);
});

const dies = test.macro(async (t, key: string, message: string) => {
  const { pool, workers, jobOf } = await newPool(t, 1);
  const [died, ...others] = await Promise.allSettled([
    pool.run(jobOn(key)),
    pool.run(await jobOf(1)),
    pool.run(await jobOf(2)),
  ]);
  t.like(died, { status: 'rejected', reason: { message } });
  t.like(others, [{ value: { entry: { rows: 1 } } }, { value: { entry: { rows: 2 } } }]);
  t.is(workers.length, 2);
});
test(
  'a thread that ends in the middle of a job fails it, and is replaced',
  dies,
  'exit',
  'the worker thread died',
);
test('so does one that an error ends', dies, 'crash', 'nobody catches this');

test('a thread that dies while it has nothing to do is replaced when there is', async (t) => {
  const { pool, workers, jobOf } = await newPool(t, 1);
  await pool.run(await jobOf(1));
  await workers[0]?.terminate();
  t.is((await pool.run(await jobOf(2))).entry.rows, 2);
  t.is(workers.length, 2);
});

test('a thread that cannot start fails the job it was started for', async (t) => {
  const { pool, workers } = await newPool(t, 2, { cannotStart: true });
  const results = await Promise.allSettled([1, 2, 3].map(() => pool.run(jobOn('hang'))));
  for (const result of results) {
    t.like(result, { status: 'rejected', reason: { message: 'the thread cannot start' } });
  }
  t.is(workers.length, 3);
});

test('closing fails what runs, what waits and what comes later, and ends the threads', async (t) => {
  const { pool, workers, jobOf } = await newPool(t, 2);
  await pool.run(await jobOf(1));
  const results = Promise.allSettled(['hang', 'hang', 'hang'].map((key) => pool.run(jobOn(key))));
  t.is(workers.length, 2);
  const ends = workers.map((worker) => once(worker, 'exit'));
  await pool.close();
  await Promise.all(ends);
  const later = await Promise.allSettled([pool.run(jobOn('hang'))]);
  for (const result of [...(await results), ...later]) {
    t.like(result, { status: 'rejected', reason: { message: 'the compaction was stopped' } });
  }
  await pool.close();
  t.is(workers.length, 2);
});

test('a pool that never had a job has nothing to close', async (t) => {
  const { pool, workers } = await newPool(t, 2);
  await pool.close();
  t.is(workers.length, 0);
});

interface TestPool {
  readonly pool: JobPool;
  /** Every thread that was started. */
  readonly workers: readonly Worker[];
  /** A job on a file of so many rows. */
  readonly jobOf: (rows: number) => Promise<TypedJob>;
}

async function newPool(t: ExecutionContext, size: number, { cannotStart = false } = {}): Promise<TestPool> {
  const folder = await newFolder(t);
  const store = localStore(folder);
  const workers: Worker[] = [];
  const workerData: TestWorkerData = { folder, cannotStart };
  const pool = jobPool(size, () => {
    const worker = new Worker(new URL('../helpers/job-pool-worker.ts', import.meta.url), { workerData });
    workers.push(worker);
    return worker;
  });
  t.teardown(() => pool.close());
  return {
    pool,
    workers,
    async jobOf(rows) {
      const bytes = await rowFile(Array.from({ length: rows }, (_, i) => plainRow({ id: `"${i}"` })));
      await store.put(`rows ${rows}`, bytes);
      return jobOn(`rows ${rows}`, bytes.length);
    },
  };
}

function jobOn(key: string, size = 1_000): TypedJob {
  return {
    kind: 'typed',
    file: { key, size },
    key: `typed/${key}`,
    columns: '_id STRING',
    paths: {},
    isCaseSensitive: true,
    compression: 'ZSTD',
    userMetadata: {},
  };
}
