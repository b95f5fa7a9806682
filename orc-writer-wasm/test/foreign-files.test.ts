import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { OrcError } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import { writeBatches } from './helpers/memory-file.ts';
import { streamsOf } from './helpers/streams.ts';

const supported = ['smallint', 'int', 'bigint', 'date', 'timestamp', 'string', 'binary', 'char', 'varchar'];

const rowsMatch = test.macro({
  title: (_, name: string) => `${name}: rows are as ORC C++ prints them`,
  async exec(t, name: string, columnCount: number) {
    const lines = gunzipSync(fixture(`${name}.jsn.gz`))
      .toString()
      .split('\n')
      .filter(Boolean);
    await using reader = await openReader(fixture(`${name}.orc`));
    const include = reader.schema.fieldNames.filter((__, i) =>
      supported.includes(reader.schema.children[i]?.category ?? ''),
    );
    t.is(include.length, columnCount);
    t.is(reader.numberOfRows, lines.length);
    let row = 0;
    for await (const actual of reader.rows({ include })) {
      const expected = exactRow(lines[row++] ?? '');
      t.deepEqual(
        Object.values(actual).map(printed),
        include.map((field) => printed(expected[field] ?? null)),
      );
    }
    t.is(row, lines.length);
  },
});

test(rowsMatch, 'TestOrcFile.emptyFile', 5);
test(rowsMatch, 'TestOrcFile.test1', 5);
test(rowsMatch, 'TestOrcFile.testPredicatePushdown', 2);
test(rowsMatch, 'TestOrcFile.testStringAndBinaryStatistics', 2);
test(rowsMatch, 'TestOrcFile.testStripeLevelStats', 2);
test(rowsMatch, 'string_dict_gzip', 1);
test(rowsMatch, 'pyorc_rlev2_patchedbase', 1);
test(rowsMatch, 'pyarrow_timestamps', 1);
test(rowsMatch, 'test', 17);
test(rowsMatch, 'edge_values_zlib', 4);

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
  'corrupt_missing_length_stream_in_string_dict',
  'corrupt_negative_dict_entry_lengths',
  'corrupt_stripe_footer_bad_column_encodings',
]) {
  test(`${name}: a typed error`, async (t) => {
    await t.throwsAsync(
      async () => {
        await using reader = await openReader(fixture(`${name}.orc`));
        const include = reader.schema.fieldNames.filter((__, i) =>
          supported.includes(reader.schema.children[i]?.category ?? ''),
        );
        for await (const batch of reader.batches({ include })) t.true(batch.size > 0);
      },
      { instanceOf: OrcError },
    );
  });
}

function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url));
}

/** JSON.parse, but integers that a double cannot hold stay text. */
function exactRow(line: string): Record<string, unknown> {
  return JSON.parse(line.replaceAll(/: (-?\d{16,})/g, ': "$1"').replaceAll(/: (?:nan|-?inf)\b/g, ': null'));
}

function printed(value: unknown): string {
  return value instanceof Uint8Array ? [...value].join() : String(value);
}
