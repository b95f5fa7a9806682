import type { ExecutionContext, TestFn } from 'ava';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunRegistry } from '../../storage/run-registry.ts';
import { testLeases } from './leases-suite.ts';

/** Declares what every run registry must do. `open` gives a test an empty registry of its own. */
export function testRunRegistry(test: TestFn, open: (t: ExecutionContext) => Promise<RunRegistry>): void {
  testLeases(test, open);

  test('a started run has the attributes that the readers of the incumbent know', async (t) => {
    const registry = await open(t);
    const startedAtSeconds = Date.now() / 1000;
    const { kind, record } = await registry.start(RUN);
    t.is(kind, 'started');
    t.like(record, {
      Correlation_Id: 'run 1 +#🙂',
      DataProduct: 'CDI-penalties-and-deductions:sanction',
      Date: '2026-11-18',
      Run_Id: '1795000000000',
      Status: 'IN_PROGRESS',
      Cluster_Id: 'NOT_SET',
      Counts: {},
    });
    t.true(Number.isInteger(record.TimeToExist));
    t.true(Math.abs(record.TimeToExist - startedAtSeconds - 104 * 7 * 86_400) < 60);
    t.true(Math.abs(Date.parse(record.Started_At) - startedAtSeconds * 1000) < 60_000);
    t.deepEqual(await registry.list(), [record]);
    for (const absent of ['S3_Prefix_CDI_Export', 'Finished_At', 'Failure_Reason']) t.false(absent in record);
  });

  test('a run ends once: completed with its counts, or failed with its reason', async (t) => {
    const registry = await open(t);
    await registry.start(RUN);
    const finished = await registry.finish(RUN, {
      counts: { rows: 12, duplicates: 3 },
      exportPrefix: 'exports/a b',
    });
    t.like(finished, {
      kind: 'recorded',
      record: {
        Status: 'COMPLETED',
        Counts: { rows: 12, duplicates: 3 },
        S3_Prefix_CDI_Export: 'exports/a b',
      },
    });
    t.true(Date.parse(finished.record?.Finished_At ?? '') >= Date.parse(finished.record?.Started_At ?? ''));
    t.deepEqual(await registry.fail(RUN, { reason: 'too late' }), {
      kind: 'not-in-progress',
      record: finished.record,
    });

    const other = { ...RUN, collection: 'core:contract' };
    await registry.start(other);
    t.like(await registry.fail(other, { reason: 'rows_out ≠ rows_in', counts: { rows: 1 } }), {
      kind: 'recorded',
      record: { Status: 'FAILED', Failure_Reason: 'rows_out ≠ rows_in', Counts: { rows: 1 } },
    });
    t.like(await registry.finish(other, { counts: {} }), {
      kind: 'not-in-progress',
      record: { Status: 'FAILED' },
    });
    t.deepEqual(
      await registry.list({ collection: RUN.collection }),
      finished.record ? [finished.record] : [],
    );
  });

  test('a run that was never started cannot end', async (t) => {
    const registry = await open(t);
    t.deepEqual(await registry.finish(RUN, { counts: {} }), { kind: 'not-in-progress', record: undefined });
    t.deepEqual(await registry.fail(RUN, { reason: '' }), { kind: 'not-in-progress', record: undefined });
    t.deepEqual(await registry.list(), []);
  });

  test('a correlation id is used once for a data product, and a failure is never overwritten', async (t) => {
    const registry = await open(t);
    await registry.start(RUN);
    const { record } = await registry.fail(RUN, { reason: 'broken' });
    t.deepEqual(await registry.start({ ...RUN, exportDate: '2026-11-19' }), { kind: 'exists', record });
    t.is((await registry.start({ ...RUN, collection: 'core:contract' })).kind, 'started');
  });

  test('runs are listed newest first, by collection, date and status, up to a limit', async (t) => {
    const registry = await open(t);
    for (const correlationId of ['c', 'a', 'b']) {
      await registry.start({
        ...RUN,
        correlationId,
        exportDate: correlationId === 'a' ? '2026-11-19' : '2026-11-18',
      });
      await delay(3);
    }
    await registry.finish({ ...RUN, correlationId: 'c' }, { counts: {} });
    await registry.start({ ...RUN, correlationId: 'other', collection: 'core:contract' });

    const idsOf = async (filter: Parameters<RunRegistry['list']>[0]): Promise<string[]> =>
      (await registry.list(filter)).map((record) => record.Correlation_Id);
    const { collection } = RUN;
    t.deepEqual(await idsOf({ collection }), ['b', 'a', 'c']);
    t.deepEqual(await idsOf({ collection, limit: 2 }), ['b', 'a']);
    t.deepEqual(await idsOf({ collection, exportDate: '2026-11-18' }), ['b', 'c']);
    t.deepEqual(await idsOf({ collection, status: 'IN_PROGRESS' }), ['b', 'a']);
    t.deepEqual(await idsOf({ status: 'COMPLETED', exportDate: '2026-11-18' }), ['c']);
    t.is((await idsOf({})).length, 4);
  });

  test('of two starts or two ends at the same time, one counts', async (t) => {
    const registry = await open(t);
    const starts = await Promise.all([registry.start(RUN), registry.start(RUN), registry.start(RUN)]);
    t.is(starts.filter(({ kind }) => kind === 'started').length, 1);
    const ends = await Promise.all([
      registry.fail(RUN, { reason: 'x' }),
      registry.finish(RUN, { counts: {} }),
    ]);
    t.is(ends.filter(({ kind }) => kind === 'recorded').length, 1);
  });

  test('a lease is no run', async (t) => {
    const registry = await open(t);
    await registry.acquireLease({ name: RUN.collection, holder: 'a', ttlMs: 60_000 });
    t.deepEqual(await registry.list(), []);
    t.is((await registry.start(RUN)).kind, 'started');
  });
}

const RUN = {
  correlationId: 'run 1 +#🙂',
  collection: 'penalties-and-deductions:sanction',
  exportDate: '2026-11-18',
  runId: '1795000000000',
};
