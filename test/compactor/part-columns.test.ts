import test from 'ava';
import type { ColumnBatch, ColumnVector } from 'orc-writer-wasm';
import {
  COLUMN,
  endOfIdPart,
  halvesIn,
  idPartAt,
  intsIn,
  RowShapeError,
  sliceBatch,
  stringsIn,
  takeRows,
  timestampsIn,
} from '../../compactor/part-columns.ts';
import { PART_SCHEMA } from '../../schemas/part.ts';
import { compareRows, plainRow, type PlainRow } from '../helpers/live-part.ts';
import { rowBatches } from '../helpers/row-batches.ts';

const ROWS = Array.from({ length: 300 }, (_, i) =>
  plainRow({
    id: `"é🙂${i}"`,
    dbType: i % 3 === 0 ? 'DELETE' : 'INSERT',
    lastModifiedMs: 2_003 * i - 100_001,
    val: 'x'.repeat(i % 7),
    sourceObject: `object ${i % 5}`,
    sourceLine: i,
    generation: i % 2 === 0 ? 0 : 2 ** 41 + i,
  }),
).toSorted(compareRows);

const FORMS = { plain: false, 'by dictionary': true };

test('the columns are those of a part', (t) => {
  const names = [...PART_SCHEMA.matchAll(/[<,](\w+):/g)].map(([, name = '']) => name);
  t.deepEqual(
    Object.keys(COLUMN).map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
    names,
  );
  t.deepEqual(Object.values(COLUMN), [...names.keys()]);
});

for (const [form, dictionaries] of Object.entries(FORMS)) {
  test(`strings ${form}: rows are read, sliced and taken as they are`, async (t) => {
    const batch = await batchOf(ROWS, dictionaries);
    t.is('ids' in columnOf(batch, COLUMN.dbType), dictionaries);
    t.deepEqual(plainRows(batch), ROWS);

    for (const [from, to] of [
      [0, 300],
      [0, 1],
      [299, 300],
      [13, 140],
      [7, 7],
    ] as const) {
      t.deepEqual(plainRows(sliceBatch(batch, from, to)), ROWS.slice(from, to));
    }
    const slice = sliceBatch(batch, 20, 220);
    t.deepEqual(plainRows(sliceBatch(slice, 5, 9)), ROWS.slice(25, 29));

    for (const numbers of [[], [0], [199], [1, 2, 3, 50, 198], [...Array(200).keys()]]) {
      const taken = takeRows(slice, Uint32Array.from(numbers));
      t.deepEqual(
        plainRows(taken),
        numbers.map((number) => ROWS[20 + number]),
      );
    }
  });

  test(`strings ${form}: where an id_part ends is found as by looking at every row`, async (t) => {
    const batch = await batchOf(ROWS, dictionaries);
    const idParts = stringsIn(batch, COLUMN.idPart);
    const numbers = ROWS.map(({ idPart }) => Number.parseInt(idPart, 16));
    t.deepEqual(
      ROWS.map((_, row) => idPartAt(idParts, row)),
      numbers,
    );
    for (const [from, size] of [
      [0, 300],
      [17, 290],
      [300, 300],
    ] as const) {
      for (let idPart = -1; idPart <= 256; idPart++) {
        const found = numbers.findIndex((each, row) => row >= from && row < size && each > idPart);
        t.is(endOfIdPart(idParts, idPart, from, size), found === -1 ? size : found);
      }
    }
  });

  for (const idPart of ['', 'a', 'abc', 'AB', 'g0', '0g', 'é']) {
    test(`strings ${form}: the id_part ${JSON.stringify(idPart)} is refused`, async (t) => {
      const rows = ['00', idPart, 'ff'].map((each) => plainRow({ idPart: each }));
      const batch = await batchOf(rows, dictionaries);
      const idParts = stringsIn(batch, COLUMN.idPart);
      const row = rows.toSorted(compareRows).findIndex((each) => each.idPart === idPart);
      t.throws(() => idPartAt(idParts, row), {
        instanceOf: RowShapeError,
        message: 'column idPart has no two lower-case hex digits',
      });
    });
  }
}

test('a column with nulls is refused', async (t) => {
  const batch = await batchOf(ROWS, false);
  const withNulls = {
    ...batch,
    columns: batch.columns.map((vector) => ({ ...vector, present: new Uint8Array(38) })),
  };
  for (const read of [
    () => stringsIn(withNulls, COLUMN.val),
    () => halvesIn(withNulls, COLUMN.fingerprint),
    () => intsIn(withNulls, COLUMN.sourceLine),
    () => timestampsIn(withNulls),
  ]) {
    t.throws(read, { instanceOf: RowShapeError, message: /^column \w+ has nulls$/ });
  }
});

test('a column of another type, or none, is refused', async (t) => {
  const batch = await batchOf(ROWS, false);
  const shuffled = { ...batch, columns: batch.columns.toReversed() };
  for (const wrong of [shuffled, { size: 300, columns: [] }]) {
    t.throws(() => stringsIn(wrong, COLUMN.id), { instanceOf: RowShapeError });
    t.throws(() => halvesIn(wrong, COLUMN.sourceLine), { instanceOf: RowShapeError });
    t.throws(() => intsIn(wrong, COLUMN.fingerprint), { instanceOf: RowShapeError });
    t.throws(() => timestampsIn(wrong), { instanceOf: RowShapeError });
  }
  const bits = { size: 2, columns: [{ bits: new Uint8Array(1) }] };
  t.throws(() => sliceBatch(bits, 0, 1), { instanceOf: RowShapeError });
  t.throws(() => takeRows(bits, new Uint32Array(1)), { instanceOf: RowShapeError });
});

async function batchOf(rows: readonly PlainRow[], dictionaries: boolean): Promise<ColumnBatch> {
  const [batch, ...others] = await rowBatches(rows, { dictionaries });
  if (batch === undefined || others.length > 0) throw new Error('not one batch');
  return batch;
}

function columnOf(batch: ColumnBatch, column: number): ColumnVector {
  const vector = batch.columns[column];
  if (vector === undefined) throw new Error(`no column ${column}`);
  return vector;
}

/** The rows of a batch, read with nothing but the functions under test. */
function plainRows(batch: ColumnBatch): PlainRow[] {
  const text = (column: number, row: number): string => {
    const { data, offsets, ids } = stringsIn(batch, column);
    const index = ids === undefined ? row : (ids[row] ?? -1);
    return Buffer.from(data.subarray(offsets[index], offsets[index + 1])).toString();
  };
  const integer = (halves: Int32Array, row: number): bigint =>
    (BigInt(halves[2 * row + 1] ?? 0) << 32n) + BigInt((halves[2 * row] ?? 0) >>> 0);
  const { seconds, nanos } = timestampsIn(batch);
  return Array.from({ length: batch.size }, (_, row) => ({
    id: text(COLUMN.id, row),
    idPart: text(COLUMN.idPart, row),
    dbType: text(COLUMN.dbType, row) as PlainRow['dbType'],
    lastModifiedMs: Number(integer(seconds, row)) * 1_000 + (nanos[row] ?? 0) / 1e6,
    val: text(COLUMN.val, row),
    fingerprint: integer(halvesIn(batch, COLUMN.fingerprint), row),
    sourceObject: text(COLUMN.sourceObject, row),
    sourceLine: intsIn(batch, COLUMN.sourceLine)[row] ?? -1,
    generation: Number(integer(halvesIn(batch, COLUMN.generation), row)),
  }));
}
