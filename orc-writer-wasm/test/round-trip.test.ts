import test from 'ava';
import type { ColumnBatch, Dictionary } from '../src/columns.ts';
import { openReader, type Reader } from '../src/reader.ts';
import type { ColumnStatistics } from '../src/statistics.ts';
import { writeBatches, writeColumns } from './helpers/memory-file.ts';
import { random } from './helpers/random.ts';
import {
  batchOf,
  numbered,
  randomTable,
  schemaOf,
  stringsOf,
  valuesOf,
  type Column,
  type Value,
} from './helpers/table.ts';

for (let seed = 1; seed <= 24; seed++) {
  test(`random table ${seed}: values, row groups, statistics, and the same bytes for other batches`, async (t) => {
    const r = random(seed);
    const rows = r.pick([1, 300, 5000, 5000]);
    const columns = randomTable(r, rows);
    const rowIndexStride = r.pick([100, 1000, 1024]);
    const options = {
      rowIndexStride,
      compression: r.pick(['NONE', 'ZLIB', 'ZSTD'] as const),
      compressionBlockSize: r.pick([64, 1024, 65_536]),
      stripeRowCount: r.pick([777, 2048, 1_000_000]),
      encodingStrategy: r.pick(['SPEED', 'COMPRESSION'] as const),
    };
    const file = await writeColumns(columns, options);
    t.deepEqual(await writeColumns(columns, options, () => 1 + r.below(700)), file);

    await using reader = await openReader(file);
    t.is(reader.numberOfRows, rows);
    t.deepEqual(await readAll(reader, columns, 1 + r.below(999)), columns);
    t.deepEqual(await readGroups(reader, columns), columns);
    await checkStatistics(reader, columns, rowIndexStride, (actual, expected) =>
      t.deepEqual(actual, expected),
    );
  });
}

test('70,000 rows over several stripes and row groups come back', async (t) => {
  const r = random(70);
  const rows = 70_000;
  const columns: Column[] = [
    { name: 'id', type: 'string', values: Array.from({ length: rows }, (_, i) => `id ${i} #+🙂`) },
    {
      name: 'kind',
      type: 'string',
      values: Array.from({ length: rows }, () => r.pick(['a', 'b', 'c', null])),
    },
    { name: 'n', type: 'int', values: Array.from({ length: rows }, () => r.below(1e6)) },
    { name: 'at', type: 'timestamp', values: Array.from({ length: rows }, (_, i) => BigInt(i) * 10n ** 12n) },
  ];
  const file = await writeColumns(columns, { stripeSize: 200_000, compression: 'ZLIB' }, () => 8000);
  await using reader = await openReader(file);
  t.true(reader.stripes.length > 1);
  t.deepEqual(await readAll(reader, columns, 4096), columns);
  t.deepEqual(await readGroups(reader, columns), columns);
});

test('a dictionary vector gives the bytes of the plain strings', async (t) => {
  const r = random(5);
  for (const distinct of [3, 700, 100_000]) {
    const values = Array.from({ length: 12_000 }, () =>
      r.below(9) === 0 ? null : `value ${r.below(distinct)}`,
    );
    const column: Column = { name: 's', type: 'string', values };
    const parts = [0, 1, 5000, 5001].map((from, i, all) => values.slice(from, all[i + 1]));
    const options = { schema: schemaOf([column]), stripeRowCount: 7000, rowIndexStride: 1000 };
    const file = await writeBatches(
      parts.map((part) => ({ size: part.length, columns: [numbered(part)] })),
      options,
    );
    t.deepEqual(file, await writeBatches([batchOf([column], 0, values.length)], options));
  }
});

