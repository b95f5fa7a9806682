import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import type { ColumnBatch } from '../src/columns.ts';
import { openReader, type ReadOptions } from '../src/reader.ts';
import { parseSchema } from '../src/schema.ts';
import { writeBatches } from './helpers/memory-file.ts';
import { rawValue, rawVector, randomType, type Raw } from './helpers/nested.ts';
import { random, type Random } from './helpers/random.ts';

/** Hardly compressible, so that chunks are as large as blocks. */
const LONG = Array.from({ length: 600 }, (_, i) => hash('sha256', String(i))).join('');

for (const compression of ['ZSTD', 'ZLIB', 'LZ4', 'NONE'] as const) {
  test(`${compression}: transient batches have the same values, whatever is fetched and decoded when`, async (t) => {
    for (let seed = 0; seed < 3; seed++) {
      const r = random(seed);
      const fields = Array.from({ length: 4 }, (_, i) => `c${i}:${randomType(r, 2)}`);
      const schema = parseSchema(`struct<s:string,d:string,e:string,${fields.join()}>`);
      const rows = Array.from({ length: 700 }, (_, row): Raw[] => [
        `${row * 7919} ${textOf(r, r.below(700))}`,
        `d${row % 3} ${LONG.slice(row % 3)}`,
        textOf(r, r.below(4_000)),
        ...schema.children.slice(3).map((type) => rawValue(r, type, 0.2)),
      ]);
      const columns = schema.children.map((type, i) =>
        rawVector(
          type,
          rows.map((row) => row[i] ?? null),
        ),
      );
      const bytes = await writeBatches([{ size: rows.length, columns }], {
        schema,
        compression,
        rowIndexStride: 100,
        stripeRowCount: 500,
        compressionBlockSize: 70_000,
      });
      for (const options of [
        { batchSize: 64, windowBytes: 2_000 },
        { batchSize: 64, windowBytes: 2 ** 20, dictionaries: true },
        { batchSize: 1_000, batchBytes: 3_000 },
        // Enough for one of the long columns: the other makes both be read again, with fewer rows.
        { batchSize: 200, batchBytes: 120_000 },
        { batchSize: 50, searchArgument: { column: 'd', between: ['d1', 'd2'] } },
      ] satisfies ReadOptions[]) {
        const transient = await copies(bytes, { ...options, transient: true });
        t.true(
          isDeepStrictEqual(transient, await copies(bytes, options)),
          JSON.stringify({ seed, ...options }),
        );
      }
    }
  });
}

test('readers side by side do not disturb each other, nor one that was left in the middle', async (t) => {
  const values = Array.from({ length: 3_000 }, (_, i) => `${i} ${LONG.slice(i % 500, 700)}`);
  const schema = parseSchema('struct<s:string,n:bigint>');
  const numbers = values.map((_, i) => BigInt(i) ** 3n);
  const [strings, longs] = schema.children;
  if (strings === undefined || longs === undefined) throw new TypeError('no columns');
  const batch = { size: values.length, columns: [rawVector(strings, values), rawVector(longs, numbers)] };
  const bytes = await writeBatches([batch], { schema, rowIndexStride: 500 });
  const options = { batchSize: 100, windowBytes: 50_000, transient: true };
  await using left = await openReader(bytes);
  for await (const _ of left.batches(options)) break;
  const whole = await copies(bytes, options);
  for (const found of await Promise.all([1, 2, 3, 4, 5].map(() => copies(bytes, options)))) {
    t.true(isDeepStrictEqual(found, whole));
  }
});

test('the memory of a transient batch is given back with the next one', async (t) => {
  const values = Array.from({ length: 600 }, (_, i) => `${i} ${LONG.slice(i, i + 2_000)}`);
  const schema = parseSchema('struct<s:string>');
  const [type] = schema.children;
  if (type === undefined) throw new TypeError('no column');
  const bytes = await writeBatches([{ size: values.length, columns: [rawVector(type, values)] }], { schema });
  await using reader = await openReader(bytes);
  const buffers: ArrayBufferLike[] = [];
  for await (const { columns } of reader.batches({ batchSize: 150, transient: true })) {
    const [vector] = columns;
    if (vector === undefined || !('data' in vector)) throw new TypeError('no strings');
    buffers.push(vector.data.buffer);
    t.true(vector.data.length > 0);
  }
  t.true(buffers.slice(0, -1).filter((buffer) => buffer.byteLength === 0).length >= 2);
});

function textOf(r: Random, length: number): string {
  const from = r.below(LONG.length - length);
  return LONG.slice(from, from + length);
}

/** All batches, copied before the next one is asked for. */
async function copies(bytes: Uint8Array, options: ReadOptions): Promise<ColumnBatch[]> {
  const found: ColumnBatch[] = [];
  await using reader = await openReader(bytes);
  for await (const batch of reader.batches(options)) found.push(copyOf(batch));
  return found;
}

/** A deep copy. That of `structuredClone` has all the memory that a typed array is a view of. */
function copyOf<T>(value: T): T;
function copyOf(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return (value as Uint8Array).slice();
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member)]));
}
