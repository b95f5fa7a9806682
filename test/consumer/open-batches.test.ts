import test from 'ava';
import type { Batch } from '../../consumer/batch.ts';
import { openBatches, type FlushLimits, type OpenBatches } from '../../consumer/open-batches.ts';
import { findCollection, rowOf, sourceRun, toDo } from '../helpers/rows.ts';

const unlimited: FlushLimits = { valBytes: 1e9, rows: 1e9, ageMs: 1e9, heldBytes: 1e9 };

interface Written {
  readonly batches: OpenBatches;
  /** `db:collection export_date generation rows`, in the order in which their writing began. */
  readonly begun: string[];
  /** Lets every write end, those to come as well. */
  readonly release: () => void;
}

/** Open batches whose writing does not end before it is released. */
function startBatches(limits: Partial<FlushLimits>): Written {
  const begun: string[] = [];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const batches = openBatches({ ...unlimited, ...limits }, async (batch) => {
    begun.push(nameOf(batch));
    await released;
  });
  return { batches, begun, release };
}

function nameOf({ collection, exportDate, generation, rows }: Batch): string {
  return `${collection.db}:${collection.collection} ${exportDate} ${generation} ${rows}`;
}

function addRows(
  batches: OpenBatches,
  count: number,
  val = '{}',
  collection = toDo,
  run = sourceRun(),
): void {
  for (let line = 1; line <= count; line++) batches.addRow(run, line, rowOf({ id: 'x', val, collection }));
}

const contract = findCollection({ db: 'core', collection: 'contract' });

test('a batch is for one collection, export date and generation', async (t) => {
  const { batches, begun, release } = startBatches({});
  release();
  const generation = 1_700_000_000_000;
  addRows(batches, 1);
  addRows(batches, 2, '{}', contract);
  addRows(batches, 3, '{}', toDo, sourceRun('0-9', { generation }));
  addRows(batches, 4, '{}', findCollection({ db: 'a', collection: 'b:c' }));
  addRows(batches, 5, '{}', findCollection({ db: 'a:b', collection: 'c' }));
  addRows(batches, 6, '{}', findCollection({ db: 'a b', collection: 'c' }));
  addRows(batches, 7, '{}', findCollection({ db: 'a', collection: 'b c' }));
  addRows(batches, 8);
  await batches.flush(true);
  t.deepEqual(begun.toSorted(), [
    'a b:c 2026-07-03 0 6',
    'a:b c 2026-07-03 0 7',
    'a:b:c 2026-07-03 0 4',
    'a:b:c 2026-07-03 0 5',
    'core:contract 2026-07-03 0 2',
    'core:toDo 2026-07-03 0 9',
    `core:toDo 2026-07-03 ${generation} 3`,
  ]);
});

test('a batch is written when it has the rows of a part, and not before', async (t) => {
  const { batches, begun, release } = startBatches({ rows: 10 });
  release();
  addRows(batches, 9);
  addRows(batches, 3, '{}', contract);
  await batches.makeRoom();
  t.deepEqual(begun, []);
  addRows(batches, 2);
  await batches.makeRoom();
  t.deepEqual(begun, ['core:toDo 2026-07-03 0 11']);
});

test('a batch is written when it has the bytes of a part, and not before', async (t) => {
  const { batches, begun, release } = startBatches({ valBytes: 1_000 });
  release();
  addRows(batches, 9, 'x'.repeat(111));
  await batches.makeRoom();
  t.deepEqual(begun, []);
  addRows(batches, 1, 'y');
  await batches.makeRoom();
  t.deepEqual(begun, ['core:toDo 2026-07-03 0 10']);
});

test('above the limit of memory the largest batch is written', async (t) => {
  const { batches, begun, release } = startBatches({ heldBytes: 1 << 20 });
  release();
  addRows(batches, 1, 'x'.repeat(300_000));
  addRows(batches, 1, 'y'.repeat(500_000), contract);
  await batches.makeRoom();
  t.deepEqual(begun, []);
  addRows(batches, 1, 'z'.repeat(600_000), findCollection({ db: 'third', collection: 'one' }));
  await batches.makeRoom();
  t.deepEqual(begun, ['third:one 2026-07-03 0 1']);
});

test('quarantined lines count for the limit of memory', async (t) => {
  const { batches, begun, release } = startBatches({ heldBytes: 1 << 20 });
  release();
  batches.addQuarantined(sourceRun(), toDo, 2 << 20);
  await batches.makeRoom();
  t.deepEqual(begun, ['core:toDo 2026-07-03 0 0']);
});

test('a batch is written when its first row is old, and a younger one stays open', async (t) => {
  const { batches, begun, release } = startBatches({ ageMs: 60 });
  release();
  addRows(batches, 1);
  await batches.flush(false);
  t.deepEqual(begun, []);
  await new Promise((resolve) => setTimeout(resolve, 70));
  addRows(batches, 1, '{}', contract);
  addRows(batches, 1);
  await batches.flush(false);
  t.deepEqual(begun, ['core:toDo 2026-07-03 0 2']);
});

test('R-EMPTY: without rows there is nothing to write', async (t) => {
  const { batches, begun } = startBatches({ rows: 1 });
  await batches.makeRoom();
  await batches.flush(false);
  await batches.flush(true);
  t.deepEqual(begun, []);
});

test('R-EMPTY: an object without rows is noted in a batch of its collection', async (t) => {
  const { batches, begun, release } = startBatches({});
  release();
  batches.addSummary(sourceRun(), toDo);
  await batches.flush(true);
  t.deepEqual(begun, ['core:toDo 2026-07-03 0 0']);
});

test('however many ask at once, a batch is written once, and all wait for it', async (t) => {
  const { batches, begun, release } = startBatches({ rows: 1, heldBytes: 1 });
  addRows(batches, 1);
  addRows(batches, 1, '{}', contract);
  let ended = 0;
  const asked = [batches.flush(true), batches.makeRoom(), batches.flush(true)].map((asking) =>
    asking.then(() => (ended += 1)),
  );
  await new Promise(setImmediate);
  t.is(ended, 0);
  release();
  await Promise.all(asked);
  t.deepEqual(begun.toSorted(), ['core:contract 2026-07-03 0 1', 'core:toDo 2026-07-03 0 1']);
});

test('rows that come while a batch is written go to the next one', async (t) => {
  const { batches, begun, release } = startBatches({});
  addRows(batches, 1);
  const first = batches.flush(true);
  addRows(batches, 2);
  const second = batches.flush(true);
  await new Promise(setImmediate);
  release();
  await Promise.all([first, second]);
  t.deepEqual(begun, ['core:toDo 2026-07-03 0 1', 'core:toDo 2026-07-03 0 2']);
});

test('a batch with an object in the middle of a block waits until it is through, so that parts hold whole ranges of lines', async (t) => {
  const { batches, begun, release } = startBatches({ rows: 1, heldBytes: 1 });
  release();
  const run = sourceRun();
  addRows(batches, 1, '{}', toDo, run);
  addRows(batches, 1, '{}', contract);
  run.isMidBlock = true;
  await batches.makeRoom();
  await batches.flush(true);
  t.deepEqual(begun, ['core:contract 2026-07-03 0 1']);
  run.isMidBlock = false;
  await batches.makeRoom();
  t.deepEqual(begun, ['core:contract 2026-07-03 0 1', 'core:toDo 2026-07-03 0 1']);
});