test('numbered strings are read with one dictionary a stripe, and written from it to the same file', async (t) => {
  const r = random(6);
  const values = Array.from({ length: 9000 }, (_, i) =>
    i < 3000 || r.below(9) > 0 ? `value ${r.below(300)}` : null,
  );
  const column: Column = { name: 's', type: 'string', values };
  const options = { stripeRowCount: 3000, rowIndexStride: 1000 };
  const file = await writeColumns([column], options);
  await using reader = await openReader(file);
  const batches = await Array.fromAsync(reader.batches({ dictionaries: true, batchSize: 900 }));
  const dictionaries = batches.map(({ columns: [vector] }) =>
    vector !== undefined && 'ids' in vector ? vector.dictionary : undefined,
  );
  t.is(new Set(dictionaries).size, 3);
  t.false(dictionaries.includes(undefined));
  t.is(dictionaries[0]?.isStable, true);
  t.deepEqual(await writeBatches(batches, { ...options, schema: schemaOf([column]) }), file);
  const rows = await Array.fromAsync(reader.rows({ dictionaries: true }));
  t.deepEqual(
    rows.map(({ s }) => s),
    values,
  );
});

test('the ids of null rows do not matter, not even for where stripes end', async (t) => {
  const dictionary = stringsOf([Buffer.alloc(2 ** 20, 'long'), Buffer.from('short')]);
  const options = { schema: 'struct<s:string>', stripeSize: 1 };
  const write = (id: number): Promise<Buffer> => {
    const ids = Uint32Array.from({ length: 80 }, (_, row) => (row % 2 === 0 ? 1 : id));
    const present = new Uint8Array(10).fill(0b01010101);
    return writeBatches([{ size: 80, columns: [{ ids, dictionary, present }] }], options);
  };
  const file = await write(1);
  t.deepEqual(await write(0), file);
  t.deepEqual(await write(99), file);
});

test('a dictionary marked as stable is taken in once, any other with every batch', async (t) => {
  const entries = stringsOf([Buffer.from('old')]);
  const write = (dictionary: Dictionary): Promise<Buffer> =>
    writeBatches(changing(dictionary), { schema: 'struct<s:string>' });
  const texts = async (file: Buffer): Promise<unknown[]> => {
    await using reader = await openReader(file);
    return (await Array.fromAsync(reader.rows())).map(({ s }) => s);
  };
  t.deepEqual(await texts(await write(entries)), ['old', 'new']);
  t.deepEqual(await texts(await write({ ...entries, isStable: true })), ['old', 'old']);

  function* changing(dictionary: Dictionary): Generator<ColumnBatch> {
    const batch = { size: 1, columns: [{ ids: Uint32Array.of(0), dictionary }] };
    dictionary.data.set(Buffer.from('old'));
    yield batch;
    dictionary.data.set(Buffer.from('new'));
    yield batch;
  }
});

test('no rows make a file without stripes', async (t) => {
  const file = await writeColumns([{ name: 'id', type: 'string', values: [] }]);
  await using reader = await openReader(file);
  t.deepEqual([reader.numberOfRows, reader.stripes.length, reader.schema.fieldNames], [0, 0, ['id']]);
  t.deepEqual(await reader.stripeStatistics(), []);
});

test('included columns are read without the others, chosen stripes without the rest', async (t) => {
  const columns: Column[] = [
    { name: 'a', type: 'int', values: [1, 2, 3, 4] },
    { name: 'b', type: 'string', values: ['w', 'x', 'y', 'z'] },
    { name: 'c', type: 'bigint', values: [1n, null, 3n, 4n] },
  ];
  await using reader = await openReader(await writeColumns(columns, { stripeRowCount: 2 }));
  const rows = [];
  for await (const row of reader.rows({ include: ['c', 'b'], stripes: [1] })) rows.push(row);
  t.deepEqual(rows, [
    { b: 'y', c: 3n },
    { b: 'z', c: 4n },
  ]);
});

