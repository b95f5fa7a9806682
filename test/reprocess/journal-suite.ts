import type { ExecutionContext, TestFn } from 'ava';
import { isCancelled, type RunJournal } from '../../reprocess/journal.ts';
import { planReprocess, type PlanRequest, type ReprocessPlan } from '../../reprocess/plan.ts';

/** Declares what every journal must do. `open` gives a test an empty journal of its own. */
export function testRunJournal(test: TestFn, open: (t: ExecutionContext) => Promise<RunJournal>): void {
  test('a run that is not finished is gone on with, with what was planned', async (t) => {
    const journal = await open(t);
    const plan = planOf(30);
    t.is(await journal.findByDigest(plan.digest), undefined);
    t.is(await journal.findByRequest(plan.request), undefined);
    const run = await journal.begin(plan, 1_000);
    const { digest } = plan;
    t.deepEqual(run, { generation: 1_000, digest, mode: 'merge', objects: 30, sent: 0, state: 'open' });
    t.deepEqual(await journal.begin(plan, 2_000), run);
    t.deepEqual(await journal.findByDigest(digest), run);
    t.deepEqual(await journal.findByRequest(plan.request), run);
    t.deepEqual(await journal.objects(run), plan.objects);
  });

  test('what is sent never goes back', async (t) => {
    const journal = await open(t);
    const run = await journal.begin(planOf(30), 1_000);
    await journal.markSent(run, 20);
    await journal.markSent(run, 10);
    t.deepEqual(await journal.findByDigest(run.digest), { ...run, sent: 20 });
  });

  test('a run that is finished is found by its plan, and another one may begin', async (t) => {
    const journal = await open(t);
    const plan = planOf(30);
    const run = await journal.begin(plan, 1_000);
    t.true(await journal.advance(run, 'finished'));
    t.true(await journal.advance(run, 'finished'), 'it is already');
    t.false(await journal.advance(run, 'cancelled'));
    t.false(await journal.advance(run, 'replacing'));
    t.deepEqual(await journal.findByDigest(plan.digest), { ...run, state: 'finished' });
    t.is(await journal.findByRequest(plan.request), undefined);
    const again = await journal.begin(plan, 2_000);
    t.deepEqual(again, { ...run, generation: 2_000 });
    await journal.markSent(run, 30);
    for (const state of ['finished', 'cancelled', 'replacing'] as const) {
      t.false(await journal.advance(run, state));
    }
    t.deepEqual(await journal.findByDigest(plan.digest), again, 'the old run has no say');
    t.deepEqual(await journal.objects(again), plan.objects);
    t.deepEqual(await journal.objects(run), plan.objects);
  });

  test('a cancelled run stays so, and its plan may be run in another generation', async (t) => {
    const journal = await open(t);
    const plan = planOf(30);
    const run = await journal.begin(plan, 1_000);
    await journal.markSent(run, 10);
    t.false(await isCancelled(journal, run));
    t.true(await journal.advance(run, 'cancelled'));
    t.true(await journal.advance(run, 'cancelled'), 'it is already');
    t.true(await isCancelled(journal, run));
    t.false(await journal.advance(run, 'replacing'));
    t.false(await journal.advance(run, 'finished'));
    t.deepEqual(await journal.findByDigest(plan.digest), { ...run, sent: 10, state: 'cancelled' });
    t.is(await journal.findByRequest(plan.request), undefined);
    const again = await journal.begin(plan, 1_000);
    t.deepEqual(again, { ...run, generation: 1_001 });
    t.true(await isCancelled(journal, run));
    t.false(await isCancelled(journal, again));
  });

  test('once older rows are being replaced a run is gone on with and finished, not cancelled', async (t) => {
    const journal = await open(t);
    const plan = planOf(30, { ...REQUEST, mode: 'replace' });
    const run = await journal.begin(plan, 1_000);
    t.true(await journal.advance(run, 'replacing'));
    t.true(await journal.advance(run, 'replacing'), 'killed, and gone on with');
    t.false(await journal.advance(run, 'cancelled'));
    const replacing = { ...run, state: 'replacing' as const };
    t.deepEqual(await journal.begin(plan, 2_000), replacing);
    t.deepEqual(await journal.findByRequest(plan.request), replacing);
    t.true(await journal.advance(run, 'finished'));
  });

  test('of cancelling and replacing at the same time one happens', async (t) => {
    const journal = await open(t);
    for (let count = 1; count <= 10; count++) {
      const run = await journal.begin(planOf(count), 1_000);
      const states =
        count % 2 ? (['cancelled', 'replacing'] as const) : (['replacing', 'cancelled'] as const);
      const came = await Promise.all(states.map((state) => journal.advance(run, state)));
      const [state] = states.filter((_, index) => came[index]);
      t.is(came.filter(Boolean).length, 1);
      t.is((await journal.findByDigest(run.digest))?.state, state);
    }
  });

  test('the newest run of a request is found, in whatever order its collections are named', async (t) => {
    const journal = await open(t);
    const collections = [
      { db: 'core', collection: 'contract' },
      { db: 'core', collection: 'toDo +#🙂' },
    ];
    const request = { ...REQUEST, collections };
    await journal.begin(planOf(1, request), 1_000);
    const newest = await journal.begin(planOf(2, request), 2_000);
    await journal.begin(planOf(3), 3_000);
    const reversed = { ...request, collections: collections.toReversed() };
    t.deepEqual(await journal.findByRequest(reversed), newest);
    t.is(await journal.findByRequest({ ...request, mode: 'replace' }), undefined);
  });

  test('no two runs have the same generation, and of one plan begun twice at once there is one', async (t) => {
    const journal = await open(t);
    const plans = [planOf(1), planOf(2), planOf(3), planOf(3)];
    const runs = await Promise.all(plans.map((plan) => journal.begin(plan, 1_000)));
    t.deepEqual(runs[2], runs[3]);
    t.is(new Set(runs.map(({ generation }) => generation)).size, 3);
    const later = await journal.begin(planOf(4), 500);
    t.true(runs.every(({ generation }) => generation < later.generation));
    for (const [index, run] of runs.entries()) {
      t.deepEqual(await journal.objects(run), plans[index]?.objects);
    }
  });
}

const REQUEST: PlanRequest = { collections: [], from: '2026-11-18', to: '2026-11-18', mode: 'merge' };

export function planOf(count: number, request = REQUEST): ReprocessPlan {
  const listing = Array.from({ length: count }, (_, index) => ({
    key: `a/2026/11/17/core/contract/db.core.contract_0_${index}-${index}.jsonl.gz`,
    size: 1,
    eTag: `${index} "🙂"`,
  }));
  return planReprocess(listing, request);
}
