import test from 'ava';
import { readCertificates } from '../../compactor/certificate.ts';
import type { CollectionOutcome } from '../../compactor/compact.ts';
import { withLease } from '../../compactor/lease.ts';
import { certificateKey, versionOfPrefix } from '../../schemas/layout.ts';
import { DATABASE } from '../../schemas/table-name.ts';
import type { Catalogue } from '../../storage/catalogue.ts';
import { raiseFloor } from '../../storage/replace-floor.ts';
import type { ObjectStore } from '../../storage/store.ts';
import {
  newCompactionBench,
  poolInProcess,
  toDoDay,
  type CompactionBench,
} from '../helpers/compaction-bench.ts';
import { compareRows, plainRow, type PlainRow } from '../helpers/live-part.ts';

const [first, second, third] = ['2026-07-01', '2026-07-02', '2026-07-03'] as const;

const rowsA = plainRow({ id: '"a"', lastModifiedMs: 1_000, val: '{"v":1}' });
const rowsA2 = plainRow({ id: '"a"', lastModifiedMs: 2_000, val: '{"v":2}' });
const rowsB = plainRow({ id: '"b"', lastModifiedMs: 1_500 });
const deletedB = plainRow({ id: '"b"', lastModifiedMs: 3_000, dbType: 'DELETE', val: '{"gone":1}' });
const rowsC = plainRow({ id: '"c"', lastModifiedMs: 900 });

async function putThreeDays(bench: CompactionBench): Promise<void> {
  await bench.put(first, [rowsA, rowsB]);
  await bench.put(first, [{ ...rowsA, sourceObject: 'again' }]);
  await bench.put(second, [rowsA2]);
  await bench.put(third, [deletedB, rowsC]);
}

test('each day has its distinct records, and its snapshot the newest of all so far', async (t) => {
  const bench = await newCompactionBench(t);
  await putThreeDays(bench);
  const outcome = await bench.compact();
  t.like(publishedDays(outcome), [
    { exportDate: first, counts: { parts: 2, rows_in: 3, duplicates: 1, rows_out: 2, snapshot_rows: 2 } },
    { exportDate: second, counts: { rows_in: 1, rows_out: 1, snapshot_rows: 2 } },
    { exportDate: third, counts: { rows_in: 2, rows_out: 2, snapshot_rows: 3 } },
  ]);
  t.deepEqual(await bench.rows('changes', first), sorted([{ ...rowsA, sourceObject: 'again' }, rowsB]));
  t.deepEqual(await bench.rows('snapshots', first), sorted([{ ...rowsA, sourceObject: 'again' }, rowsB]));
  t.deepEqual(await bench.rows('snapshots', second), sorted([rowsA2, rowsB]));
  t.deepEqual(await bench.rows('snapshots', third), sorted([rowsA2, deletedB, rowsC]));
  t.is(await bench.location('snapshot'), await bench.location('snapshots', third));
});

test('a run over what is done already does nothing at all', async (t) => {
  const bench = await newCompactionBench(t);
  await putThreeDays(bench);
  await bench.compact();
  const before = await bench.digests();
  const puts: string[] = [];
  const outcome = await bench.compact({ published: noting(bench.published, puts) });
  t.deepEqual(publishedDays(outcome), []);
  t.deepEqual(puts, []);
  t.deepEqual(await bench.digests(), before);
  t.is((await bench.runs.list()).length, 3, 'and no run is recorded for it');
});

test('after every day, once at the end and with late parts in between come to the same files', async (t) => {
  const [daily, once, late] = await Promise.all([
    newCompactionBench(t),
    newCompactionBench(t),
    newCompactionBench(t),
  ]);
  await putThreeDays(once);
  await once.compact();

  await daily.put(first, [rowsA, rowsB]);
  await daily.put(first, [{ ...rowsA, sourceObject: 'again' }]);
  await daily.compact({ exportDate: first });
  await daily.put(second, [rowsA2]);
  await daily.compact({ exportDate: second });
  await daily.put(third, [deletedB, rowsC]);
  await daily.compact({ exportDate: third });

  await late.put(first, [{ ...rowsA, sourceObject: 'again' }]);
  await late.put(third, [deletedB, rowsC]);
  await late.compact();
  await late.put(first, [rowsA, rowsB]);
  await late.compact({ exportDate: first });
  await late.put(second, [rowsA2]);
  await late.compact();

  const wanted = await once.digests();
  t.deepEqual(await daily.digests(), wanted);
  for (const [key, digest] of Object.entries(wanted)) t.is((await late.digests())[key], digest, key);
  for (const content of ['changes', 'snapshots'] as const) {
    for (const date of [first, second, third]) {
      t.is(await late.location(content, date), await once.location(content, date));
    }
  }
});

