import { tmpdir } from 'node:os';
import test, { type ExecutionContext } from 'ava';
import type { CollectionOutcome, PendingOutcome } from '../../compactor/compact.ts';
import { jobBoard, type HandedOutJob } from '../../compactor/job-board.ts';
import { runShard } from '../../compactor/run-shard.ts';
import { sealedText, unsealed } from '../../compactor/sealed-text.ts';
import { dayPrefix, jobKey } from '../../schemas/layout.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { newCompactionBench, toDoDay, type CompactionBench } from '../helpers/compaction-bench.ts';
import { plainRow } from '../helpers/live-part.ts';
import { bodyOf } from '../helpers/published.ts';

const [first, second, third] = ['2026-07-01', '2026-07-02', '2026-07-03'] as const;
const rowsA = plainRow({ id: '"a"', lastModifiedMs: 1_000, val: '{"v":1}' });
const rowsA2 = plainRow({ id: '"a"', lastModifiedMs: 2_000, val: '{"v":2}' });
const rowsB = plainRow({ id: '"b"', lastModifiedMs: 1_500 });
const deletedB = plainRow({ id: '"b"', lastModifiedMs: 3_000, dbType: 'DELETE', val: '{"gone":1}' });

interface Steps {
  /** The next step; what it has handed out comes with its outcome. */
  step(): Promise<{ readonly outcome: CollectionOutcome; readonly jobs: readonly HandedOutJob[] }>;
  /** Steps, and all jobs in between, up to the last one. */
  toEnd(): Promise<{ readonly outcome: CollectionOutcome; readonly rounds: number }>;
}

/** A run over several tasks, of which nothing but what it hands on is known from one step to the next. */
function stepsOf(bench: CompactionBench, shards = 1, run = 'night'): Steps {
  let attempts: Readonly<Record<string, number>> = {};
  let pending: PendingOutcome | undefined;
  async function step(): ReturnType<Steps['step']> {
    const pool = jobBoard(bench.published, attempts);
    const outcome = await bench.compact({ pool, shards, run, pending });
    attempts = pool.attempts();
    pending =
      outcome.kind === 'pending' ? (JSON.parse(JSON.stringify(outcome)) as PendingOutcome) : undefined;
    return { outcome, jobs: pool.handedOut() };
  }
  return {
    step,
    async toEnd() {
      for (let rounds = 0; ; rounds++) {
        const { outcome, jobs } = await step();
        if (outcome.kind !== 'pending') return { outcome, rounds };
        await doJobs(bench.published, jobs);
      }
    },
  };
}

async function doJobs(published: ObjectStore, jobs: readonly HandedOutJob[]): Promise<void> {
  await Promise.all(
    jobs.map(({ job }) => runShard(published, job, { writerWorkers: 1, scratchFolder: tmpdir() })),
  );
}

async function putThreeDays(bench: CompactionBench): Promise<void> {
  await bench.put(first, [rowsA, rowsB]);
  await bench.put(first, [{ ...rowsA, sourceObject: 'again' }]);
  await bench.put(second, [rowsA2]);
  await bench.put(third, [deletedB]);
}

async function digestsOfOneProcess(
  t: ExecutionContext,
  put: (bench: CompactionBench) => Promise<void>,
  file?: Parameters<typeof newCompactionBench>[1],
): Promise<Record<string, string>> {
  const bench = await newCompactionBench(t, file);
  await put(bench);
  await bench.compact();
  return bench.digests();
}

const largeFile = {
  tombstones: 'drop',
  typedTables: [{ database: 'uc', table: 'large', columns: 'text STRING' }],
} as const;

async function putLargeDay(bench: CompactionBench): Promise<void> {
  const val = JSON.stringify({ text: 'much'.repeat(2 ** 14) });
  const rows = Array.from({ length: 2_200 }, (_, n) =>
    plainRow({ id: `"${n}"`, val, dbType: n % 7 === 0 ? 'DELETE' : 'INSERT' }),
  );
  await bench.put(first, rows);
  await bench.put(second, [rowsA]);
}

