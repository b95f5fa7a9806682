import { readFileSync } from 'node:fs';
import test from 'ava';
import { SchemaMismatchError } from '../src/errors.ts';
import { mergeFiles } from '../src/merge-files.ts';
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
test('a file of another program', refused, () =>
  openReader(readFileSync(new URL('fixtures/TestOrcFile.testStripeLevelStats.orc', import.meta.url))),
);