test('a broken merge is refused: the run fails loudly, and readers keep what they have', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put(first, [rowsA, rowsB]);
  await bench.compact();
  const before = await bench.location('changes', first);
  await bench.put(first, [rowsC]);
  const pool = poolInProcess(bench.published, async function* (_, inputs) {
    for (const input of inputs) for await (const { size } of input) t.true(size > 0);
    yield* [];
    return { rowsIn: 0, rowsOut: 0, duplicates: 0 };
  });
  const outcome = await bench.compact({ pool });
  const reason = '3 rows did not come out of the merge';
  t.like(outcome, { days: [{ kind: 'failed', exportDate: first, reason }] });
  t.is(await bench.location('changes', first), before);
  t.like(await bench.runs.list({ status: 'FAILED' }), [
    { Date: first, DataProduct: 'CDI-core:toDo', Failure_Reason: reason },
  ]);
  await bench.compact();
  t.deepEqual(await bench.rows('changes', first), sorted([rowsA, rowsB, rowsC]));
});

test('rows of a part that its shard does not read are missed', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put(first, [rowsA, rowsB]);
  const whole = poolInProcess(bench.published);
  const pool = {
    ...whole,
    run: ((job) => whole.run({ ...job, inputs: [] } as never)) as typeof whole.run,
  };
  t.like(await bench.compact({ pool }), {
    days: [{ kind: 'failed', reason: 'of 2 rows there are, 0 were merged' }],
  });
});

test('the first day that fails ends the collection, and the next run goes on from there', async (t) => {
  const bench = await newCompactionBench(t);
  await putThreeDays(bench);
  const key = await bench.put(second, [rowsC]);
  await bench.published.put(key, Buffer.from('no part'));
  const outcome = await bench.compact();
  t.like(outcome, { days: [{ kind: 'published' }, { kind: 'failed', exportDate: second }] });
  t.is(await bench.location('changes', third), undefined);
  t.regex(JSON.stringify(outcome), /cannot be read .* move it away and ingest its objects again/);
  await bench.published.delete([key]);
  t.like(await bench.compact(), { days: [{ exportDate: second }, { exportDate: third }] });
});

test('a floor leaves out older generations, and the highest one stands', async (t) => {
  const bench = await newCompactionBench(t);
  const again = { ...rowsA, generation: 1_000, val: '{"v":"mended"}' };
  await bench.put(first, [rowsA, rowsB]);
  await bench.put(first, [again]);
  await bench.compact();
  t.deepEqual(await bench.rows('changes', first), sorted([again, rowsB]), 'the newer generation is kept');
  await raiseFloor(bench.published, { ...toDoDay, exportDate: first }, 1_000);
  await raiseFloor(bench.published, { ...toDoDay, exportDate: first }, 500);
  t.like(publishedDays(await bench.compact()), [
    { counts: { rows_in: 3, superseded: 2, duplicates: 0, rows_out: 1 } },
  ]);
  t.deepEqual(await bench.rows('changes', first), [again]);
  t.deepEqual(await bench.rows('snapshots', first), [again]);
});

test('DELETE wins where the collection says so, whatever its date', async (t) => {
  const bench = await newCompactionBench(t, { snapshot: 'delete-wins' });
  await bench.put(first, [deletedB]);
  await bench.put(second, [{ ...rowsB, lastModifiedMs: 9_000 }, rowsA]);
  await bench.put(third, [rowsA2]);
  await bench.compact();
  t.deepEqual(await bench.rows('snapshot'), sorted([rowsA2, deletedB]));
});

test('tombstones that are not shown still keep older records from coming back', async (t) => {
  const bench = await newCompactionBench(t, { tombstones: 'drop' });
  await bench.put(first, [deletedB, rowsA]);
  await bench.put(second, [rowsB]);
  await bench.put(third, [{ ...rowsB, lastModifiedMs: 4_000, val: '{"back":1}' }]);
  await bench.compact();
  t.deepEqual(await bench.rows('snapshots', first), [rowsA]);
  t.deepEqual(await bench.rows('snapshots', second), [rowsA], 'it is older than the DELETE');
  t.is((await bench.rows('snapshots', third)).length, 2, 'it is newer');
});

test('a reader that took its file list before a publication can read all of it afterwards', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put(first, [rowsA, rowsB]);
  await bench.compact();
  const before = await bench.location('changes', first);
  const files = await bench.digests();
  await bench.put(first, [rowsC]);
  await bench.compact();
  t.not(await bench.location('changes', first), before);
  const after = await bench.digests();
  for (const [key, digest] of Object.entries(files)) {
    if (key.startsWith(before ?? '?')) t.is(after[key], digest);
  }
});

