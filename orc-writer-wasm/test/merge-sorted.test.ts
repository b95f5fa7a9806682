import test from 'ava';
import { SchemaMismatchError } from '../src/errors.ts';
import type { ColumnBatch } from '../src/columns.ts';
import { mergeBatches } from '../src/merge-batches.ts';
import type { Dedupe } from '../src/merge-order.ts';
import { mergeSorted, type MergeOptions, type MergeResult } from '../src/merge-sorted.ts';
import { openReader, type Reader } from '../src/reader.ts';
import { rowValues, type NestedValue } from '../src/row-values.ts';
import { parseSchema, type TypeDescription } from '../src/schema.ts';
import type { SortKey } from '../src/sort-keys.ts';
import type { WriterOptions } from '../src/writer-options.ts';
import { keyTypes, mergedRows, randomInputs, type Row } from './helpers/merge-reference.ts';
import { writeBatches } from './helpers/memory-file.ts';
import { randomType, rawVector, shown } from './helpers/nested.ts';
import { random } from './helpers/random.ts';
import { stringsOf } from './helpers/table.ts';

async function fileOf(
  schema: TypeDescription,
  rows: readonly Row[],
  options: Omit<WriterOptions, 'schema'> = {},
): Promise<Reader> {
  const columns = schema.children.map((type, i) =>
    rawVector(
      type,
      rows.map((row) => row[i] ?? null),
    ),
  );
  return openReader(
    await writeBatches([{ size: rows.length, columns }], { rowIndexStride: 1000, ...options, schema }),
  );
}

async function merge(
  inputs: readonly Reader[],
  options: MergeOptions,
): Promise<{ readonly result: MergeResult; readonly reader: Reader; readonly bytes: Buffer }> {
  const chunks: Uint8Array[] = [];
  const result = await mergeSorted((chunk) => void chunks.push(chunk), inputs, options);
  const bytes = Buffer.concat(chunks);
  return { result, bytes, reader: await openReader(bytes) };
}

async function rowsOf(reader: Reader): Promise<Record<string, NestedValue>[]> {
  const rows = [];
  for await (const row of reader.rows<Record<string, NestedValue>>()) rows.push(row);
  return rows;
}

for (const seed of Array.from({ length: 24 }, (_, i) => i)) {
  test(`random files of all types are merged as sorting all rows would (${seed})`, async (t) => {
    const r = random(seed);
    const keys = Array.from({ length: 1 + r.below(3) }, (_, i) => `k${i}`);
    const fields = [
      ...keys.map((name) => `${name}:${r.pick(keyTypes)}`),
      ...Array.from({ length: r.below(4) }, (_, i) => `v${i}:${randomType(r, 2)}`),
      `rank:${r.pick(keyTypes)}`,
    ];
    const schema = parseSchema(`struct<${fields.join(',')}>`);
    const sortKeys = keys.map((column): SortKey => ({
      column,
      ...r.pick([{}, { order: 'asc' } as const, { order: 'desc' } as const]),
      ...r.pick([{}, { nulls: 'first' } as const, { nulls: 'last' } as const]),
    }));
    const { dedupe } = r.pick<{ readonly dedupe?: Dedupe }>([
      {},
      { dedupe: { keys: [keys[0] ?? '', 'rank'], keep: 'first' } },
      { dedupe: { keys, keep: 'last' } },
      { dedupe: { keys: [keys[0] ?? ''], keep: { max: 'rank' } } },
    ]);
    const inputs = randomInputs(r, schema, sortKeys, r.pick([5, 400, 3000]));
    const readers = await Promise.all(
      inputs.map((rows) => fileOf(schema, rows, { stripeRowCount: r.pick([100, 1500, 1e6]) })),
    );
    const rows = mergedRows(schema, inputs, sortKeys, dedupe);
    const { result, reader } = await merge(readers, {
      sortKeys,
      ...(dedupe === undefined ? {} : { dedupe }),
      stripeRowCount: r.pick([700, 1e6]),
      rowIndexStride: 1000,
    });
    const rowsIn = inputs.flat().length;
    t.like(result, { rowsIn, rows: rows.length, duplicates: rowsIn - rows.length });
    t.deepEqual(
      await rowsOf(reader),
      rows.map((row) => shown(schema, row) as Record<string, NestedValue>),
    );
  });
}

