// `npx ava orc-writer-wasm/test/merge-batches.test.ts -- --from 0 --seeds 5000` is the long run.

import { setImmediate } from 'node:timers/promises';
import { inspect, parseArgs } from 'node:util';
import test from 'ava';
import type { ColumnBatch } from '../src/columns.ts';
import { borrowCore, returnCore } from '../src/core.ts';
import { mergeBatches } from '../src/merge-batches.ts';
import type { Dedupe } from '../src/merge-order.ts';
import { openReader } from '../src/reader.ts';
import { rowValues } from '../src/row-values.ts';
import { parseSchema, type TypeDescription } from '../src/schema.ts';
import type { SortKey } from '../src/sort-keys.ts';
import { createWriter } from '../src/writer.ts';
import { keyTypes, mergedRows, randomInputs } from './helpers/merge-reference.ts';
import { randomType, shown } from './helpers/nested.ts';
import { random, type Random } from './helpers/random.ts';
import { rowCutter } from './helpers/random-batches.ts';
import { stringsOf } from './helpers/table.ts';

const { values } = parseArgs({
  options: { from: { type: 'string', default: '0' }, seeds: { type: 'string', default: '40' } },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => Number(values.from) + i);

for (const seed of seeds) {
  test(`batches in all forms are merged as sorting all rows would (${seed})`, async (t) => {
    const r = random(seed);
    const { schema, order } = randomOrder(r);
    const inputs = randomInputs(r, schema, order.sortKeys, r.pick([5, 50, 400]));
    const rows = mergedRows(schema, inputs, order.sortKeys, order.dedupe).map((row) =>
      printed(shown(schema, row)),
    );
    const cut = rowCutter(r, schema);
    const merged = await written(schema, mergeBatches(schema, inputs.map(cut), order));
    t.deepEqual(merged.rows, rows);
    t.deepEqual(merged.read, rows);
    const rowsIn = inputs.flat().length;
    t.deepEqual(merged.counts, { rowsIn, rowsOut: rows.length, duplicates: rowsIn - rows.length });
  });
}

const numbers = parseSchema('struct<n:int,text:string>');
const byNumber = { sortKeys: [{ column: 'n' }] };

test('a dictionary that is not stable may be overwritten when the next batch is asked for', async (t) => {
  const dictionary = stringsOf(['a', 'b'].map((text) => Buffer.from(text)));
  async function* input(): AsyncGenerator<ColumnBatch> {
    for (let n = 0; n < 3; n++) {
      dictionary.data.set(Buffer.from(`${n}x`));
      yield { size: 1, columns: [{ values: Int32Array.of(n) }, { ids: Uint32Array.of(0), dictionary }] };
    }
  }
  const { read } = await written(numbers, mergeBatches(numbers, [input()], byNumber));
  t.deepEqual(read, ["{ n: 0, text: '0' }", "{ n: 1, text: '1' }", "{ n: 2, text: '2' }"]);
});

test('a dictionary without even a first offset has no strings, whatever is in its data', async (t) => {
  const empty = { data: Buffer.from('not a string'), offsets: new Uint32Array(0), isStable: true } as const;
  const other = { ...stringsOf([Buffer.from('a')]), isStable: true } as const;
  async function* input(): AsyncGenerator<ColumnBatch> {
    const nothing = { ids: Uint32Array.of(0), dictionary: empty, present: Uint8Array.of(0) };
    yield { size: 1, columns: [{ values: Int32Array.of(1) }, nothing] };
    yield { size: 1, columns: [{ values: Int32Array.of(2) }, { ids: Uint32Array.of(0), dictionary: other }] };
  }
  const { read } = await written(numbers, mergeBatches(numbers, [input()], byNumber));
  t.deepEqual(read, ['{ n: 1, text: null }', "{ n: 2, text: 'a' }"]);
});

test('a merge of no inputs has no rows, whatever was in memory before', async (t) => {
  const core = borrowCore();
  const bytes = 65_536;
  const address = core.kernels.allocate(bytes);
  core.bytes.fill(0xee, address, address + bytes);
  returnCore(core);
  t.deepEqual(await mergeBatches(numbers, [], byNumber).next(), {
    done: true,
    value: { rowsIn: 0, rowsOut: 0, duplicates: 0 },
  });
});

test('a merge of many inputs waits for some of their first batches at a time', async (t) => {
  let waiting = 0;
  const waits: number[] = [];
  async function* input(_: unknown, n: number): AsyncGenerator<ColumnBatch> {
    waits.push(++waiting);
    await setImmediate();
    waiting--;
    yield { size: 1, columns: [{ values: Int32Array.of(n) }] };
  }
  const merged = mergeBatches('struct<n:int>', Array.from({ length: 100 }, input), byNumber);
  const { counts } = await written(parseSchema('struct<n:int>'), merged);
  t.is(counts.rowsOut, 100);
  t.is(Math.max(...waits), 16);
});

test('when an input fails, the merge ends after those that are under way, and closes them', async (t) => {
  let begun = 0;
  let open = 0;
  async function* input(_: unknown, n: number): AsyncGenerator<ColumnBatch> {
    begun++;
    open++;
    try {
      for (let i = 0; i < n; i++) await setImmediate();
      if (n === 3) throw new RangeError('input 3');
      yield { size: 1, columns: [{ values: Int32Array.of(n) }] };
    } finally {
      open--;
    }
  }
  const merged = mergeBatches('struct<n:int>', Array.from({ length: 100 }, input), byNumber);
  await t.throwsAsync(merged.next(), { instanceOf: RangeError, message: 'input 3' });
  t.is(open, 0);
  t.true(begun < 30);
});

/** A schema with keys of one to three columns, mostly of strings, and what they sort. */
function randomOrder(r: Random): {
  readonly schema: TypeDescription;
  readonly order: { readonly sortKeys: readonly SortKey[]; readonly dedupe?: Dedupe };
} {
  const keys = Array.from({ length: 1 + r.below(3) }, (_, i) => `k${i}`);
  const types = () => r.pick(['string', r.pick(keyTypes), r.pick(['array<string>', randomType(r, 2)])]);
  const fields = [
    ...[...keys, 'rank'].map((name) => `${name}:${r.pick(['string', r.pick(keyTypes)])}`),
    ...Array.from({ length: r.below(4) }, (_, i) => `v${i}:${types()}`),
  ];
  // Readers give these as long as the type says, so they have no form of their own.
  const text = `struct<${fields.join(',')}>`.replaceAll(/(var)?char\(\d\)/g, 'string');
  const sortKeys = keys.map((column): SortKey => ({
    column,
    ...r.pick([{}, { order: 'asc' } as const, { order: 'desc' } as const]),
    ...r.pick([{}, { nulls: 'first' } as const, { nulls: 'last' } as const]),
  }));
  const dedupe = r.pick<{ readonly dedupe?: Dedupe }>([
    {},
    { dedupe: { keys: [keys[0] ?? '', 'rank'], keep: 'first' } },
    { dedupe: { keys, keep: 'last' } },
    { dedupe: { keys: [keys[0] ?? ''], keep: { max: 'rank' } } },
  ]);
  return { schema: parseSchema(text), order: { sortKeys, ...dedupe } };
}

/** The rows that come out, and those of a file that is written of them. */
async function written<Counts>(
  schema: TypeDescription,
  batches: AsyncGenerator<ColumnBatch, Counts>,
): Promise<{ readonly rows: string[]; readonly read: string[]; readonly counts: Counts }> {
  const columns = schema.children.map((type, i) => ({ type, name: schema.fieldNames[i] ?? '' }));
  const chunks: Uint8Array[] = [];
  await using writer = await createWriter((chunk) => void chunks.push(chunk), {
    schema,
    compression: 'NONE',
  });
  const rows: string[] = [];
  for (;;) {
    const { done, value } = await batches.next();
    if (done === true) {
      await writer.close();
      const reader = await openReader(Buffer.concat(chunks));
      return { rows, read: await Array.fromAsync(reader.rows(), printed), counts: value };
    }
    rows.push(...Array.from(rowValues(value, columns), printed));
    await writer.addRowBatch(value);
  }
}

/** As text, since binary values of a merged batch are in memory that the next one uses again. */
function printed(row: unknown): string {
  return inspect(row, { depth: Infinity });
}