let digestsOfLargeDay: Promise<Record<string, string>> | undefined;

const comesToTheSame = test.macro(async (t, shards: number, jobs: number) => {
  const bench = await newCompactionBench(t, largeFile);
  await putLargeDay(bench);
  const steps = stepsOf(bench, shards);
  t.is((await steps.step()).jobs.length, jobs + 1, 'those of the first day, and of the second');
  const { outcome } = await steps.toEnd();
  t.like(outcome, { kind: 'compacted', days: [{ kind: 'published' }, { kind: 'published' }] });
  digestsOfLargeDay ??= digestsOfOneProcess(t, putLargeDay, largeFile);
  t.deepEqual(await bench.digests(), await digestsOfLargeDay);
});

test('in 1 shard: the bytes of one process', comesToTheSame, 1, 1);
test('in 3 shards: the bytes of one process', comesToTheSame, 3, 3);
test('in up to 16 shards, of which the data asks for 4: the bytes of one process', comesToTheSame, 16, 4);

test('all days are merged in the first round, their snapshots one after the other', async (t) => {
  const bench = await newCompactionBench(t);
  await putThreeDays(bench);
  const steps = stepsOf(bench);
  t.is((await steps.step()).jobs.length, 3);
  t.is((await steps.toEnd()).rounds, 1 + 3, 'once more for what nobody did, then a snapshot each');
  t.deepEqual(await bench.digests(), await digestsOfOneProcess(t, putThreeDays));
});

test('each day is one run in the registry, in progress until its last step', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put(first, [rowsA, rowsB]);
  const steps = stepsOf(bench);
  for (const _ of [1, 2]) {
    const { outcome, jobs } = await steps.step();
    t.is(outcome.kind, 'pending');
    await doJobs(bench.published, jobs);
    t.like(await bench.runs.list(), {
      length: 1,
      0: { Status: 'IN_PROGRESS', Correlation_Id: 'night.2026-07-01.1' },
    });
  }
  t.is((await steps.step()).outcome.kind, 'compacted');
  t.like(await bench.runs.list(), { length: 1, 0: { Status: 'COMPLETED' } });
  await bench.put(first, [rowsA2]);
  await stepsOf(bench).toEnd();
  t.like(await bench.runs.list(), {
    length: 2,
    0: { Status: 'COMPLETED', Correlation_Id: 'night.2026-07-01.2' },
  });
});

test('parts that come between two steps wait for the next run', async (t) => {
  const bench = await newCompactionBench(t);
  await putThreeDays(bench);
  const steps = stepsOf(bench);
  await doJobs(bench.published, (await steps.step()).jobs);
  await bench.put(first, [rowsA2]);
  await bench.put('2026-07-04', [rowsB]);
  t.like(await steps.toEnd(), { rounds: 3, outcome: { kind: 'compacted', days: { length: 3 } } });
  t.deepEqual(await bench.digests(), await digestsOfOneProcess(t, putThreeDays));
  t.like(await stepsOf(bench).toEnd(), { outcome: { days: { length: 4 } } });
});

test('a run is planned anew when another has published between two steps, but not without end', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put(first, [rowsA]);
  const steps = stepsOf(bench);
  await doJobs(bench.published, (await steps.step()).jobs);
  for (const [n, row] of [rowsA2, rowsB].entries()) {
    await bench.put(first, [row]);
    await bench.compact();
    await bench.put(second, [plainRow({ id: `"${n}"` })]);
    t.like((await steps.step()).outcome, { kind: 'pending', left: { length: 1 } });
  }
  t.like(
    (await bench.runs.list()).filter(({ Correlation_Id: id }) => id.startsWith('night')),
    [{ Date: second }, { Date: second, Failure_Reason: 'it was planned anew' }, { Date: first }],
  );
  await bench.put(first, [deletedB]);
  await bench.compact();
  await t.throwsAsync(steps.step(), { name: 'PublishedMeanwhileError' });
});

