import test from 'ava';
import { childPath } from '../src/column-path.ts';
import { SchemaMismatchError, WriterClosedError } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import type { RowAppender } from '../src/row-appender.ts';
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

/** The same file, filled value by value. */
async function appendRows(rows: readonly object[], options: WriterOptions): Promise<Buffer> {
  const schema = typeof options.schema === 'string' ? parseSchema(options.schema) : options.schema;
  return fill(options, async (appender) => {
    for (const row of rows) {
      setFields(appender, schema, '', row);
      await appender.end();
    }
  });
}

async function fill(options: WriterOptions, add: (rows: RowAppender) => Promise<void>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await using writer = await createWriter((chunk) => void chunks.push(chunk), options);
  await add(writer.rowAppender());
  await writer.close();
  return Buffer.concat(chunks);
}

function setFields(rows: RowAppender, type: TypeDescription, path: string, value: object): void {
  for (const [i, name] of type.fieldNames.entries()) {
    setParts(rows, type.children[i], childPath(type, i, path), Reflect.get(value, name));
  }
}

/** A value without types inside is set, every other one made from its parts. */
function setParts(rows: RowAppender, type: TypeDescription | undefined, path: string, value: unknown): void {
  if (type === undefined || value === null || value === undefined) return;
  const inner = (index: number, each: unknown): void => {
    if (each === null) rows.column(childPath(type, index, path)).set(null);
    else setParts(rows, type.children[index], childPath(type, index, path), each);
  };
  if (value instanceof Map) {
    for (const [key, each] of value) {
      inner(0, key);
      inner(1, each);
    }
  } else if (Array.isArray(value)) {
    for (const each of value) inner(0, each);
  } else if (type.category === 'struct' && typeof value === 'object') {
    setFields(rows, type, path, value);
  } else if (typeof value === 'object' && 'tag' in value && 'value' in value) {
    inner(Number(value.tag), value.value);
  } else {
    rows.column(path).set(value);
    return;
  }
  rows.column(path).end();
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
    t.deepEqual(await appendRows(rows, options), file);
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
test(kept, 'decimal(20,0)', 2 ** 60, '1152921504606847000');
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

test(refused, 'date', new Date(Number.NaN));
test(refused, 'timestamp', new Date(Number.NaN));
test(refused, 'timestamp', '2026-02-30 00:00:00');
test(refused, 'decimal(18,2)', '92233720368547758.08');
test(refused, 'decimal(18,2)', '.');
test(refused, 'struct<a:int>', 5);
test(refused, 'map<string,int>', {});

/** On both sides of where texts are no longer written together, and of where they are no longer ASCII. */
const texts = [
  ...Array.from({ length: 300 }, (_, i) => 'ascii'.repeat(i % 7)),
  'ü',
  null,
  Buffer.from('bytes'),
  '\ud83d',
  '\ude42',
  '🙂',
  'x'.repeat(70_000),
  ...Array.from({ length: 300 }, (_, i) => `${i} é`),
  '',
];

test('texts of all lengths and alphabets are written as UTF-8, half a surrogate pair as U+FFFD', async (t) => {
  const file = await appendRows(
    texts.map((v) => ({ v })),
    { schema: 'struct<v:string>' },
  );
  await using reader = await openReader(file);
  const read = [];
  for await (const { v } of reader.rows()) read.push(v);
  t.deepEqual(
    read,
    texts.map((text) => (typeof text === 'string' ? text.toWellFormed() : (text?.toString() ?? null))),
  );
});

test('decimals of numbers, short and long texts are exact', async (t) => {
  const values = [
    0.1,
    1e15,
    -123.45,
    '-0.05',
    '123456789012345.67',
    12,
    3n,
    '1e3',
    '-9007199254740993',
    1e-2,
  ];
  const expected =
    '0.10 1000000000000000.00 -123.45 -0.05 123456789012345.67 12.00 3.00 1000.00 -9007199254740993.00 0.01';
  for (const schema of ['struct<v:decimal(18,2)>', 'struct<v:decimal(38,2)>']) {
    await using reader = await openReader(
      await writeRows(
        values.map((v) => ({ v })),
        { schema },
      ),
    );
    const read = [];
    for await (const { v } of reader.rows()) read.push(v);
    t.is(read.join(' '), expected);
  }
});

test('columns that were not set are null, and a column may be set to null', async (t) => {
  const file = await fill({ schema: 'struct<a:int,b:struct<c:string,d:int>,e:array<int>>' }, async (rows) => {
    await rows.end();
    rows.column('a').set(null);
    rows.column('b.d').set(4);
    rows.column('b').end();
    rows.column('e').end();
    await rows.end();
    rows.column('b').set({ c: 'whole' });
    rows.column('e').set([1, null]);
    await rows.end();
  });
  await using reader = await openReader(file);
  const read = [];
  for await (const row of reader.rows<object>()) read.push(row);
  t.deepEqual(read, [
    { a: null, b: null, e: null },
    { a: null, b: { c: null, d: 4 }, e: [] },
    { a: null, b: { c: 'whole', d: null }, e: [1, null] },
  ]);
});

const misused = test.macro({
  title: (claim = '') => `an appender refuses ${claim}`,
  async exec(t, column: RegExp, use: (rows: RowAppender) => void) {
    const schema = 'struct<n:int,s:struct<a:int>,l:array<int>,m:map<string,int>,u:uniontype<int,string>>';
    await t.throwsAsync(
      fill({ schema }, async (rows) => use(rows)),
      { instanceOf: SchemaMismatchError, message: column },
    );
  },
});

test('two values in one row', misused, /row has more than one value of n/, (rows) => {
  rows.column('n').set(1);
  rows.column('n').set(2);
  void rows.end();
});
test('a field of a struct that is not ended', misused, /column s was not ended/, (rows) => {
  rows.column('s.a').set(1);
  void rows.end();
});
test('an element of a list that is not ended', misused, /column l was not ended/, (rows) => {
  rows.column('l._elem').set(1);
  void rows.end();
});
test('a key without a value', misused, /column m has not one value a key/, (rows) => {
  rows.column('m._key').set('k');
  rows.column('m').end();
});
test('a union without a variant', misused, /column u has not one variant/, (rows) => rows.column('u').end());
test('two variants of a union', misused, /column u has not one variant/, (rows) => {
  rows.column('u.0').set(1);
  rows.column('u.1').set('x');
  rows.column('u').end();
});
test('an end of a column with nothing inside', misused, /column n has no columns inside/, (rows) =>
  rows.column('n').end(),
);
test('a row that is not ended', misused, /column n was set in a row/, (rows) => rows.column('n').set(1));
test('a column that there is not', misused, /no column x/, (rows) => void rows.column('x'));
test('another kind of value', misused, /column l._elem is int, which a string/, (rows) =>
  rows.column('l._elem').set('x'),
);

test('an appender gives a promise only when a stripe was finished', async (t) => {
  await fill({ schema: 'struct<n:int>', stripeRowCount: 4000 }, async (rows) => {
    const n = rows.column('n');
    const waits = [];
    for (let row = 1; row <= 9000; row++) {
      n.set(row);
      const waiting = rows.end();
      if (waiting !== undefined) waits.push(row);
      await waiting;
    }
    t.deepEqual(waits, [4096, 8192]);
  });
});

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
