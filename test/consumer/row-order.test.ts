import test from 'ava';
import { addRow, emptyBatch, heldBytes, valBytes, type Batch } from '../../consumer/batch.ts';
import { rowOrder } from '../../consumer/row-order.ts';
import type { SourceRun } from '../../consumer/source-run.ts';
import { randomFrom } from '../../schemas/sample/random.ts';
import { rowOf, sourceRun, toDo, type RowValues } from '../helpers/rows.ts';

interface TestRow extends Required<Omit<RowValues, 'collection' | 'val'>> {
  readonly id: Buffer;
  readonly run: SourceRun;
  readonly line: number;
}

test('rows are in the order of a part, whatever ids they have', (t) => {
  const random = randomFrom('order');
  for (let round = 0; round < 60; round++) {
    const runs = ['5-9', '10-12', '100-100', '0-4'].map((offsets) => sourceRun(offsets));
    const rows = Array.from({ length: 1 + random.below(600) }, (_, line): TestRow => ({
      id: Buffer.from(random.pick(ids)),
      idPart: random.pick([0, 1, 0x7f, 0x80, 0xff]),
      lastModifiedMs: random.pick([0, 1, -1_000, -62_135_596_800_000, 253_402_300_799_999]),
      isDelete: random.chance(0.5),
      fingerprint: random.pick([0n, 1n, -1n, 1n << 32n, -(1n << 63n), (1n << 63n) - 1n, 0xffff_ffffn]),
      run: runs[random.below(runs.length)] ?? sourceRun(),
      line: 1 + (line >> 1),
    }));
    for (const run of runs) if (random.chance(0.2)) run.state = 'dropped';
    const batch = batchOf(rows);
    const sorted = rows.filter(({ run }) => run.state !== 'dropped').toSorted(inPartOrder);
    t.deepEqual(
      [...rowOrder(batch)].map((row) => describe(rows[row])),
      sorted.map(describe),
    );
  }
});

test('ids that begin alike for long are ordered by what follows', (t) => {
  const start = `{"id":"${'0'.repeat(300)}`;
  const rows = [
    'zz',
    '',
    'a',
    'az',
    'aaaaaaaaa',
    'aaaaaaaab',
    'aaaaaaaa',
    '\u0000',
    '\u0000\u0000',
    'é',
    '🙂',
    '\uffff',
  ].map((end, index) => plainRow(Buffer.from(start + end), index));
  t.deepEqual(
    [...rowOrder(batchOf(rows))].map((row) => describe(rows[row])),
    rows.toSorted(inPartOrder).map(describe),
  );
});

test('two readings of one object are ordered by line, not by reading', (t) => {
  const first = sourceRun('0-9', { eTag: 'a' });
  const again = sourceRun('0-9', { eTag: 'b' });
  const rows = [
    { ...plainRow(Buffer.from('x'), 3), run: first },
    { ...plainRow(Buffer.from('x'), 5), run: first },
    { ...plainRow(Buffer.from('x'), 4), run: again },
    { ...plainRow(Buffer.from('x'), 6), run: again },
  ];
  t.deepEqual([...rowOrder(batchOf(rows))], [0, 2, 1, 3]);
});

test('R-EMPTY: an empty batch has an empty order', (t) => {
  t.is(rowOrder(emptyBatch(target)).length, 0);
});

test('a batch whose every source was dropped has an empty order', (t) => {
  const row = plainRow(Buffer.from('x'), 1);
  row.run.state = 'dropped';
  t.is(rowOrder(batchOf([row])).length, 0);
});

test('a batch grows with its rows and keeps every byte of them', (t) => {
  const batch = emptyBatch(target);
  const run = sourceRun();
  const before = heldBytes(batch);
  const vals = Array.from(
    { length: 3_000 },
    (_, line) => `{"line":${line},"é🙂":"${'x'.repeat(line % 700)}"}`,
  );
  for (const [line, val] of vals.entries()) addRow(batch, run, line + 1, rowOf({ id: `id ${line}`, val }));
  addRow(batch, run, 3_001, rowOf({ id: '', val: 'y'.repeat(5 << 20) }));
  t.is(batch.rows, 3_001);
  t.is(valBytes(batch), Buffer.byteLength(vals.join('')) + (5 << 20));
  t.true(heldBytes(batch) > before + valBytes(batch));
  for (const [line, val] of vals.entries()) {
    t.is(text(batch.vals, batch.valEnds, line), val);
    t.is(text(batch.ids, batch.idEnds, line), `id ${line}`);
  }
  t.is(text(batch.vals, batch.valEnds, 3_000).length, 5 << 20);
});

test('the lines a batch holds of an object lie between its first and its last, in whatever order they come', (t) => {
  const batch = emptyBatch(target);
  const run = sourceRun();
  for (const line of [7, 3, 9, 5]) addRow(batch, run, line, rowOf({ id: 'x' }));
  t.like(batch.sources[0], { rows: 4, firstLine: 3, lastLine: 9 });
  t.is(run.openBatches, 1);
});

const target = { collection: toDo, exportDate: '2026-07-03', generation: 0 };

const ids = [
  '',
  '\u0000',
  '\u0000\u0000',
  'a',
  'a\u0000',
  'ab',
  'abc',
  'abcdef',
  'abcdef\u0000',
  'abcdefg',
  'abcdefgh',
  '{"id":"é"}',
  '{"id":"e\u0301"}',
  '{"id":"🙂"}',
  '{"id":"\uffff"}',
  '{"id":"10000000-0000-4000-8000-000000000000"}',
  '{"id":"10000000-0000-4000-8000-000000000001"}',
  '{"id":"10000000-0000-4000-8000-000000000001","type":"HOUSING"}',
] as const;

function batchOf(rows: readonly TestRow[]): Batch {
  const batch = emptyBatch(target);
  for (const row of rows) addRow(batch, row.run, row.line, rowOf(row));
  return batch;
}

const plainRun = sourceRun('20-29');

function plainRow(id: Buffer, line: number): TestRow {
  return { id, idPart: 0, lastModifiedMs: 0, isDelete: false, fingerprint: 0n, run: plainRun, line };
}

/** The order of a part, in so many words. */
function inPartOrder(a: TestRow, b: TestRow): number {
  return (
    a.idPart - b.idPart ||
    Buffer.compare(a.id, b.id) ||
    b.lastModifiedMs - a.lastModifiedMs ||
    Number(b.isDelete) - Number(a.isDelete) ||
    Math.sign(Number(a.fingerprint - b.fingerprint)) ||
    Buffer.compare(Buffer.from(a.run.object.key), Buffer.from(b.run.object.key)) ||
    a.line - b.line
  );
}

function describe(row: TestRow | undefined): string {
  if (row === undefined) return 'no such row';
  const { id, idPart, lastModifiedMs, isDelete, fingerprint, run, line } = row;
  return `${idPart} ${id.toString('hex')} ${lastModifiedMs} ${isDelete} ${fingerprint} ${run.object.key} ${line}`;
}

function text(bytes: Uint8Array, ends: Uint32Array, row: number): string {
  return Buffer.from(bytes.subarray(row === 0 ? 0 : ends[row - 1], ends[row])).toString();
}
