import test from 'ava';
import { inflateRawSync } from 'node:zlib';
import { SchemaMismatchError } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import { createWriter } from '../src/writer.ts';
import { writeBatches, writeColumns } from './helpers/memory-file.ts';
import { streamsOf } from './helpers/streams.ts';
import { batchOf, schemaOf, stringsOf, type Column } from './helpers/table.ts';

const words = (count: number, word: (row: number) => string | null): Column => ({
  name: 's',
  type: 'string',
  values: Array.from({ length: count }, (_, row) => word(row)),
});

test('streams are in the order of ORC Java, and only a column with a null has PRESENT', async (t) => {
  const columns: Column[] = [
    words(4, (row) => (row === 2 ? null : 'same')),
    { name: 'n', type: 'int', values: [1, 2, 3, 4] },
    { name: 't', type: 'timestamp', values: [0n, 1n, 2n, null] },
    { ...words(4, (row) => `different ${row}`), name: 'u' },
  ];
  const { footers } = await streamsOf(await writeColumns(columns));
  t.deepEqual(
    footers[0]?.streams.map(({ column, kind }) => `${column} ${kind}`),
    [
      ...['0 ROW_INDEX', '1 ROW_INDEX', '2 ROW_INDEX', '3 ROW_INDEX', '4 ROW_INDEX'],
      ...['1 PRESENT', '1 DATA', '1 LENGTH', '1 DICTIONARY_DATA'],
      '2 DATA',
      ...['3 PRESENT', '3 DATA', '3 SECONDARY'],
      ...['4 DATA', '4 LENGTH'],
    ],
  );
  t.deepEqual(footers[0]?.encodings, [
    { kind: 'DIRECT', dictionarySize: 0 },
    { kind: 'DICTIONARY_V2', dictionarySize: 1 },
    { kind: 'DIRECT_V2', dictionarySize: 0 },
    { kind: 'DIRECT_V2', dictionarySize: 0 },
    { kind: 'DIRECT_V2', dictionarySize: 0 },
  ]);
  t.is(footers[0]?.writerTimezone, 'UTC');
});

test('a position at the end of a full chunk stays in that chunk, also at the end of the stream (Trino 10113)', async (t) => {
  // Two row groups of 8 bytes each and a block of 8: the second group begins where the first chunk ends.
  const column = words(4, (row) => ['abcd', 'efgh', '', ''][row] ?? null);
  const file = await writeColumns([column], {
    compression: 'ZLIB',
    compressionBlockSize: 8,
    rowIndexStride: 2,
    dictionaryKeySizeThreshold: 0,
  });
  await using reader = await openReader(file);
  const index = await reader.rowIndex(0);
  t.deepEqual(
    index[1]?.map(({ positions }) => positions.slice(0, 2)),
    [
      [0, 0],
      [0, 8],
    ],
  );
});

test('row index positions have no numbers for a PRESENT that is not there, and four for one that is', async (t) => {
  const column = (values: (number | null)[]): Column => ({ name: 'n', type: 'int', values });
  const positions = async (values: (number | null)[]): Promise<(readonly number[])[]> => {
    const file = await writeColumns([column(values)], { rowIndexStride: 10, compression: 'ZLIB' });
    await using reader = await openReader(file);
    return ((await reader.rowIndex(0))[1] ?? []).map((entry) => entry.positions);
  };
  const full = Array.from({ length: 20 }, (_, i) => i * i * (i % 3));
  t.deepEqual(await positions(full), [
    [0, 0, 0],
    [0, 0, 10],
  ]);
  // Row 10 is bit 2 of byte 1.
  t.deepEqual(await positions([null, ...full.slice(1)]), [
    [0, 0, 0, 0, 0, 0, 0],
    [0, 0, 1, 2, 0, 0, 9],
  ]);
});

test('without a stride there is no index', async (t) => {
  const file = await writeColumns([words(30_000, (row) => `k${row % 9}`)], { rowIndexStride: 0 });
  const { footers } = await streamsOf(file);
  t.false(footers[0]?.streams.some(({ kind }) => kind === 'ROW_INDEX'));
  await using reader = await openReader(file);
  t.is(reader.rowIndexStride, 0);
});

test('each stripe chooses anew between dictionary and direct', async (t) => {
  const column = words(9000, (row) => (row < 3000 ? `few ${row % 5}` : row < 6000 ? `many ${row}` : null));
  const { footers } = await streamsOf(await writeColumns([column], { stripeRowCount: 3000 }));
  t.deepEqual(
    footers.map(({ encodings }) => encodings[1]?.kind),
    ['DICTIONARY_V2', 'DIRECT_V2', 'DIRECT_V2'],
  );
});

test('a dictionary is sorted by unsigned bytes', async (t) => {
  const entries = ['é', 'z', 'a', '\u{1f642}', 'aa', ''];
  const file = await writeColumns([words(60, (row) => entries[row % 6] ?? null)], { compression: 'NONE' });
  const { streams } = await streamsOf(file);
  t.is(streams.get('0/1/DICTIONARY_DATA')?.toString(), 'aaazé\u{1f642}');
});

test('a column named as direct has no dictionary', async (t) => {
  const column = words(100, () => 'same');
  const { footers } = await streamsOf(await writeColumns([column], { directEncodingColumns: ['s'] }));
  t.is(footers[0]?.encodings[1]?.kind, 'DIRECT_V2');
});