test('a run goes on after its own publication', async (t) => {
  const bench = await newCompactionBench(t);
  await putThreeDays(bench);
  const steps = stepsOf(bench);
  for (const _ of [1, 2]) await doJobs(bench.published, (await steps.step()).jobs);
  const { outcome } = await steps.step();
  t.like(outcome, { kind: 'pending', plans: 1, days: { length: 1 }, left: { length: 2 } });
  t.like(await steps.toEnd(), { outcome: { kind: 'compacted', days: { length: 3 } } });
});

test('a job that is handed out three times and not done fails its day', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put(first, [rowsA]);
  const steps = stepsOf(bench);
  for (const attempt of [1, 2, 3]) t.like(await steps.step(), { jobs: { length: 1, 0: { attempt } } });
  const { outcome, jobs } = await steps.step();
  t.deepEqual(jobs, []);
  t.like(outcome, { kind: 'compacted', days: [{ kind: 'failed', exportDate: first }] });
  const reason = /^job [\da-f]{64} was handed out 3 times and not done: cdi shard [\da-f]{64} shows why$/;
  t.regex((await bench.runs.list({ status: 'FAILED' }))[0]?.Failure_Reason ?? '', reason);
});

test('two attempts of a job at once come to the same, and a third has nothing left to do', async (t) => {
  const bench = await newCompactionBench(t);
  await putThreeDays(bench);
  const steps = stepsOf(bench);
  const { jobs } = await steps.step();
  await Promise.all([doJobs(bench.published, jobs), doJobs(bench.published, jobs)]);
  const means = { writerWorkers: 1, scratchFolder: tmpdir() };
  t.is((await runShard(bench.published, jobs[0]?.job ?? '', means)).kind, 'done-before');
  await steps.toEnd();
  t.deepEqual(await bench.digests(), await digestsOfOneProcess(t, putThreeDays));
});

const isDoneAgain = test.macro(
  async (t, damage: (published: ObjectStore, resultKey: string, file: string) => Promise<unknown>) => {
    const bench = await newCompactionBench(t);
    await bench.put(first, [rowsA, rowsB]);
    const steps = stepsOf(bench);
    const { jobs } = await steps.step();
    await doJobs(bench.published, jobs);
    const prefix = dayPrefix('changes', { ...toDoDay, exportDate: first });
    const [file] = await Array.fromAsync(bench.published.list(prefix));
    await damage(bench.published, jobKey('results', jobs[0]?.job ?? ''), file?.key ?? '');
    t.deepEqual((await steps.step()).jobs, [{ job: jobs[0]?.job, attempt: 2 }]);
    await doJobs(bench.published, jobs);
    await steps.toEnd();
    t.deepEqual(
      await bench.digests(),
      await digestsOfOneProcess(t, (each) => each.put(first, [rowsA, rowsB]).then(() => {})),
    );
  },
);

test('a result that is damaged is that of no job', isDoneAgain, async (published, key) => {
  const text = (await bodyOf(published, key)).toString();
  await published.put(key, Buffer.from(text.replace('"rowsOut":2', '"rowsOut":1')));
});
test('nor is one cut off', isDoneAgain, async (published, key) => {
  await published.put(key, (await bodyOf(published, key)).subarray(0, -10));
});
test('nor one whose file is gone', isDoneAgain, (published, _, file) => published.delete([file]));
test('nor one whose file has another size', isDoneAgain, (published, _, file) =>
  published.put(file, Buffer.from('no file')),
);
test('nor one of another job', isDoneAgain, async (published, key) => {
  const stored = unsealed((await bodyOf(published, key)).toString()) as { readonly result: unknown };
  await published.put(key, Buffer.from(sealedText({ ...stored, job: '0'.repeat(64) })));
});
