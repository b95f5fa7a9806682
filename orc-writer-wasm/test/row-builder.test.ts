import test from 'ava';
import { SchemaMismatchError, WriterClosedError } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import type { NestedValue } from '../src/row-values.ts';
import { formatSchema, parseSchema, type TypeDescription } from '../src/schema.ts';
import type { WriterOptions } from '../src/writer-options.ts';
import { createWriter } from '../src/writer.ts';
import { writeBatches } from './helpers/memory-file.ts';
import { randomType, rawValue, rawVector, shown } from './helpers/nested.ts';
import { random } from './helpers/random.ts';

async function writeRows(rows: readonly object[], options: WriterOptions): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => void chunks.push(chunk), options);
  for (const row of rows) await writer.addRow(row);
  await writer.close();
  return Buffer.concat(chunks);
}

for (let seed = 31; seed <= 40; seed++) {
  test(`rows of random types ${seed} give the bytes of their columns, and come back`, async (t) => {
    const r = random(seed);
    const names = Array.from({ length: 1 + r.below(4) }, (_, i) => `c${i}`);
    const schema = parseSchema(`struct<${names.map((name) => `${name}:${randomType(r, 3)}`).join(',')}>`);
    const size = r.pick([1, 50, 5000]);
    const columns = schema.children.map((type) => Array.from({ length: size }, () => rawValue(r, type, 0.1)));
    const rows = Array.from({ length: size }, (_, row) =>
      Object.fromEntries(
        names.map((name, i) => [name, shownAt(schema.children[i], columns[i]?.[row] ?? null)]),
      ),
    );
    const options = { schema, compression: 'NONE' } as const;
    const file = await writeRows(rows, options);
    const batch = { size, columns: schema.children.map((type, i) => rawVector(type, columns[i] ?? [])) };
    // Maps have every key once.
    if (!formatSchema(schema).includes('map<')) t.deepEqual(file, await writeBatches([batch], options));
    await using reader = await openReader(file);
    const read: object[] = [];
    for await (const row of reader.rows<object>()) read.push(row);
    t.deepEqual(read, rows);
  });
}

function shownAt(type: TypeDescription | undefined, value: Parameters<typeof shown>[1]): NestedValue {
  return type === undefined ? null : shown(type, value);
}

const kept = test.macro({
  title: (_, type: string, value: unknown) => `${type} takes ${typeof value} ${String(value)}`,
  async exec(t, type: string, value: unknown, expected: unknown) {
    await using reader = await openReader(await writeRows([{ v: value }], { schema: `struct<v:${type}>` }));
    for await (const { v } of reader.rows()) t.deepEqual(v, expected as typeof v);
  },
});

test(kept, 'bigint', 5, 5n);
test(kept, 'decimal(5,2)', 1.5, '1.50');
test(kept, 'decimal(5,2)', '001.5000', '1.50');
test(kept, 'date', new Date('2026-01-31T23:00:00Z'), '2026-01-31');
test(kept, 'timestamp', new Date(-1500), '1969-12-31 23:59:58.5');
test(kept, 'int', undefined, null);
test(kept, 'string', '\ud800', '\ufffd');

const refused = test.macro({
  title: (_, type: string, value: unknown) => `${type} refuses ${typeof value} ${String(value)}`,
  async exec(t, type: string, value: unknown) {
    await t.throwsAsync(writeRows([{ v: value }], { schema: `struct<v:${type}>` }), {
      instanceOf: SchemaMismatchError,
      message: /column v/,
    });
  },
});

test(refused, 'tinyint', 128);
test(refused, 'int', 1.5);
test(refused, 'bigint', 2 ** 53);
test(refused, 'bigint', 2n ** 63n);
test(refused, 'decimal(5,2)', '1.005');
test(refused, 'decimal(3,0)', 1000);
test(refused, 'string', 5);
test(refused, 'binary', 'text');
test(refused, 'date', '31.1.2026');
test(refused, 'boolean', 1);
test(refused, 'array<int>', 'text');
test(refused, 'uniontype<int>', 5);

test('rows and batches go into the file in the order in which they were given', async (t) => {
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => void chunks.push(chunk), { schema: 'struct<n:int>' });
  await writer.addRow({ n: 1 });
  await writer.addRowBatch({ size: 1, columns: [{ values: Int32Array.of(2) }] });
  await writer.addRow({ n: 3 });
  await writer.close();
  await using reader = await openReader(Buffer.concat(chunks));
  const read = [];
  for await (const { n } of reader.rows()) read.push(n);
  t.deepEqual(read, [1, 2, 3]);
});

test('after the signal the writer takes and writes nothing more', async (t) => {
  const controller = new AbortController();
  let bytes = 0;
  const writer = await createWriter((chunk) => void (bytes += chunk.length), {
    schema: 'struct<n:int>',
    signal: controller.signal,
    stripeRowCount: 1,
  });
  await writer.addRow({ n: 1 });
  controller.abort(new Error('enough'));
  const before = bytes;
  const error = t.throws(() => writer.addRow({ n: 2 }), { instanceOf: WriterClosedError });
  t.is(error.cause instanceof Error ? error.cause.message : '', 'enough');
  await t.throwsAsync(writer.close(), { instanceOf: WriterClosedError });
  await writer.abort();
  t.is(bytes, before);
});
