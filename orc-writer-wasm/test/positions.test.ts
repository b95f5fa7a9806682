import test from 'ava';
import { streamKinds, type EncodingKind, type StreamKind } from '../src/metadata.ts';
import { openReader } from '../src/reader.ts';
import { offsetIndex } from '../src/row-positions.ts';
import type { Category } from '../src/schema.ts';
import { putTogether, takeApart } from './fuzz/parts.ts';
import { parseWire, writeWire, type WireField } from './fuzz/wire.ts';
import { writeColumns } from './helpers/memory-file.ts';
import { random } from './helpers/random.ts';
import { randomTable, type Value } from './helpers/table.ts';
import { compareRowGroups } from './helpers/row-groups.ts';

const rows = 300;
const options = { rowIndexStride: 100, compression: 'ZLIB' } as const;

test('a column without a null in one stripe and with nulls in another: PRESENT and its numbers come and go', async (t) => {
  const values = Array.from({ length: 2 * rows }, (_, i) => (i >= rows && i % 3 === 0 ? null : i));
  const file = await writeColumns([{ name: 'n', type: 'int', values }], { ...options, stripeRowCount: rows });
  await using reader = await openReader(file);
  const [first, second] = await Promise.all([reader.rowIndex(0), reader.rowIndex(1)]);
  t.deepEqual([first[1]?.[1]?.positions.length, second[1]?.[1]?.positions.length], [3, 7]);
  t.is(await compareRowGroups(reader), 6);
});

for (const compression of ['NONE', 'ZLIB'] as const) {
  test(`${compression}: a group of nulls at the end begins at the end of its streams, in either way to say so`, async (t) => {
    const words: Value[] = Array.from({ length: rows }, (_, i) => (i < 200 ? `word ${i}` : null));
    const file = await writeColumns([{ name: 's', type: 'string', values: words }], {
      ...options,
      compression,
    });
    await using reader = await openReader(file);
    t.is(await compareRowGroups(reader), 3);
    // After the three numbers of PRESENT, and a fourth where there is compression: DATA and LENGTH.
    const positions = (await reader.rowIndex(0))[1]?.[2]?.positions ?? [];
    if (compression === 'NONE') {
      t.is(positions[3], words.join('').length);
      return;
    }
    const [dataLength = 0, lengthLength = 0] = await contentLengths(file);
    const changed = await withPositions(file, 1, 2, [
      ...positions.slice(0, 4),
      3 + dataLength,
      0,
      3 + lengthLength,
      0,
      0,
    ]);
    await using other = await openReader(changed);
    t.is(await compareRowGroups(other), 3);
  });
}

test('an index without positions for the first group (ORC-621)', async (t) => {
  const values = Array.from({ length: rows }, (_, i) => i * i);
  const file = await withPositions(
    await writeColumns([{ name: 'n', type: 'int', values }], options),
    1,
    0,
    [],
  );
  await using reader = await openReader(file);
  t.is((await reader.rowIndex(0))[1]?.[0]?.positions.length, 0);
  t.is(await compareRowGroups(reader), 3);
});

test('a position outside its stream, or past any run, is an error with its place', async (t) => {
  const values = Array.from({ length: rows }, (_, i) => i * i);
  const file = await writeColumns([{ name: 'n', type: 'int', values }], options);
  for (const positions of [
    [1e6, 0, 0],
    [0, 1e6, 0],
    [0, 0, 1e6],
  ]) {
    await using reader = await openReader(await withPositions(file, 1, 1, positions));
    const error = await t.throwsAsync(reader.readRowGroup(0, 1), { code: 'bad-position' });
    t.like(error, { place: { stripe: 0, column: 1, stream: 'DATA' } });
  }
});

