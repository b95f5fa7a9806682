import test from 'ava';
import { createWriter, openReader, parseSchema } from 'orc-writer-wasm';
import { rawBytesOf } from '../../storage/raw-bytes.ts';

const counts = test.macro(
  async (t, schema: string, rows: readonly Readonly<Record<string, unknown>>[], bytes: number) => {
    const chunks: Uint8Array[] = [];
    const writer = await createWriter((chunk) => void chunks.push(chunk), { schema });
    for (const row of rows) await writer.addRow(row);
    const { statistics } = await writer.close();
    t.is(rawBytesOf(parseSchema(schema), statistics), bytes);
    await using reader = await openReader(Buffer.concat(chunks));
    t.is(rawBytesOf(reader.schema, reader.statistics()), bytes);
  },
);

test('strings count by their UTF-8', counts, 'struct<a:string>', [{ a: 'aé🙂' }, { a: '' }], 7);
test('binaries count by their bytes', counts, 'struct<a:binary>', [{ a: new Uint8Array(5) }], 5);
test(
  'everything else counts 8 a value',
  counts,
  'struct<a:int,b:timestamp,c:boolean>',
  [{ a: 1, b: new Date(0), c: true }],
  24,
);
test('nulls do not count', counts, 'struct<a:int,b:string>', [{ a: 1 }, { b: 'xyz' }, {}], 11);
test(
  'types inside others count',
  counts,
  'struct<a:array<struct<b:string,c:int>>,d:map<string,bigint>>',
  [{ a: [{ b: 'xy', c: 1 }, { b: 'z' }], d: new Map([['k', 1n]]) }, { a: [] }],
  2 + 1 + 8 + 1 + 8,
);
test('no rows have no bytes', counts, 'struct<a:string,b:int>', [], 0);