const pairs = parseSchema('struct<id:string,version:int>');

test('a group of duplicates may be longer than batches, picks and small groups', async (t) => {
  const inputs = [0, 1, 2].map((input) =>
    Array.from({ length: 20_000 }, (_, i): Row => ['same', Math.floor(i / 2) + input * 5000]),
  );
  const sortKeys = [{ column: 'id' }, { column: 'version' }];
  for (const keep of ['first', 'last'] as const) {
    const { result, reader } = await merge(await Promise.all(inputs.map((rows) => fileOf(pairs, rows))), {
      sortKeys: [{ column: 'id' }, { column: 'version' }],
      dedupe: { keys: ['id', 'version'], keep },
    });
    t.like(result, { rows: 20_000, duplicates: 40_000 });
    const rows = await rowsOf(reader);
    t.deepEqual(
      rows.map(({ version }) => version),
      Array.from({ length: 20_000 }, (_, i) => i),
    );
  }
  const { result } = await merge(await Promise.all(inputs.map((rows) => fileOf(pairs, rows))), {
    sortKeys,
    dedupe: { keys: ['id'], keep: { max: 'version' } },
  });
  t.is(result.rows, 1);
});

test('duplicates that are apart in a large group are found, and the better one replaces the other', async (t) => {
  const schema = parseSchema('struct<id:string,place:int,twin:int,rank:bigint>');
  const rows = Array.from({ length: 5000 }, (_, i): Row => ['x', i, i % 1000, BigInt(i)]);
  const { reader, result } = await merge([await fileOf(schema, rows)], {
    sortKeys: [{ column: 'id' }, { column: 'place' }],
    dedupe: { keys: ['id', 'twin'], keep: { max: 'rank' } },
  });
  t.like(result, { rows: 1000, duplicates: 4000 });
  t.deepEqual(
    (await rowsOf(reader)).map(({ place }) => place),
    Array.from({ length: 1000 }, (_, i) => 4000 + i),
  );
});

const numbers = parseSchema('struct<n:bigint,text:string>');
const large = { stripeRowCount: 2000, stripeSize: 1000 };
const byNumber = { sortKeys: [{ column: 'n' }], ...large, rowIndexStride: 1000 };

function run(from: number, count: number, step = 1): Row[] {
  return Array.from({ length: count }, (_, i): Row => {
    const n = from + i * step;
    return [BigInt(n), `row ${n}${n % 7 === 1 ? ' long'.repeat(100) : ''}`];
  });
}

test('stripes that no other input overlaps are copied, the others are encoded anew', async (t) => {
  const inputs = [run(0, 10_000), run(12_500, 2), run(10_000, 4000), run(14_000, 6000)];
  const readers = await Promise.all(inputs.map((rows) => fileOf(numbers, rows, large)));
  const { result, reader } = await merge(readers, byNumber);
  t.like(result, { rows: 20_002, rowsIn: 20_002, stripesCopied: 19 });
  const sorted = mergedRows(numbers, inputs, byNumber.sortKeys);
  t.deepEqual(
    await rowsOf(reader),
    sorted.map(([n = 0n, said = '']) => ({ n, text: said })),
  );
  t.is((await merge(readers, { ...byNumber, rawCopy: 'never' })).result.stripesCopied, 0);
});