for (let seed = 100; seed < 112; seed++) {
  test(`random table ${seed}: row groups read by position alone equal the sequential read`, async (t) => {
    const r = random(seed);
    const file = await writeColumns(randomTable(r, 2500), {
      compression: r.pick(['NONE', 'ZLIB', 'ZSTD', 'LZ4'] as const),
      compressionBlockSize: r.pick([64, 1024, 65_536]),
      rowIndexStride: r.pick([100, 128, 1000]),
      stripeRowCount: r.pick([777, 1_000_000]),
    });
    await using reader = await openReader(file);
    t.true((await compareRowGroups(reader)) > 2);
  });
}

const places = test.macro({
  title: (_, category: Category, isCompressed: boolean, hasPresent: boolean) =>
    `numbers of ${category}${isCompressed ? ', compressed' : ''}${hasPresent ? ', with PRESENT' : ''}`,
  exec(
    t,
    category: Category,
    isCompressed: boolean,
    hasPresent: boolean,
    expected: Readonly<Partial<Record<StreamKind, number>>>,
    kind: EncodingKind = 'DIRECT_V2',
  ) {
    const column = { category, encoding: { kind }, hasPresent, isCompressed };
    const found = streamKinds.flatMap((stream) => {
      const index = offsetIndex(stream, column);
      return index === undefined ? [] : [[stream, index]];
    });
    t.deepEqual(Object.fromEntries(found), expected);
  },
});

test(places, 'boolean', false, true, { PRESENT: 0, DATA: 3 });
test(places, 'int', true, true, { PRESENT: 0, DATA: 4 });
test(places, 'double', true, false, { DATA: 0 });
test(places, 'decimal', false, true, { PRESENT: 0, DATA: 3, SECONDARY: 4 });
test(places, 'decimal', true, false, { DATA: 0, SECONDARY: 2 });
test(places, 'timestamp', true, true, { PRESENT: 0, DATA: 4, SECONDARY: 7 });
test(places, 'string', true, true, { PRESENT: 0, DATA: 4, LENGTH: 6 });
test(places, 'string', false, false, { DATA: 0, LENGTH: 1 });
test(places, 'varchar', true, true, { PRESENT: 0, DATA: 4 }, 'DICTIONARY_V2');
test(places, 'array', false, true, { PRESENT: 0, LENGTH: 3 });
test(places, 'uniontype', true, false, { DATA: 0 });
test(places, 'struct', true, true, { PRESENT: 0 });

/** Of the streams after the index and PRESENT. */
async function contentLengths(file: Uint8Array): Promise<number[]> {
  const { stripes } = await takeApart(file);
  const data = stripes[0]?.streams.filter(({ kind }) => kind === 'DATA' || kind === 'LENGTH') ?? [];
  return data.map(({ content }) => content.length);
}

/** The file with other positions for a row group of a column. Its streams are then one chunk each, not compressed. */
async function withPositions(
  file: Uint8Array,
  column: number,
  group: number,
  positions: readonly number[],
): Promise<Buffer> {
  const parts = await takeApart(file);
  const stripes = parts.stripes.map(({ footer, streams }) => ({
    footer,
    streams: streams.map(({ kind, content }, i) => ({
      kind,
      // The index comes first, a stream a column.
      content: i === column ? changeFields(content) : content,
    })),
  }));
  const same = (bytes: Buffer): Buffer => bytes;
  return putTogether(
    { ...parts, stripes },
    { stripeFooter: same, footer: same, metadata: same, postScript: same },
  );

  function changeFields(index: Uint8Array): Buffer {
    const entries = parseWire(index) ?? [];
    return writeWire(
      entries.map((entry, i) => (i === group ? { ...entry, value: changeEntry(entry.value) } : entry)),
    );
  }

  function changeEntry(entry: bigint | Buffer): Buffer {
    const others =
      typeof entry === 'bigint' ? [] : (parseWire(entry) ?? []).filter(({ number }) => number !== 1);
    const numbers = positions.map((value): WireField => ({ number: 1, wireType: 0, value: BigInt(value) }));
    return writeWire([...numbers, ...others]);
  }
}