test('chunks hold a block each; what does not get smaller is stored as it is', async (t) => {
  const column = words(2, (row) => (row === 0 ? 'x'.repeat(200) : 'short'));
  const options = { compression: 'ZLIB', compressionBlockSize: 128, dictionaryKeySizeThreshold: 0 } as const;
  const { streams } = await streamsOf(await writeColumns([column], options));
  const data = streams.get('0/1/DATA') ?? Buffer.alloc(0);
  const first = data.readUIntLE(0, 3);
  t.is(first & 1, 0);
  t.is(inflateRawSync(data.subarray(3, 3 + (first >> 1))).toString(), 'x'.repeat(128));
  const length = streams.get('0/1/LENGTH') ?? Buffer.alloc(0);
  t.is(length.readUIntLE(0, 3), (length.length - 3) * 2 + 1);
});

test('zstd frames carry their content size (Trino)', async (t) => {
  const column = words(1, () => 'y'.repeat(5000));
  const { streams } = await streamsOf(await writeColumns([column], { compression: 'ZSTD' }));
  const descriptor = streams.get('0/1/DATA')?.[3 + 4] ?? 0;
  t.true(descriptor >> 6 !== 0 || (descriptor & 0x20) !== 0);
});

test('the tail says who wrote the file, and kinds are written even when they are 0', async (t) => {
  const file = await writeColumns([words(1, () => 'a')], {
    compression: 'NONE',
    userMetadata: { 'cdi.x': 'å' },
  });
  await using reader = await openReader(file);
  t.regex(reader.softwareVersion ?? '', /^orc-writer-wasm /);
  t.is(Buffer.from(reader.userMetadata.get('cdi.x') ?? []).toString(), 'å');
  const postScript = file.subarray(file.length - 1 - (file.at(-1) ?? 0), -1);
  // compression NONE = 0, version 0.12, writerVersion 6
  t.true(postScript.includes(Buffer.from('10002202000c', 'hex')));
  t.true(postScript.includes(Buffer.from('3006', 'hex')));
});

test('the same name of metadata given twice is kept once', async (t) => {
  const chunks: Uint8Array[] = [];
  const writer = await createWriter(
    (chunk) => {
      chunks.push(chunk);
    },
    { schema: 'struct<a:int>', userMetadata: { k: 'old' } },
  );
  writer.addUserMetadata('k', 'new');
  await writer.close();
  await using reader = await openReader(Buffer.concat(chunks));
  t.deepEqual(
    [...reader.userMetadata].map(([name, value]) => [name, Buffer.from(value).toString()]),
    [['k', 'new']],
  );
});

test('a fraction of the second before 1970 is refused on request (ORC-763)', async (t) => {
  const columns: Column[] = [{ name: 't', type: 'timestamp', values: [-500_000_000n] }];
  await t.throwsAsync(writeColumns(columns, { preEpochFraction: 'error' }), {
    instanceOf: SchemaMismatchError,
    message: /column t/,
  });
});

const refused = test.macro({
  title: (fault = '') => `refused: ${fault}`,
  async exec(
    t,
    schema: string,
    batch: Parameters<typeof writeBatches>[0] extends Iterable<infer B> ? B : never,
  ) {
    await t.throwsAsync(writeBatches([batch], { schema }), { instanceOf: SchemaMismatchError });
  },
});

const one = Int32Array.of(1);
test('too few columns', refused, 'struct<a:int,b:int>', { size: 1, columns: [{ values: one }] });
test('too few rows', refused, 'struct<a:int>', { size: 2, columns: [{ values: one }] });
test('numbers of the wrong width', refused, 'struct<a:bigint>', { size: 1, columns: [{ values: one }] });
test('too few bits', refused, 'struct<a:int>', {
  size: 9,
  columns: [{ values: new Int32Array(9), present: new Uint8Array(1) }],
});
test('offsets beyond the data', refused, 'struct<a:string>', {
  size: 1,
  columns: [{ data: new Uint8Array(3), offsets: Uint32Array.of(0, 4) }],
});
test('falling offsets', refused, 'struct<a:string>', {
  size: 2,
  columns: [{ data: new Uint8Array(9), offsets: Uint32Array.of(0, 9, 4) }],
});
test('ids beyond the dictionary', refused, 'struct<a:string>', {
  size: 1,
  columns: [{ ids: Uint32Array.of(1), dictionary: stringsOf([Buffer.from('a')]) }],
});
test('fewer ids than rows', refused, 'struct<a:string>', {
  size: 2,
  columns: [{ ids: Uint32Array.of(0), dictionary: stringsOf([Buffer.from('a')]) }],
});
test('nanoseconds of a second or more', refused, 'struct<a:timestamp>', {
  size: 1,
  columns: [{ seconds: BigInt64Array.of(0n), nanos: Int32Array.of(1_000_000_000) }],
});
test('a fraction of a millisecond', refused, 'struct<a:timestamp>', {
  size: 1,
  columns: [{ millis: Float64Array.of(0.5) }],
});
test('a type that is not written', refused, 'struct<a:geometry>', { size: 0, columns: [] });
test('a schema that does not parse', refused, 'struct<a:int', { size: 0, columns: [] });

test('nulls may have anything in their slots', async (t) => {
  const present = Uint8Array.of(0b101);
  const schema = 'struct<s:string,n:int,t:timestamp>';
  const dirty = {
    size: 3,
    columns: [
      { data: Buffer.from('aXXXb'), offsets: Uint32Array.of(0, 1, 4, 5), present },
      { values: Int32Array.of(1, 99, 3), present },
      { millis: Float64Array.of(1, Number.NaN, 3), present },
    ],
  };
  const clean: Column[] = [
    { name: 's', type: 'string', values: ['a', null, 'b'] },
    { name: 'n', type: 'int', values: [1, null, 3] },
    { name: 't', type: 'timestamp', values: [1_000_000n, null, 3_000_000n] },
  ];
  t.is(schemaOf(clean), schema);
  t.deepEqual(
    await writeBatches([dirty], { schema }),
    await writeBatches([batchOf(clean, 0, 3)], { schema }),
  );
});