test('timestamps before 1970, with every number of digits, and as milliseconds', async (t) => {
  const values = [
    -1_500_000_000n,
    -2_000_000_001n,
    -1_000_000_000n,
    0n,
    1n,
    999_999_999n,
    -(10n ** 18n) + 1n,
    10n ** 9n,
  ];
  const columns: Column[] = [{ name: 't', type: 'timestamp', values }];
  await using reader = await openReader(await writeColumns(columns));
  t.deepEqual(await readAll(reader, columns, 100), columns);

  const millis = Float64Array.of(-1500, -1, -62_135_596_800_000, 0, 1.7e12 + 123);
  const file = await writeBatches([{ size: 5, columns: [{ millis }] }], { schema: 'struct<t:timestamp>' });
  await using second = await openReader(file);
  const rows = [];
  for await (const { t: text } of second.rows()) rows.push(text);
  t.deepEqual(rows, [
    '1969-12-31 23:59:58.5',
    '1970-01-01 00:00:00.999', // ORC-763: one second late, as Apache's writers have it
    '0001-01-01 00:00:00.0',
    '1970-01-01 00:00:00.0',
    '2023-11-14 22:13:20.123',
  ]);
});

async function readAll(reader: Reader, columns: readonly Column[], batchSize: number): Promise<Column[]> {
  const read = columns.map((column) => ({ ...column, values: [] as Value[] }));
  for await (const { size, columns: vectors } of reader.batches({ batchSize })) {
    read.forEach(({ type, values }, i) => {
      const vector = vectors[i];
      if (vector !== undefined) values.push(...valuesOf(type, vector, size));
    });
  }
  return read.map(withBuffers);
}

async function readGroups(reader: Reader, columns: readonly Column[]): Promise<Column[]> {
  const read = columns.map((column) => ({ ...column, values: [] as Value[] }));
  for (const [number, stripe] of reader.stripes.entries()) {
    const groups = Math.ceil(stripe.numberOfRows / reader.rowIndexStride);
    for (let group = 0; group < groups; group++) {
      const { size, columns: vectors } = await reader.readRowGroup(number, group);
      read.forEach(({ type, values }, i) => {
        const vector = vectors[i];
        if (vector !== undefined) values.push(...valuesOf(type, vector, size));
      });
    }
  }
  return read.map(withBuffers);
}

/** The kind of array that the test tables have. */
function withBuffers(column: Column): Column {
  return {
    ...column,
    values: column.values.map((value) => (value instanceof Uint8Array ? Uint8Array.from(value) : value)),
  };
}

async function checkStatistics(
  reader: Reader,
  columns: readonly Column[],
  stride: number,
  same: (actual: unknown, expected: unknown) => void,
): Promise<void> {
  const stripeStatistics = await reader.stripeStatistics();
  let start = 0;
  for (const [number, stripe] of reader.stripes.entries()) {
    const index = await reader.rowIndex(number);
    const end = start + stripe.numberOfRows;
    columns.forEach((column, i) => {
      check(withoutBytes(stripeStatistics[number]?.[i + 1]), expectedStatistics(column, start, end));
      const groups = index[i + 1] ?? [];
      same(groups.length, Math.ceil(stripe.numberOfRows / stride));
      groups.forEach(({ statistics }, group) => {
        const from = start + group * stride;
        check(statistics, expectedStatistics(column, from, Math.min(end, from + stride)));
      });
    });
    same(index[0]?.length, index[1]?.length);
    start = end;
  }
  columns.forEach((column, i) => {
    check(withoutBytes(reader.statistics()[i + 1]), expectedStatistics(column, 0, column.values.length));
  });

  function check(actual: ColumnStatistics, expected: ColumnStatistics): void {
    same(actual, alikeSums(actual, expected));
  }
}

function withoutBytes(statistics: ColumnStatistics | undefined): Omit<ColumnStatistics, 'bytesOnDisk'> {
  const { bytesOnDisk, ...rest } = statistics ?? { numberOfValues: -1, hasNull: false };
  if (bytesOnDisk === undefined) throw new TypeError('stripes and files have bytesOnDisk');
  return rest;
}

