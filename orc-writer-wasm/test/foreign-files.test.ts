import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { OrcError, UnknownFormatException } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import { formatSchema } from '../src/schema.ts';
import { writeBatches } from './helpers/memory-file.ts';
import { difference, printedRows } from './helpers/printed-rows.ts';
import { streamsOf } from './helpers/streams.ts';

const rowsMatch = test.macro({
  title: (_, name: string) => `${name}: rows are as ORC C++ prints them`,
  async exec(t, name: string) {
    const printed = printedRows(gunzipSync(fixture(`${name}.jsn.gz`)).toString());
    await using reader = await openReader(fixture(`${name}.orc`));
    t.is(reader.numberOfRows, printed.length);
    let row = 0;
    for await (const actual of reader.rows()) {
      t.is(
        difference(reader.schema.category === 'struct' ? actual : (actual['value'] ?? null), printed[row++]),
        undefined,
      );
    }
    t.is(row, printed.length);
  },
});

test(rowsMatch, 'TestOrcFile.emptyFile');
test(rowsMatch, 'TestOrcFile.test1');
test(rowsMatch, 'TestOrcFile.testPredicatePushdown');
test(rowsMatch, 'TestOrcFile.testStringAndBinaryStatistics');
test(rowsMatch, 'TestOrcFile.testStripeLevelStats');
test(rowsMatch, 'string_dict_gzip');
test(rowsMatch, 'pyorc_rlev2_patchedbase');
test(rowsMatch, 'pyarrow_timestamps');
test(rowsMatch, 'test');
test(rowsMatch, 'edge_values_zlib');
test(rowsMatch, 'alltypes.snappy');
test(rowsMatch, 'alltypes.lz4');
test(rowsMatch, 'alltypes.lzo');
test(rowsMatch, 'nested_struct');
test(rowsMatch, 'nested_map_struct');
test(rowsMatch, 'nested_array_struct');
test(rowsMatch, 'overflowing_timestamps');
test(rowsMatch, 'bloom_filter');
test(rowsMatch, 'orc_no_format');
test(rowsMatch, 'complextypes_iceberg');
test(rowsMatch, 'TestOrcFile.testTimestamp');

test('type attributes are read', async (t) => {
  await using reader = await openReader(fixture('complextypes_iceberg.orc'));
  t.is(reader.schema.children[0]?.attributes?.get('iceberg.id'), '1');
});

test('a file without a byte is a table without columns and rows', async (t) => {
  await using reader = await openReader(Buffer.alloc(0));
  t.deepEqual([reader.numberOfRows, formatSchema(reader.schema)], [0, 'struct<>']);
  for await (const row of reader.rows()) t.fail(JSON.stringify(row));
});

for (const name of ['version1999', 'decimal64_v2']) {
  test(`${name}: a later version is refused`, async (t) => {
    await t.throwsAsync(openReader(fixture(`${name}.orc`)), {
      instanceOf: UnknownFormatException,
      code: 'unknown-version',
    });
  });
}

for (const strategy of ['SPEED', 'COMPRESSION'] as const) {
  test(`integer streams have the bytes that ORC C++ writes for ${strategy}`, async (t) => {
    const theirs = fixture(`orc_cpp_integers_${strategy.toLowerCase()}.orc`);
    await using reader = await openReader(theirs);
    const batches = [];
    for await (const batch of reader.batches()) batches.push(batch);
    const ours = await writeBatches(batches, {
      schema: reader.schema,
      compression: 'NONE',
      encodingStrategy: strategy,
    });
    const [expected, actual] = await Promise.all([streamsOf(theirs), streamsOf(ours)]);
    for (let column = 1; column <= reader.schema.maximumId; column++) {
      t.deepEqual(actual.streams.get(`0/${column}/DATA`), expected.streams.get(`0/${column}/DATA`));
    }
  });
}

for (const name of [
  'corrupt_missing_blob_stream_in_string_dict',
  'corrupt_missing_length_stream_in_string_dict',
  'corrupt_negative_dict_entry_lengths',
  'corrupt_stripe_footer_bad_column_encodings',
]) {
  test(`${name}: a typed error`, async (t) => {
    await t.throwsAsync(
      async () => {
        await using reader = await openReader(fixture(`${name}.orc`));
        for await (const batch of reader.batches()) t.true(batch.size > 0);
      },
      { instanceOf: OrcError },
    );
  });
}

function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url));
}
