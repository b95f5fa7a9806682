import test from 'ava';
import { OrcError } from '../src/errors.ts';
import { openReader, type Reader, type ReadOptions } from '../src/reader.ts';
import { comparable } from './helpers/comparable.ts';
import { countingSource } from './helpers/counting-source.ts';
import { writeColumns } from './helpers/memory-file.ts';
import { random } from './helpers/random.ts';
import { randomTable, type Column } from './helpers/table.ts';

const STRIDE = 1000;
const ROWS = 40_000;

/** Bytes that cannot be compressed: 40 a row in `noise`, 8 in `number`. */
const columns: readonly Column[] = (() => {
  const r = random(1);
  const noise = (): Uint8Array => Uint8Array.from({ length: 40 }, () => r.below(256));
  return [
    { name: 'noise', type: 'binary', values: Array.from({ length: ROWS }, noise) },
    { name: 'number', type: 'bigint', values: Array.from({ length: ROWS }, () => r.bits64()) },
    { name: 'row', type: 'int', values: Array.from({ length: ROWS }, (_, row) => row) },
  ];
})();

const file = writeColumns(columns, { rowIndexStride: STRIDE, compressionBlockSize: 8192 });
const withoutIndex = writeColumns(columns, { rowIndexStride: 0, compressionBlockSize: 8192 });

test('a row group is read without the rest of the stripe', async (t) => {
  const source = countingSource(await file);
  await using reader = await openReader(source);
  const before = source.bytesRead();
  const { size } = await reader.readRowGroup(0, 17);
  t.is(size, STRIDE);
  // Of 40 groups with 48,000 bytes; around them are the index, chunks that go on, and gaps.
  t.true(source.bytesRead() - before < 5 * 48_000, `${source.bytesRead() - before} bytes`);
});

test('of a row group only the wanted columns are read', async (t) => {
  const source = countingSource(await file);
  await using reader = await openReader(source);
  const before = source.bytesRead();
  await reader.readRowGroup(0, 17, { include: ['number'] });
  t.true(source.bytesRead() - before < 6 * 8000, `${source.bytesRead() - before} bytes`);
});

test('row groups that are searched for are read, and those between them are not', async (t) => {
  const source = countingSource(await file);
  await using reader = await openReader(source);
  const searchArgument = {
    or: [3500, 30_500].map((equals) => ({ column: 'row', equals })),
  };
  const before = source.bytesRead();
  const found: number[] = [];
  for await (const { row } of reader.rows<{ row: number }>({ searchArgument, include: ['noise', 'row'] }))
    found.push(row);
  t.deepEqual(found, [...range(3000, 4000), ...range(30_000, 31_000)]);
  t.true(source.bytesRead() - before < 6 * 40_000, `${source.bytesRead() - before} bytes`);
  t.true(source.requests.length <= 9, `${source.requests.length} requests`);
});

test('a stripe that fits the window is one request', async (t) => {
  const source = countingSource(await file);
  await using reader = await openReader(source);
  const before = source.requests.length;
  for await (const { size } of reader.batches()) t.true(size > 0);
  t.is(source.requests.length - before, 1); // Its footer came with the tail.
});

for (const [name, bytes] of [
  ['with an index', file],
  ['without an index', withoutIndex],
] as const) {
  test(`${name}: no more than the window is fetched ahead, and nothing twice`, async (t) => {
    const windowBytes = 200_000;
    const source = countingSource(await bytes);
    await using reader = await openReader(source);
    const dataLength = reader.stripes[0]?.dataLength ?? 0;
    const before = source.bytesRead();
    let rows = 0;
    for await (const { size } of reader.batches({ windowBytes, batchSize: 500 })) {
      rows += size;
      const used = (dataLength * rows) / ROWS;
      t.true(source.bytesRead() - before - used < windowBytes * 1.1, `after ${rows} rows`);
      // The next round comes meanwhile.
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
    }
    t.is(rows, ROWS);
    t.true(source.bytesRead() - before < dataLength * 1.02 + 1000);
  });
}

test('a source that fails while the next bytes are fetched is an error of the batch that needs them', async (t) => {
  const whole = countingSource(await file);
  let requests = 0;
  const source = {
    byteLength: whole.byteLength,
    async slice(start: number, end: number) {
      if (++requests > 12) throw new RangeError('the store is gone');
      return whole.slice(start, end);
    },
  };
  await using reader = await openReader(source);
  let rows = 0;
  await t.throwsAsync(
    async () => {
      for await (const { size } of reader.batches({ windowBytes: 200_000 })) rows += size;
    },
    { instanceOf: RangeError },
  );
  t.true(rows > 0 && rows < ROWS);
});

test('who stops early leaves nothing under way', async (t) => {
  const source = countingSource(await file);
  await using reader = await openReader(source);
  for await (const { size } of reader.batches({ windowBytes: 200_000 })) {
    t.is(size, 4096);
    break;
  }
  const { length } = source.requests;
  await new Promise(setImmediate);
  t.is(source.requests.length, length);
});

for (let seed = 1; seed <= 12; seed++) {
  test(`random table ${seed}: windows of any size give the same batches`, async (t) => {
    const r = random(seed);
    const table = randomTable(r, 1200);
    const bytes = await writeColumns(table, {
      compression: r.pick(['NONE', 'ZLIB', 'SNAPPY'] as const),
      compressionBlockSize: r.pick([64, 1024, 65_536]),
      rowIndexStride: r.pick([0, 100, 1024]),
      stripeRowCount: r.pick([500, 1_000_000]),
    });
    const batchSize = 1 + r.below(900);
    const expected = await batchesOf(await openReader(bytes), { batchSize });
    for (const windowBytes of [100, 1000, 20_000]) {
      t.deepEqual(
        await batchesOf(await openReader(countingSource(bytes)), { batchSize, windowBytes }),
        expected,
      );
    }
  });
}

test('a batch ends when its strings and elements reach the limit, and has a row at least', async (t) => {
  const lengths = [10, 20, 5000, 30_000, 1, 2, 3, 900, 900, 900];
  const bytes = await writeColumns([
    { name: 's', type: 'string', values: lengths.map((length) => 's'.repeat(length)) },
    { name: 'd', type: 'string', values: lengths.map(() => 'd'.repeat(100)) },
  ]);
  await using reader = await openReader(bytes);
  const sizes: number[] = [];
  const read: number[] = [];
  for await (const { size, columns: vectors } of reader.batches({ batchBytes: 2500 })) {
    sizes.push(size);
    const [first] = vectors;
    if (first === undefined || !('offsets' in first)) throw new TypeError('not strings');
    for (let i = 0; i < size; i++) read.push((first.offsets[i + 1] ?? 0) - (first.offsets[i] ?? 0));
  }
  t.deepEqual(read, lengths);
  t.true(sizes.length > 3 && sizes.length < 10, sizes.join(' '));
});

test('sizes that are no positive integers are refused', async (t) => {
  await using reader = await openReader(await file);
  for (const options of [{ windowBytes: 0 }, { batchBytes: -1 }, { batchSize: 1.5 }]) {
    await t.throwsAsync(batchesOf(reader, options), { instanceOf: OrcError, code: 'bad-option' });
  }
  await t.throwsAsync(openReader(await file, { memoryLimit: Number.NaN }), { code: 'bad-option' });
});

async function batchesOf(reader: Reader, options: ReadOptions): Promise<unknown[]> {
  const batches: unknown[] = [];
  for await (const batch of reader.batches(options)) batches.push(comparable(batch));
  return batches;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
