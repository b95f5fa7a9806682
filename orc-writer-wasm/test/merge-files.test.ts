import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { SchemaMismatchError } from '../src/errors.ts';
import { isKnownWriter, mergedIdentity, ourIdentity } from '../src/file-identity.ts';
import { mergeFiles } from '../src/merge-files.ts';
import { DISTINCT } from '../src/merge-sorted.ts';
import { openReader, type Reader } from '../src/reader.ts';
import type { WriterOptions } from '../src/writer-options.ts';
import { createWriter } from '../src/writer.ts';
import { writeColumns } from './helpers/memory-file.ts';
import type { Column } from './helpers/table.ts';

function columns(from: number, rows: number): Column[] {
  const numbers = Array.from({ length: rows }, (_, i) => from + i);
  return [
    { name: 'n', type: 'int', values: numbers },
    { name: 's', type: 'string', values: numbers.map((n) => (n % 5 === 0 ? null : `${n % 90} #+🙂`)) },
  ];
}

async function part(
  from: number,
  rows: number,
  options: Omit<WriterOptions, 'schema'> = {},
): Promise<Reader> {
  const file = await writeColumns(columns(from, rows), {
    rowIndexStride: 100,
    stripeRowCount: 300,
    ...options,
  });
  return openReader(file);
}

async function merge(inputs: readonly Reader[]): Promise<Reader> {
  const chunks: Uint8Array[] = [];
  await mergeFiles((chunk) => void chunks.push(chunk), inputs);
  return openReader(Buffer.concat(chunks));
}

test('stripes of other block sizes go into one file, with statistics and index as they were', async (t) => {
  const inputs = [
    await part(0, 700, { compressionBlockSize: 1024, userMetadata: { a: '1' } }),
    await part(700, 300, { compressionBlockSize: 65_536, userMetadata: { a: '1', b: '2' } }),
    await part(1000, 1),
  ];
  const merged = await merge(inputs);
  t.deepEqual([merged.numberOfRows, merged.stripes.length, merged.compressionBlockSize], [1001, 5, 262_144]);
  t.deepEqual([...merged.userMetadata.keys()].toSorted(), ['a', 'b']);
  const read = [];
  for await (const { n } of merged.rows({ include: ['n'] })) read.push(n);
  t.deepEqual(read, columns(0, 1001)[0]?.values);
  const whole = await part(0, 1001, { stripeRowCount: 2000 });
  const values = (reader: Reader): unknown =>
    reader.statistics().map(({ numberOfValues, hasNull, values: own }) => ({ numberOfValues, hasNull, own }));
  t.deepEqual(values(merged), values(whole));
  t.deepEqual(await merged.readRowGroup(3, 2), await inputs[1]?.readRowGroup(0, 2));
});

test('a stripe can be copied between rows', async (t) => {
  const source = await part(10, 2);
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => void chunks.push(chunk), {
    schema: source.schema,
    rowIndexStride: 100,
  });
  await writer.addRow({ n: 9 });
  await writer.appendStripe(source, 0);
  await writer.addRow({ n: 12 });
  const { rows, stripes } = await writer.close();
  t.deepEqual([rows, stripes], [4, 3]);
  const read = [];
  await using reader = await openReader(Buffer.concat(chunks));
  for await (const { n } of reader.rows()) read.push(n);
  t.deepEqual(read, [9, 10, 11, 12]);
});

const refused = test.macro({
  title: (claim = '') => `refused: ${claim}`,
  async exec(t, second: () => Promise<Reader>) {
    const inputs = [await part(0, 5, { userMetadata: { a: '1' } }), await second()];
    await t.throwsAsync(merge(inputs), { instanceOf: SchemaMismatchError, code: 'not-mergeable' });
  },
});

test('another codec', refused, () => part(0, 5, { compression: 'LZ4' }));
test('another stride', refused, () => part(0, 5, { rowIndexStride: 1000 }));
test('another writer', refused, () => part(0, 5, { writerIdentity: 'hive-2.0' }));
test('another value of user metadata', refused, () => part(0, 5, { userMetadata: { a: '2' } }));
test('another schema', refused, async () =>
  openReader(await writeColumns(columns(0, 5).slice(1), { rowIndexStride: 100 })),
);
test('a file of another program', refused, () => openFixture('TestOrcFile.testStripeLevelStats.orc'));