test('with dedupe only the stripes of a result without duplicates are copied', async (t) => {
  const dedupe = { keys: ['n'], keep: 'first' } as const;
  const rows = run(0, 6000).flatMap((row) => [row, row]);
  const doubled = await fileOf(numbers, rows, large);
  const once = await merge([doubled], { ...byNumber, dedupe });
  t.like(once.result, { rows: 6000, duplicates: 6000, stripesCopied: 0 });
  const again = await merge([once.reader, await fileOf(numbers, run(5000, 2000), large)], {
    ...byNumber,
    dedupe,
  });
  t.like(again.result, { rows: 7000, duplicates: 1000, stripesCopied: 5 });
  const otherKeys = { ...byNumber, dedupe: { keys: ['n', 'text'], keep: 'first' } as const };
  t.is((await merge([once.reader], otherKeys)).result.stripesCopied, 0);
});

test('a stripe that ends with a row that another input has is not copied', async (t) => {
  const dedupe = { keys: ['n'], keep: 'first' } as const;
  const { reader } = await merge([await fileOf(numbers, run(0, 3000), large)], { ...byNumber, dedupe });
  for (const n of [999, 1000]) {
    const { result } = await merge([reader, await fileOf(numbers, run(n, 1))], { ...byNumber, dedupe });
    t.like(result, { rows: 3000, duplicates: 1, stripesCopied: 2 });
  }
});

test('the same files in the same order give the same bytes', async (t) => {
  const readers = await Promise.all([run(0, 3000, 3), run(1, 3000, 2)].map((rows) => fileOf(numbers, rows)));
  const [first, second] = [await merge(readers, byNumber), await merge(readers, byNumber)];
  t.deepEqual(first.bytes, second.bytes);
});

test('an aborted merge ends with the reason of its signal', async (t) => {
  const reader = await fileOf(numbers, run(0, 10));
  const signal = AbortSignal.abort(new RangeError('enough'));
  await t.throwsAsync(merge([reader], { ...byNumber, signal }), { instanceOf: RangeError });
});

test('batches are merged without a file, and their sources closed when the reader has enough', async (t) => {
  const readers = await Promise.all([run(0, 3000, 3), run(0, 3000, 2)].map((rows) => fileOf(numbers, rows)));
  const order = { sortKeys: byNumber.sortKeys, dedupe: { keys: ['n'], keep: 'first' } } as const;
  const merged = mergeBatches(
    numbers,
    readers.map((reader) => reader.batches({ batchSize: 100 })),
    order,
  );
  let rows = 0;
  for (;;) {
    const { done, value } = await merged.next();
    if (done === true) {
      t.deepEqual(value, { rowsIn: 6000, rowsOut: rows, duplicates: 1000 });
      break;
    }
    rows += value.size;
  }
  t.is(rows, 5000);
  let isClosed = false;
  async function* endless(): AsyncGenerator<ColumnBatch> {
    try {
      for (let n = 0n; ; n++) yield { size: 1, columns: [{ values: BigInt64Array.of(n) }] };
    } finally {
      isClosed = true;
    }
  }
  for await (const { size } of mergeBatches('struct<n:bigint>', [endless()], { sortKeys: order.sortKeys })) {
    t.true(size > 0);
    break;
  }
  t.true(isClosed);
});

test('batches of a stripe share its dictionary for as long as one of them is needed', async (t) => {
  const inputs = [0, 1, 2].map((input) =>
    run(input, 4000, 3 + input).map(([n = 0n]): Row => [n, `file ${input} value ${Number(n) % 50}`]),
  );
  const readers = await Promise.all(inputs.map((rows) => fileOf(numbers, rows, { stripeRowCount: 1000 })));
  const columns = numbers.children.map((type, i) => ({ type, name: numbers.fieldNames[i] ?? '' }));
  const rows = [];
  for await (const batch of mergeBatches(
    numbers,
    readers.map((reader) => reader.batches({ batchSize: 70, dictionaries: true })),
    { sortKeys: byNumber.sortKeys },
  )) {
    rows.push(...rowValues(batch, columns));
  }
  t.deepEqual(
    rows,
    mergedRows(numbers, inputs, byNumber.sortKeys).map((row) => shown(numbers, row)),
  );
});

