import test from 'ava';
import { openReader } from '../src/reader.ts';
import type { StringStatistics } from '../src/statistics.ts';
import { writeColumns } from './helpers/memory-file.ts';
import type { Column } from './helpers/table.ts';

const strings = (values: string[]): Column[] => [{ name: 's', type: 'string', values }];

const bounds = test.macro({
  title: (claim = '') => `bounds of long strings: ${claim}`,
  async exec(t, value: string, expected: { lowerBound: string; upperBound: string }) {
    await using reader = await openReader(await writeColumns(strings([value])));
    const values = reader.statistics()[1]?.values;
    if (values?.kind !== 'string') throw new TypeError('a string column has string statistics');
    const text = (name: keyof Omit<StringStatistics, 'kind' | 'sum'>): string | undefined =>
      values[name] && Buffer.from(values[name]).toString();
    t.deepEqual([text('minimum'), text('maximum')], [undefined, undefined]);
    t.deepEqual([text('lowerBound'), text('upperBound')], [expected.lowerBound, expected.upperBound]);
  },
});

const a = (count: number): string => 'a'.repeat(count);
test('cut at 1,024 bytes, the last code point raised', bounds, a(1025), {
  lowerBound: a(1024),
  upperBound: `${a(1023)}b`,
});
test('no code point is cut in half', bounds, `${a(1023)}éé`, {
  lowerBound: a(1023),
  upperBound: `${a(1022)}b`,
});
test('surrogates are skipped', bounds, `${a(1021)}\ud7ff${a(9)}`, {
  lowerBound: `${a(1021)}\ud7ff`,
  upperBound: `${a(1021)}\ue000`,
});
test('the last code point of Unicode is dropped', bounds, `${a(1020)}\u{10ffff}${a(9)}`, {
  lowerBound: `${a(1020)}\u{10ffff}`,
  upperBound: `${a(1019)}b`,
});
test('the maximum is kept as it is when no shorter text is above it', async (t) => {
  const value = '\u{10ffff}'.repeat(300);
  await using reader = await openReader(await writeColumns(strings([value])));
  t.deepEqual(reader.statistics()[1]?.values, {
    kind: 'string',
    lowerBound: Buffer.from('\u{10ffff}'.repeat(256)),
    maximum: Buffer.from(value),
    sum: 1200n,
  });
});

test('a string of 1,024 bytes is a minimum and maximum as it is', async (t) => {
  await using reader = await openReader(await writeColumns(strings([a(1024)])));
  const bytes = Buffer.from(a(1024));
  t.deepEqual(reader.statistics()[1]?.values, { kind: 'string', minimum: bytes, maximum: bytes, sum: 1024n });
});

test('stripes of very long values end inside a row group, at the same row for any batches', async (t) => {
  const columns = strings(Array.from({ length: 45 }, (_, i) => `${i}`.padEnd(2 ** 20, 'x')));
  const options = { stripeSize: 2 ** 20, compression: 'NONE' } as const;
  const file = await writeColumns(columns, options);
  t.true(file.equals(await writeColumns(columns, options, () => 7)));
  await using reader = await openReader(file);
  t.deepEqual(
    reader.stripes.map(({ numberOfRows }) => numberOfRows),
    [16, 16, 13],
  );
});
