import test from 'ava';
import { openReader, type ColumnBatch } from 'orc-writer-wasm';
import { takeRows } from '../../../compactor/part-columns.ts';
import { rowCheck, seamFault, type CheckedRows } from '../../../compactor/verify/row-check.ts';
import { plainRow, rowFile, type PlainRow } from '../../helpers/live-part.ts';

const WHOLE = { first: 0, last: 255 };
/** In order: each differs from the one before in the next of the keys. */
const SORTED: readonly PlainRow[] = [
  row({ idPart: '01', id: 'b' }),
  row({ idPart: '02', id: 'a' }),
  row({ idPart: '02', id: 'ab' }),
  row({ idPart: '02', id: 'b', lastModifiedMs: 1, fingerprint: 3n }),
  row({ idPart: '02', id: 'b', lastModifiedMs: -2_001, fingerprint: 2n }),
  row({ idPart: '02', id: 'b', lastModifiedMs: -5_000_000_000_001, fingerprint: 1n }),
  row({ idPart: '03', id: 'c', dbType: 'DELETE', fingerprint: 2n }),
  row({ idPart: '03', id: 'c', dbType: 'INSERT', fingerprint: 1n }),
  row({ idPart: '03', id: 'd', fingerprint: -(2n ** 40n) }),
  row({ idPart: '03', id: 'd', fingerprint: -1n }),
  row({ idPart: '03', id: 'd', fingerprint: 0x7fff_ffffn }),
  row({ idPart: '03', id: 'd', fingerprint: 0xffff_ffffn }),
  row({ idPart: '03', id: 'd', fingerprint: 2n ** 40n }),
];

test('rows in order have no faults, in batches of any size', async (t) => {
  const batch = await batchOf(SORTED);
  for (const size of [1, 2, 5, SORTED.length]) {
    const { rows, faults, checksum } = checked(cut(batch, size));
    t.is(rows, SORTED.length);
    t.deepEqual([...faults], []);
    t.is(
      checksum,
      BigInt.asUintN(
        64,
        SORTED.reduce((sum, { fingerprint }) => sum + fingerprint, 0n),
      ),
    );
  }
});

test('any two neighbours the other way round are out of order, in batches of any size', async (t) => {
  const batch = await batchOf(SORTED);
  for (let first = 0; first < SORTED.length - 1; first++) {
    const order = [...SORTED.keys()];
    order.splice(first, 2, first + 1, first);
    const swapped = takeRows({ ...batch, size: -1 }, Uint32Array.from(order));
    for (const size of [1, 2, SORTED.length]) {
      t.is(checked(cut(swapped, size)).faults.get('out of order'), first + 2, `${first} by ${size}`);
    }
  }
});

test('the first row that is there twice is told, of an id or of a record, in batches of any size', async (t) => {
  const batch = await batchOf(SORTED);
  const doubled = takeRows({ ...batch, size: -1 }, Uint32Array.of(0, 1, 1, 2, 2));
  for (const size of [1, 2, 5]) {
    t.is(checked(cut(doubled, size)).faults.get('twice'), 3);
    t.is(checked(cut(batch, size), 'id').faults.get('twice'), 5);
  }
});

test('rows outside the range of the name are told', async (t) => {
  const batch = await batchOf(SORTED);
  const outside = (first: number, last: number): number | undefined =>
    checked([batch], 'record', { first, last }).faults.get('outside the range of the name');
  t.is(outside(1, 3), undefined);
  t.is(outside(0, 2), 7);
  t.is(outside(2, 3), 1);
  t.is(outside(Number.NaN, Number.NaN), 1);
});

test('the rows of a file come after those of the one before', async (t) => {
  const batch = await batchOf([
    row({ id: 'a', lastModifiedMs: 2, fingerprint: 1n }),
    row({ id: 'a', lastModifiedMs: 1, fingerprint: 1n }),
    row({ id: 'a', lastModifiedMs: 0, fingerprint: 2n }),
  ]);
  const edges = cut(batch, 1).map((each) => checked([each]).edges);
  const [first, second, third] = edges;
  if (first === undefined || second === undefined || third === undefined) return t.fail();
  t.is(seamFault(second.last, third.first, 'record'), undefined);
  t.is(seamFault(second.last, third.first, 'id'), 'twice');
  t.is(seamFault(first.last, second.first, 'record'), 'twice');
  t.is(seamFault(second.last, first.first, 'record'), 'out of order');
  t.is(checked([]).edges, undefined);
});

function row(values: Partial<PlainRow>): PlainRow {
  return plainRow({ idPart: '00', ...values });
}

async function batchOf(rows: readonly PlainRow[]): Promise<ColumnBatch> {
  await using reader = await openReader(await rowFile(rows));
  const [batch] = await Array.fromAsync(reader.batches());
  if (batch === undefined) throw new Error('no rows');
  return batch;
}

function cut(batch: ColumnBatch, size: number): ColumnBatch[] {
  return Array.from({ length: Math.ceil(batch.size / size) }, (_, index) => {
    const rows = Array.from({ length: size }, (__, at) => index * size + at).filter((at) => at < batch.size);
    return takeRows({ ...batch, size: -1 }, Uint32Array.from(rows));
  });
}

function checked(
  batches: readonly ColumnBatch[],
  uniqueness: 'record' | 'id' = 'record',
  range = WHOLE,
): CheckedRows {
  const check = rowCheck(uniqueness, range);
  for (const batch of batches) check.add(batch);
  return check.end();
}