test('a dictionary may come back after all its batches were done with', async (t) => {
  const [first, second] = ['first', 'second'].map((name) => ({
    ...stringsOf(['a', 'b', 'c'].map((entry) => Buffer.from(`${name} ${entry}`))),
    isStable: true as const,
  }));
  const order = ['first', 'second', 'plain', 'plain', 'plain', 'plain', 'second', 'first', 'plain'] as const;
  const plain = stringsOf(Array.from({ length: 500 }, (_, i) => Buffer.from(`plain ${i}`)));
  const ids = Uint32Array.from({ length: 500 }, (_, i) => i % 3);
  async function* input(): AsyncGenerator<ColumnBatch> {
    for (let n = 0; n < order.length; n++) {
      const dictionary = { first, second, plain: undefined }[order[n] ?? 'plain'];
      const values = BigInt64Array.from({ length: 500 }, (_, i) => BigInt(n * 500 + i));
      yield { size: 500, columns: [{ values }, dictionary === undefined ? plain : { ids, dictionary }] };
    }
  }
  const columns = numbers.children.map((type, i) => ({ type, name: numbers.fieldNames[i] ?? '' }));
  let rows = 0;
  for await (const batch of mergeBatches(numbers, [input()], { sortKeys: byNumber.sortKeys })) {
    for (const { n, text: said } of rowValues(batch, columns)) {
      const at = Number(n) % 500;
      const name = order[Math.floor(Number(n) / 500)];
      t.is(said, name === 'plain' ? `plain ${at}` : `${name} ${'abc'[at % 3]}`);
      rows++;
    }
  }
  t.is(rows, 4500);
});

test('nulls of an empty dictionary have no strings, whatever was in memory before', async (t) => {
  const long = stringsOf([
    Buffer.alloc(5_000_000, 'x'),
    ...Array.from({ length: 499 }, () => Buffer.from('y')),
  ]);
  const empty = {
    ids: new Uint32Array(500),
    dictionary: { ...stringsOf([]), isStable: true },
    present: new Uint8Array(63),
  } as const;
  async function* input(): AsyncGenerator<ColumnBatch> {
    for (let n = 0; n < 8; n++) {
      const values = BigInt64Array.from({ length: 500 }, (_, i) => BigInt(n * 500 + i));
      yield { size: 500, columns: [{ values }, n < 3 || n === 6 ? long : empty] };
    }
  }
  let rows = 0;
  for await (const { size } of mergeBatches(numbers, [input()], { sortKeys: byNumber.sortKeys }))
    rows += size;
  t.is(rows, 4000);
});

test('files without rows, and one alone', async (t) => {
  const empty = await fileOf(numbers, []);
  t.is((await merge([empty, empty], byNumber)).result.rows, 0);
  const { result, reader } = await merge([empty, await fileOf(numbers, run(0, 10)), empty], byNumber);
  t.is(result.rows, 10);
  t.deepEqual((await rowsOf(reader)).at(-1), { n: 9n, text: 'row 9' });
});

const refused = test.macro({
  title: (claim = '') => `refused: ${claim}`,
  async exec(t, inputs: readonly Row[][], options: MergeOptions, code: string) {
    const readers = await Promise.all(inputs.map((rows) => fileOf(numbers, rows)));
    await t.throwsAsync(merge(readers, options), { instanceOf: SchemaMismatchError, code });
  },
});

test('an input that is not sorted', refused, [run(0, 9), run(5000, 5000, -1)], byNumber, 'not-sorted');
test('no input', refused, [], byNumber, 'bad-option');
test('no sort key', refused, [[]], { sortKeys: [] }, 'bad-option');
test('a sort key that is no column', refused, [[]], { sortKeys: [{ column: 'm' }] }, 'bad-option');
test(
  'duplicates that would not come together',
  refused,
  [[]],
  { ...byNumber, dedupe: { keys: ['text'], keep: 'first' } },
  'bad-option',
);
test('another schema', async (t) => {
  const readers = [await fileOf(numbers, []), await fileOf(pairs, [])];
  await t.throwsAsync(merge(readers, byNumber), { code: 'schemas-differ' });
});
