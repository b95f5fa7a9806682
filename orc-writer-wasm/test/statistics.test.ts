import test from 'ava';
import type { ColumnVector } from '../src/columns.ts';
import { openReader } from '../src/reader.ts';
import { messageWriter } from '../src/protobuf.ts';
import { readStatistics, type ValueStatistics } from '../src/statistics.ts';
import { writeBatches } from './helpers/memory-file.ts';

/** The statistics of column 1 when every value is a row group of its own, so that they are merged. */
async function statisticsOf(
  type: string,
  vector: ColumnVector,
  size: number,
): Promise<ValueStatistics | undefined> {
  const file = await writeBatches([{ size, columns: [vector] }], {
    schema: `struct<c:${type}>`,
    rowIndexStride: 1,
    stripeRowCount: 2,
  });
  await using reader = await openReader(file);
  return reader.statistics()[1]?.values;
}

const has = test.macro({
  title: (claim = '') => claim,
  async exec(t, type: string, vector: ColumnVector, size: number, expected: ValueStatistics) {
    t.deepEqual(await statisticsOf(type, vector, size), expected);
  },
});

test('trues are counted', has, 'boolean', { bits: Uint8Array.of(0b10110) }, 5, {
  kind: 'boolean',
  trueCount: 3n,
});
test('bytes are integers', has, 'tinyint', { values: Int8Array.of(-128, 5, 127) }, 3, {
  kind: 'integer',
  minimum: -128n,
  maximum: 127n,
  sum: 4n,
});
test('zeros are widened to -0.0 and 0.0, as Java tells them apart', async (t) => {
  for (const value of [0, -0]) {
    const values = Float64Array.of(value, value);
    const found = await statisticsOf('double', { values }, 2);
    t.true(found?.kind === 'double' && Object.is(found.minimum, -0) && Object.is(found.maximum, 0));
  }
});
test(
  'a NaN anywhere makes the sum NaN and the bounds infinite',
  has,
  'float',
  { values: Float32Array.of(1, Number.NaN, 2) },
  3,
  { kind: 'double', minimum: -Infinity, maximum: Infinity, sum: Number.NaN },
);
test('doubles have minimum, maximum and sum', has, 'double', { values: Float64Array.of(1.5, -2, 4) }, 3, {
  kind: 'double',
  minimum: -2,
  maximum: 4,
  sum: 3.5,
});
test(
  'decimals are without zeros at their end',
  has,
  'decimal(10,3)',
  { values: BigInt64Array.of(1500n, -20n, 3000n) },
  3,
  {
    kind: 'decimal',
    scale: 2,
    minimum: -2n,
    maximum: 300n,
    sum: 448n,
  },
);
const most = 10n ** 38n - 1n;
test(
  'a decimal sum of over 38 digits is left out',
  has,
  'decimal(38,0)',
  {
    low: BigUint64Array.of(BigInt.asUintN(64, most), 1n),
    high: BigInt64Array.of(most >> 64n, 0n),
  },
  2,
  { kind: 'decimal', scale: 0, minimum: 1n, maximum: most },
);
test(
  'lists count their elements',
  has,
  'array<int>',
  { offsets: Uint32Array.of(0, 3, 3, 4), child: { values: new Int32Array(4) } },
  3,
  { kind: 'collection', minimum: 0n, maximum: 3n, total: 4n },
);
test(
  'characters are counted with their padding',
  has,
  'char(3)',
  { data: Buffer.from('aé'), offsets: Uint32Array.of(0, 1, 3) },
  2,
  { kind: 'string', minimum: Buffer.from('a  '), maximum: Buffer.from('é  '), sum: 7n },
);

test('bounds that ORC C++ has rounded to zero before 1970 are exact all the same', (t) => {
  const message = messageWriter();
  message.message(9, (timestamps) => {
    timestamps.sint(3, -999_914n);
    timestamps.sint(4, -1000n);
    timestamps.varint(5, BigInt.asUintN(64, -105_600n + 1n));
    timestamps.varint(6, 1);
  });
  t.deepEqual(readStatistics(message.finish()).values, {
    kind: 'timestamp',
    minimum: { millis: -999_915n, nanos: 894_400 },
    maximum: { millis: -1000n, nanos: 0 },
  });
});
