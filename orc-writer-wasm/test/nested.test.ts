import test from 'ava';
import type { ColumnBatch } from '../src/columns.ts';
import { openReader, type Reader } from '../src/reader.ts';
import { rowValues, type NestedValue } from '../src/row-values.ts';
import { parseSchema, type TypeDescription } from '../src/schema.ts';
import { writeBatches } from './helpers/memory-file.ts';
import { randomType, rawValue, rawVector, shown, type Raw } from './helpers/nested.ts';
import { random } from './helpers/random.ts';

for (let seed = 1; seed <= 20; seed++) {
  const r = random(seed);
  const schema = parseSchema(
    `struct<${Array.from({ length: 1 + r.below(4) }, (_, i) => `c${i}:${randomType(r, 3)}`).join(',')}>`,
  );
  test(`random types ${seed}: values, row groups by position alone, and the same bytes for other batches`, async (t) => {
    const rows = r.pick([1, 90, 1500]);
    const nulls = r.pick([0, 0.02, 0.5]);
    const columns = schema.children.map((type) =>
      Array.from({ length: rows }, () => rawValue(r, type, nulls)),
    );
    const options = {
      schema,
      rowIndexStride: r.pick([10, 100, 1000]),
      compression: r.pick(['NONE', 'ZLIB', 'ZSTD', 'SNAPPY', 'LZ4', 'LZO'] as const),
      compressionBlockSize: r.pick([64, 1024, 65_536]),
      stripeRowCount: r.pick([333, 1_000_000]),
    };
    const file = await writeBatches(
      cut(schema, columns, () => rows),
      options,
    );
    t.deepEqual(
      await writeBatches(
        cut(schema, columns, () => 1 + r.below(400)),
        options,
      ),
      file,
    );

    const expected = Array.from({ length: rows }, (_, row) =>
      Object.fromEntries(schema.children.map((type, i) => [`c${i}`, shown(type, columns[i]?.[row] ?? null)])),
    );
    await using reader = await openReader(file);
    const read: object[] = [];
    for await (const batch of reader.batches({ batchSize: 1 + r.below(500) }))
      read.push(...rowsOf(reader, batch));
    t.deepEqual(read, expected);
    t.deepEqual(await readGroups(reader), expected);

    // A column inside another has a value or a null for every one of its rows.
    const counts = countValues(schema, columns);
    const statistics = reader.statistics();
    t.deepEqual(
      statistics.slice(1).map(({ numberOfValues, hasNull }) => ({ numberOfValues, hasNull })),
      counts,
    );
    const again = await collect(reader);
    t.deepEqual(await writeBatches(again, options), file);
  });
}

async function readGroups(reader: Reader): Promise<object[]> {
  const read: object[] = [];
  for (const [number, stripe] of reader.stripes.entries()) {
    for (let group = 0; group * reader.rowIndexStride < stripe.numberOfRows; group++) {
      read.push(...rowsOf(reader, await reader.readRowGroup(number, group)));
    }
  }
  return read;
}

function rowsOf({ schema }: Reader, batch: ColumnBatch): Record<string, NestedValue>[] {
  return [
    ...rowValues(
      batch,
      schema.children.map((type, i) => ({ type, name: schema.fieldNames[i] ?? '' })),
    ),
  ];
}

async function collect(reader: Reader): Promise<ColumnBatch[]> {
  const batches = [];
  for await (const batch of reader.batches()) batches.push(batch);
  return batches;
}

function* cut(
  schema: TypeDescription,
  columns: readonly (readonly Raw[])[],
  batchRows: () => number,
): Generator<ColumnBatch> {
  const rows = columns[0]?.length ?? 0;
  for (let from = 0; from < rows;) {
    const to = Math.min(rows, from + batchRows());
    yield {
      size: to - from,
      columns: schema.children.map((type, i) => rawVector(type, columns[i]?.slice(from, to) ?? [])),
    };
    from = to;
  }
}

/** By type id, without the root. */
function countValues(schema: TypeDescription, columns: readonly (readonly Raw[])[]) {
  const counts = Array.from({ length: schema.maximumId }, () => ({ numberOfValues: 0, hasNull: false }));
  schema.children.forEach((type, i) => columns[i]?.forEach((value) => count(type, value)));
  return counts;

  function count(type: TypeDescription, value: Raw): void {
    const own = counts[type.id - 1];
    if (own === undefined) return;
    if (value === null) {
      own.hasNull = true;
      return;
    }
    own.numberOfValues++;
    const { category, children } = type;
    const inner = (index: number, of: Raw): void => count(children[index] ?? type, of);
    if (typeof value !== 'object' || value instanceof Uint8Array) return;
    if ('tag' in value) inner(value.tag, value.value);
    else if (category === 'struct') value.forEach((field, i) => inner(i, field));
    else if (category === 'array') for (const element of value) inner(0, element);
    else {
      for (const entry of value) if (Array.isArray(entry)) entry.forEach((part: Raw, i) => inner(i, part));
    }
  }
}

test('wide decimals have their form in a list without elements, too', async (t) => {
  const batch = { size: 1, columns: [{ offsets: Uint32Array.of(0, 0), child: emptyDecimals }] };
  const schema = 'struct<a:array<decimal(38,0)>>';
  await using reader = await openReader(await writeBatches([batch], { schema }));
  for await (const { columns } of reader.batches()) t.deepEqual(columns, batch.columns);
});

const emptyDecimals = { low: new BigUint64Array(0), high: new BigInt64Array(0) };