function openFixture(name: string): Promise<Reader> {
  return openReader(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
}

async function rowsOf(reader: Reader): Promise<unknown[]> {
  const rows = [];
  for await (const row of reader.rows()) rows.push(row);
  return rows;
}

for (const name of readdirSync(new URL('fixtures/', import.meta.url))) {
  if (!name.endsWith('.orc') || /^corrupt|^decimal64|^orc_no_format|^version1999/.test(name)) continue;
  test(`${name} goes twice into a file that says of itself what it said`, async (t) => {
    await using input = await openFixture(name);
    await using merged = await merge([input, input]);
    t.deepEqual(merged.traits, input.traits);
    const [rows, statistics] = [await rowsOf(input), await input.stripeStatistics()];
    t.deepEqual(await rowsOf(merged), [...rows, ...rows]);
    t.deepEqual(await merged.stripeStatistics(), [...statistics, ...statistics]);
    t.is(merged.numberOfRows, input.numberOfRows * 2);
    for (const [i, { numberOfValues, hasNull, values }] of input.statistics().entries()) {
      const both = merged.statistics()[i];
      t.deepEqual([both?.numberOfValues, both?.hasNull], [numberOfValues * 2, hasNull]);
      if (values === undefined || !('minimum' in values)) continue;
      t.like(both?.values, { minimum: values.minimum });
      // One of its strings is longer than what is kept, and nothing comes after U+10FFFF.
      if (name !== 'edge_values_zlib.orc') t.like(both?.values, { maximum: values.maximum });
    }
  });
}

test('that the rows of one file are distinct is not said of several', async (t) => {
  const input = await part(0, 5, { userMetadata: { [DISTINCT]: '["n"]' } });
  t.deepEqual([...(await merge([input])).userMetadata.keys()], [DISTINCT]);
  t.deepEqual([...(await merge([input, input])).userMetadata.keys()], []);
});

test('empty files of Hive, without a byte, are one without a row', async (t) => {
  await using nothing = await openReader(Buffer.alloc(0));
  await using merged = await merge([nothing, nothing]);
  t.deepEqual([merged.numberOfRows, merged.schema], [0, nothing.schema]);
});

test('the files of this corpus are of several writers, and one of version 0.11', async (t) => {
  const versions = ['TestOrcFile.testMemoryManagementV11.orc', 'test.orc', 'alltypes.lz4.orc'].map(
    async (name) => {
      const { fileVersion, writer, calendar } = (await openFixture(name)).traits;
      return [fileVersion, writer, calendar];
    },
  );
  t.deepEqual(await Promise.all(versions), [
    ['0.11', undefined, 'unknown'],
    ['0.12', 1, 'unknown'],
    ['0.12', 0, 'hybrid'],
  ]);
});

const software = test.macro({
  title: (claim = '') => `software: ${claim}`,
  exec(t, writer: number, versions: readonly (string | undefined)[], expected: string | undefined) {
    const [first = ourIdentity, ...others] = versions.map((softwareVersion) => ({
      ...ourIdentity,
      writer,
      softwareVersion,
    }));
    t.deepEqual(mergedIdentity(first, others), { ...first, softwareVersion: expected });
  },
});

test('what all files name is kept', software, 1, ['1.6.11', '1.6.11'], '1.6.11');
test('different ones become ours', software, 1, ['1.9.1', '2.2.2'], ourIdentity.softwareVersion);
test('none is left if filters of one cannot be trusted', software, 1, ['2.2.2', '1.7.0'], undefined);
test('the same for a file of ORC C++ that names none', software, 1, [undefined, '2.2.2'], undefined);
test('Java had no such fault', software, 0, [undefined, '1.7.0'], ourIdentity.softwareVersion);

test('writers that ORC Java does not know are not merged', (t) => {
  const known = (writer: number | undefined, writerVersion: number): boolean =>
    isKnownWriter({ ...ourIdentity, writer, writerVersion });
  t.deepEqual([known(undefined, 0), known(0, 9), known(1, 6), known(5, 6)], [true, true, true, true]);
  t.deepEqual([known(0, 10), known(1, 7), known(6, 6), known(2 ** 32 - 1, 6)], [false, false, false, false]);
});

test('bounds in place of long strings stay bounds, whatever is shorter stays a value', async (t) => {
  const strings = (values: readonly string[]): Promise<Reader> =>
    writeColumns([{ name: 's', type: 'string', values: [...values] }], { compression: 'NONE' }).then(
      openReader,
    );
  const merged = await merge([
    await strings(['b', 'c'.repeat(2000)]),
    await strings(['a'.repeat(2000), 'd']),
  ]);
  t.deepEqual(merged.statistics()[1]?.values, {
    kind: 'string',
    maximum: Buffer.from('d'),
    lowerBound: Buffer.from('a'.repeat(1024)),
    sum: 4002n,
  });
  const again = await merge([merged, await strings(['0'])]);
  t.like(again.statistics()[1]?.values, { minimum: Buffer.from('0'), maximum: Buffer.from('d') });
});

test('a file that cannot be merged is found before the sink gets anything', async (t) => {
  let bytes = 0;
  const inputs = [await openFixture('orc_no_format.orc'), await openFixture('orc_no_format.orc')];
  await t.throwsAsync(
    mergeFiles((chunk) => void (bytes += chunk.length), inputs),
    { code: 'not-mergeable', message: /no statistics/ },
  );
  t.is(bytes, 0);
});
