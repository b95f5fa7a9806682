import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import type { RunJournal } from '../../reprocess/journal.ts';
import { sqliteRunJournal } from '../../reprocess/sqlite-journal.ts';
import { planReprocess, type ReprocessPlan } from '../../reprocess/plan.ts';
import { sendRun } from '../../reprocess/send-run.ts';

const signal = new AbortController().signal;

test('gone between sending and journalling, the run sends nothing twice, also what was taken meanwhile', async (t) => {
  const { journal, queue } = await bench(t);
  const plan = planOf(30);
  const run = await journal.begin(plan, 1_000);
  const dying: RunJournal = {
    ...journal,
    async markSent() {
      throw new Error('the process is gone');
    },
  };
  const options = { queue, journal, objectsPerSecond: 100_000, signal, onSent: () => {} };
  await t.throwsAsync(sendRun(run, { ...options, journal: dying }), { message: 'the process is gone' });
  const taken = await queue.receive({ max: 10, waitMs: 0, visibilityTimeoutMs: 60_000 });
  await queue.delete(taken.map(({ receiptHandle }) => receiptHandle));

  const again = await journal.begin(plan, 2_000);
  t.is(again.generation, 1_000);
  t.is(await sendRun(again, options), 30);
  t.is((await queue.depth()).visible, 20);
});

test('it sends no faster than the rate', async (t) => {
  const { journal, queue } = await bench(t);
  const startedAtMs = performance.now();
  await sendRun(await journal.begin(planOf(30), 1), {
    queue,
    journal,
    objectsPerSecond: 50,
    signal,
    onSent: () => {},
  });
  t.true(performance.now() - startedAtMs > 450, 'the last batch of 5 leaves after 25 at 50 a second');
});

test('a cancelled run sends what is in hand and no more', async (t) => {
  const { journal, queue } = await bench(t);
  const run = await journal.begin(planOf(30), 1_000);
  const cancelling: RunJournal = {
    ...journal,
    async markSent(sending, sent) {
      await journal.markSent(sending, sent);
      await journal.advance(run, 'cancelled');
    },
  };
  const options = { queue, objectsPerSecond: 100, signal, onSent: () => {} };
  t.is(await sendRun(run, { ...options, journal: cancelling }), 10);
  t.is(await sendRun({ ...run, sent: 10 }, { ...options, journal }), 10);
  t.is((await queue.depth()).visible, 10);
});

async function bench(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'cdi send run '));
  const journal = sqliteRunJournal(join(folder, 'runs.sqlite'));
  const queue = sqliteQueue(join(folder, 'queue.sqlite'));
  t.teardown(async () => {
    await journal.close();
    await queue.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { journal, queue };
}

function planOf(count: number): ReprocessPlan {
  const folder = 'a/2026/11/17/core/contract/';
  const listing = Array.from({ length: count }, (_, index) => ({
    key: `${folder}db.core.contract_0_${index}-${index}.jsonl.gz`,
    size: 1,
    eTag: String(index),
  }));
  return planReprocess(listing, {
    collections: [],
    from: '2026-11-18',
    to: '2026-11-18',
    mode: 'merge',
  });
}