test('who publishes meanwhile is seen, and the plan made anew', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put(first, [rowsA]);
  await bench.compact();
  await bench.put(first, [rowsB]);
  let isFirst = true;
  const catalogue: Catalogue = {
    ...bench.catalogue,
    async swapPartition(...swap) {
      if (isFirst) {
        isFirst = false;
        await bench.put(first, [rowsC]);
        await bench.compact();
      }
      return bench.catalogue.swapPartition(...swap);
    },
  };
  // As if the lease had been lost: the other one gets it.
  const runs = { ...bench.runs, acquireLease: async () => ({ kind: 'acquired' as const }) };
  await bench.compact({ catalogue, runs });
  t.deepEqual(await bench.rows('changes', first), sorted([rowsA, rowsB, rowsC]));
  t.deepEqual(await bench.rows('snapshot'), sorted([rowsA, rowsB, rowsC]));
});

test('a collection that another compactor is at work on is left to it', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put(first, [rowsA]);
  const outcome = await withLease(bench.runs, 'compaction of core:toDo', () => bench.compact());
  t.is(outcome.kind, 'in-work');
  t.is(await bench.location('changes', first), undefined);
});

test('certificates say what came in and what came out, each with the digest of the one before', async (t) => {
  const bench = await newCompactionBench(t);
  await putThreeDays(bench);
  await bench.compact();
  const certificates = await readCertificates(bench.published, bench.collection);
  const [one, two, three] = [first, second, third].map((date) => certificates.get(date));
  t.like(one?.certificate, {
    merge: { rowsIn: 3, duplicates: 1, superseded: 0, rowsOut: 2 },
    lines: 3,
    rows: 3,
    previous: null,
  });
  t.is(one?.certificate.merge.checksumIn, one?.certificate.merge.checksumOut);
  t.deepEqual(two?.certificate.previous, { exportDate: first, sha256: one?.sha256 });
  t.deepEqual(three?.certificate.previous, { exportDate: second, sha256: two?.sha256 });
  t.deepEqual(
    three?.certificate.datasets.map(({ kind, rows }) => [kind, rows]),
    [
      ['changes', 2],
      ['snapshot', 3],
    ],
  );
});

test('a certificate that was lost or damaged is issued again, equal to what it was', async (t) => {
  const bench = await newCompactionBench(t);
  await putThreeDays(bench);
  await bench.compact();
  const before = await bench.digests();
  await bench.published.delete([certificateKey({ ...toDoDay, exportDate: second })]);
  await bench.published.put(certificateKey({ ...toDoDay, exportDate: first }), Buffer.from('{'));
  await bench.compact();
  t.deepEqual(await bench.digests(), before);
});

test('with the catalogue and the registry lost, the same tables come back without any merge', async (t) => {
  const bench = await newCompactionBench(t);
  await putThreeDays(bench);
  await bench.compact();
  const lost = await newCompactionBench(t);
  const puts: string[] = [];
  const published = noting(bench.published, puts);
  await lost.compact({ published, pool: poolInProcess(published) });
  t.deepEqual(
    puts.filter((key) => key.endsWith('.orc')),
    [],
  );
  for (const date of [first, second, third]) {
    t.is(await lost.location('changes', date), await bench.location('changes', date));
  }
});

test('what the catalogue shows and is gone is made again', async (t) => {
  const bench = await newCompactionBench(t);
  await putThreeDays(bench);
  await bench.compact();
  const before = await bench.digests();
  const changes = (await bench.location('changes', first)) ?? '?';
  const keys = Object.keys(before).filter((key) => key.startsWith(changes));
  await bench.published.delete(keys);
  await bench.compact();
  t.deepEqual(await bench.digests(), before);
});

test('the catalogue has what query engines want to know of a version', async (t) => {
  const bench = await newCompactionBench(t, { compression: 'ZSTD' });
  await putThreeDays(bench);
  await bench.compact();
  const [partition] = await bench.catalogue.listPartitions(DATABASE, 'core_todo_snapshots');
  t.like(partition?.parameters, { numRows: '2', numFiles: '1', 'orc.compress': 'ZSTD' });
  t.true(Number(partition?.parameters.totalSize) > 0);
  t.true(Number(partition?.parameters.rawDataSize) > 0);
  const table = await bench.catalogue.getTable(DATABASE, 'core_todo');
  t.like(table?.parameters, { numRows: '3', 'orc.compress': 'ZSTD' });
  t.is(versionOfPrefix(table?.location ?? '')?.length, 24);
});

function publishedDays(outcome: CollectionOutcome): readonly unknown[] {
  return outcome.kind === 'compacted' ? outcome.days : [];
}

function sorted(rows: readonly PlainRow[]): PlainRow[] {
  return rows.toSorted(compareRows);
}

/** Notes the keys of all puts. */
function noting(store: ObjectStore, puts: string[]): ObjectStore {
  return {
    ...store,
    put(key, ...rest) {
      puts.push(key);
      return store.put(key, ...rest);
    },
  };
}
