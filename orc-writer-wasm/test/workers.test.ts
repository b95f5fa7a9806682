import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import test from 'ava';
import { SchemaMismatchError, WriterClosedError } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import { parseSchema } from '../src/schema.ts';
import type { WriterOptions } from '../src/writer-options.ts';
import { createWriter } from '../src/writer.ts';
import { writeBatches, writeColumns } from './helpers/memory-file.ts';
import { randomType, rawValue, rawVector } from './helpers/nested.ts';
import { random, type Random } from './helpers/random.ts';
import { randomTable, stringsOf } from './helpers/table.ts';

const threads: Worker[] = [];
process.on('worker', (worker) => threads.push(worker));

test.after('no thread runs but those that are kept', async (t) => {
  while (threads.filter(({ threadId }) => threadId !== -1).length > 8) await delay(10);
  t.pass();
});

const codecs = ['NONE', 'ZLIB', 'SNAPPY', 'LZO', 'LZ4', 'ZSTD'] as const;

for (const [number, compression] of codecs.entries()) {
  test.serial(`${compression}: 1, 2, 3 and 5 workers write the same bytes`, async (t) => {
    const r = random(number);
    // One for all, so that the helpers of the first file are there for the others.
    const compressionBlockSize = r.pick([1024, 8192]);
    for (const rowIndexStride of [0, 100, 1024]) {
      const stripeSize = r.pick([30_000, 200_000, 2 ** 26]);
      const options = { compression, compressionBlockSize, rowIndexStride, stripeSize };
      const { schema, batch } = nestedBatch(r, 1500);
      const table = randomTable(r, 3000);
      const batchRows = r.pick([777, 3000]);
      for (const write of [
        (workers: number) => writeBatches([batch], { ...options, workers, schema }),
        (workers: number) => writeColumns(table, { ...options, workers }, () => batchRows),
      ]) {
        const file = await write(1);
        for (const workers of [2, 3, 5]) t.true(file.equals(await write(workers)), `${workers} workers`);
      }
    }
  });
}

function nestedBatch(r: Random, size: number) {
  const types = Array.from({ length: 3 }, (_, i) => `c${i}:${randomType(r, 3)}`);
  const schema = parseSchema(`struct<${types.join(',')}>`);
  const columns = schema.children.map((type) =>
    rawVector(
      type,
      Array.from({ length: size }, () => rawValue(r, type, 0.1)),
    ),
  );
  return { schema, batch: { size, columns } };
}

const options = {
  schema: 'struct<s:binary>',
  compression: 'ZLIB',
  compressionBlockSize: 4096,
  rowIndexStride: 1000,
  workers: 3,
} as const;

/** Strings of 64 bytes that shrink to about half. */
const batch = { size: 4000, columns: [stringsOf(hexes(4000, 64))] };

function hexes(count: number, length: number): Buffer[] {
  const r = random(count);
  return Array.from({ length: count }, () =>
    Buffer.from(Array.from({ length }, () => r.below(16).toString(16)).join('')),
  );
}

test.serial('writers one after the other use the same threads', async (t) => {
  await delay(1);
  const before = threads.length;
  const files = [];
  for (let i = 0; i < 5; i++) files.push(await writeBatches([batch], { ...options, workers: 2 + (i % 2) }));
  for (const file of files) t.deepEqual(file, files[0]);
  await delay(1);
  t.is(threads.length - before, 3);
});

test('many writers at once', async (t) => {
  const expected = await writeBatches([batch, batch, batch], { ...options, workers: 1 });
  const write = async (): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    const writer = await createWriter(async (chunk) => {
      chunks.push(chunk);
      await new Promise(setImmediate);
    }, options);
    for (let i = 0; i < 3; i++) {
      await writer.addRowBatch(batch);
      await new Promise(setImmediate);
    }
    await writer.close();
    return Buffer.concat(chunks);
  };
  const files = await Promise.all(Array.from({ length: 9 }, write));
  for (const file of files) t.true(file.equals(expected));
});

test('a failing sink, a signal and a bad batch end a writer with helpers, and the next one can have them', async (t) => {
  const small: WriterOptions = { ...options, stripeSize: 20_000 };
  const failing = await createWriter(async (chunk) => {
    if (chunk.length > 3) throw new Error('disk full');
  }, small);
  await t.throwsAsync(async () => failing.addRowBatch(batch), { message: 'disk full' });
  await failing.abort();

  const controller = new AbortController();
  const stopped = await createWriter(() => {}, { ...small, signal: controller.signal });
  await stopped.addRowBatch(batch);
  controller.abort(new Error('stopped'));
  t.throws(() => stopped.addRowBatch(batch), { instanceOf: WriterClosedError });
  await stopped.abort();

  const refusing = await createWriter(() => {}, options);
  await refusing.addRowBatch(batch);
  t.throws(() => refusing.addRowBatch({ size: 1, columns: [{ values: Int32Array.of(1) }] }), {
    instanceOf: SchemaMismatchError,
  });
  await refusing.abort();

  await t.throwsAsync(
    createWriter(() => {}, { ...options, schema: 'struct<g:geometry>' }),
    {
      instanceOf: SchemaMismatchError,
    },
  );
  for (const workers of [0, 1.5, 65]) {
    await t.throwsAsync(
      createWriter(() => {}, { ...options, workers }),
      { code: 'bad-option' },
    );
  }

  t.deepEqual(await writeBatches([batch], options), await writeBatches([batch], { ...options, workers: 1 }));
});

const contents: Record<string, (row: number, r: Random) => string> = {
  'that hardly shrinks': (_, r) =>
    Array.from({ length: 40 }, () => String.fromCharCode(33 + r.below(90))).join(''),
  'that shrinks': (row) => `{"number":${row},"text":"always the same text, and more of it","end":${row % 7}}`,
};
for (const [title, content] of Object.entries(contents)) {
  test(`stripes come out near stripeSize with content ${title}`, async (t) => {
    const r = random(7);
    const size = 5000;
    const batches = Array.from({ length: 20 }, (_, i) => ({
      size,
      columns: [
        stringsOf(Array.from({ length: size }, (__, row) => Buffer.from(content(i * size + row, r)))),
      ],
    }));
    const stripeSize = 100_000;
    const small = { rowIndexStride: 100, compressionBlockSize: 4096, workers: 2, stripeSize };
    const file = await writeBatches(batches, { ...small, schema: 'struct<s:string>' });
    await using reader = await openReader(file);
    t.true(reader.stripes.length > 3);
    for (const { dataLength } of reader.stripes.slice(0, -1)) {
      t.true(Math.abs(dataLength - stripeSize) < 0.06 * stripeSize, String(dataLength));
    }
  });
}