/** Computed from the values alone. */
function expectedStatistics({ type, values }: Column, from: number, to: number): ColumnStatistics {
  const present = values.slice(from, to).filter((value) => value !== null);
  const base = { numberOfValues: present.length, hasNull: present.length < to - from };
  switch (type) {
    case 'string': {
      const bytes = present
        .map((value) => Buffer.from(String(value)))
        .toSorted((x, y) => Buffer.compare(x, y));
      const sum = BigInt(bytes.reduce((total, each) => total + each.length, 0));
      const [minimum, maximum] = [bytes[0], bytes.at(-1)];
      if (minimum === undefined || maximum === undefined)
        return { ...base, values: { kind: 'string', sum: 0n } };
      const lower = minimum.length > 1024 ? { lowerBound: Buffer.from(cut(minimum).join('')) } : { minimum };
      const upper = maximum.length > 1024 ? upperBound(maximum) : { maximum };
      return { ...base, values: { kind: 'string', ...lower, ...upper, sum } };
    }
    case 'binary': {
      const sum = present.reduce(
        (total: number, value) => total + (value instanceof Uint8Array ? value.length : 0),
        0,
      );
      return { ...base, values: { kind: 'binary', sum: BigInt(sum) } };
    }
    case 'timestamp': {
      const [minimum, maximum] = extremes(present).map((value) => {
        const nanos = ((value % 1_000_000n) + 1_000_000n) % 1_000_000n;
        return { millis: (value - nanos) / 1_000_000n, nanos: Number(nanos) };
      });
      return { ...base, values: { kind: 'timestamp', ...(minimum && maximum ? { minimum, maximum } : {}) } };
    }
    case 'date': {
      const [minimum, maximum] = extremes(present).map(Number);
      return {
        ...base,
        values: {
          kind: 'date',
          ...(minimum === undefined || maximum === undefined ? {} : { minimum, maximum }),
        },
      };
    }
    default: {
      const [minimum, maximum] = extremes(present);
      const sum = present.reduce((total: bigint, value) => total + asBigInt(value), 0n);
      const bounds = minimum === undefined || maximum === undefined ? {} : { minimum, maximum };
      return { ...base, values: { kind: 'integer', ...bounds, sum } };
    }
  }
}

/** The exact sum is left out of both if the statistics have none and partial sums may have passed 64 bits. */
function alikeSums(actual: ColumnStatistics, expected: ColumnStatistics): ColumnStatistics {
  const { values } = expected;
  if (values?.kind !== 'integer' || (actual.values?.kind === 'integer' && actual.values.sum !== undefined))
    return expected;
  const largest = [values.minimum ?? 0n, values.maximum ?? 0n].map((value) => (value < 0n ? -value : value));
  const mayOverflow = largest.some((value) => value * BigInt(expected.numberOfValues) >= 2n ** 63n);
  const { sum: _, ...bounds } = values;
  return mayOverflow ? { ...expected, values: bounds } : expected;
}

function extremes(values: readonly Value[]): bigint[] {
  const sorted = values.map(asBigInt).toSorted((x, y) => (x < y ? -1 : Number(x > y)));
  return sorted.length === 0 ? [] : [sorted[0] ?? 0n, sorted.at(-1) ?? 0n];
}

function asBigInt(value: Value): bigint {
  return typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n;
}

/** At most 1,024 bytes of whole code points. */
function cut(bytes: Uint8Array): string[] {
  const kept: string[] = [];
  let length = 0;
  for (const character of Buffer.from(bytes).toString()) {
    length += Buffer.byteLength(character);
    if (length > 1024) break;
    kept.push(character);
  }
  return kept;
}

function upperBound(bytes: Uint8Array): { upperBound: Buffer } | { maximum: Uint8Array } {
  const kept = cut(bytes);
  while (kept.at(-1) === '\u{10ffff}') kept.pop();
  const last = kept.pop()?.codePointAt(0);
  if (last === undefined) return { maximum: bytes };
  const raised = String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  return { upperBound: Buffer.from([...kept, raised].join('')) };
}
