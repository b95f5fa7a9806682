import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import test from 'ava';
import { SchemaMismatchError, WriterClosedError } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import { createWriter } from '../src/writer.ts';
import { writeBatches } from './helpers/memory-file.ts';

const options = { schema: 'struct<n:int>', stripeRowCount: 3, compression: 'NONE' } as const;
const batch = { size: 10, columns: [{ values: Int32Array.from({ length: 10 }, (_, i) => i) }] };

test('an open file gets the bytes and stays open; the reader takes its path', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'orc '));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'awkward #+é.orc');
  const file = await open(path, 'w');
  const writer = await createWriter(file, options);
  await writer.addRowBatch(batch);
  const summary = await writer.close();
  t.is((await file.stat()).size, summary.bytes);
  await file.close();
  t.deepEqual(await readFile(path), await writeBatches([batch], options));
  t.like(summary, { rows: 10, stripes: 4 });
  await using reader = await openReader(path);
  t.is(reader.numberOfRows, 10);
});

test('a stream gets the bytes and stays open', async (t) => {
  const chunks: Uint8Array[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk, _, done) {
      chunks.push(chunk);
      setImmediate(done);
    },
  });
  const writer = await createWriter(stream, options);
  await writer.addRowBatch(batch);
  await writer.close();
  t.true(stream.writable);
  t.deepEqual(Buffer.concat(chunks), await writeBatches([batch], options));
});

test('a sink that fails makes the batch, the next one and close fail', async (t) => {
  let calls = 0;
  const writer = await createWriter(async () => {
    if (++calls > 2) throw new Error('disk full');
  }, options);
  await t.throwsAsync(async () => writer.addRowBatch(batch), { message: 'disk full' });
  const error = t.throws(() => writer.addRowBatch(batch), { instanceOf: WriterClosedError });
  t.is(error?.cause instanceof Error ? error.cause.message : '', 'disk full');
  await t.throwsAsync(writer.close(), { instanceOf: WriterClosedError });
  await writer.abort();
});

test('a sink that fails in close leaves the next writers alone, also after an abort', async (t) => {
  const failing = await createWriter(async () => {
    await Promise.resolve();
    throw new Error('disk full');
  }, options);
  await failing.addRowBatch({ size: 1, columns: [{ values: Int32Array.of(1) }] });
  await t.throwsAsync(failing.close(), { message: 'disk full' });
  await failing.abort();

  const chunks: Uint8Array[][] = [[], []];
  const writers = await Promise.all(
    chunks.map((own) => createWriter((chunk) => void own.push(Buffer.from(chunk)), options)),
  );
  for (let i = 0; i < batch.size; i++) {
    for (const writer of writers)
      await writer.addRowBatch({ size: 1, columns: [{ values: Int32Array.of(i) }] });
  }
  const wanted = await writeBatches([batch], options);
  for (const [i, writer] of writers.entries()) {
    await writer.close();
    t.deepEqual(Buffer.concat(chunks[i] ?? []), wanted);
  }
});

test('a batch that does not fit leaves a writer that can only be aborted', async (t) => {
  const writer = await createWriter(() => {}, options);
  t.throws(() => writer.addRowBatch({ size: 1, columns: [] }), { instanceOf: SchemaMismatchError });
  t.throws(() => writer.addRowBatch(batch), { instanceOf: WriterClosedError });
  await writer.abort();
});

test('after close and abort a writer takes nothing', async (t) => {
  const closed = await createWriter(() => {}, options);
  await closed.close();
  t.throws(() => closed.addRowBatch(batch), { instanceOf: WriterClosedError });
  await closed.abort();
  const aborted = await createWriter(() => {}, options);
  await aborted.abort();
  await t.throwsAsync(aborted.close(), { instanceOf: WriterClosedError });
});

test('arrays of a batch may be used again at once', async (t) => {
  const values = Int32Array.of(1, 2, 3);
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => {
    chunks.push(chunk);
  }, options);
  const first = writer.addRowBatch({ size: 3, columns: [{ values }] });
  values.fill(9);
  await first;
  await writer.addRowBatch({ size: 3, columns: [{ values }] });
  await writer.close();
  await using reader = await openReader(Buffer.concat(chunks));
  const rows = [];
  for await (const { n } of reader.rows()) rows.push(n);
  t.deepEqual(rows, [1, 2, 3, 9, 9, 9]);
});

test('writers side by side do not disturb each other', async (t) => {
  const write = async (): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    const writer = await createWriter(async (chunk) => {
      chunks.push(chunk);
      await new Promise(setImmediate);
    }, options);
    for (let i = 0; i < 5; i++) await writer.addRowBatch(batch);
    await writer.close();
    return Buffer.concat(chunks);
  };
  const files = await Promise.all(Array.from({ length: 6 }, write));
  const expected = await write();
  for (const file of files) t.deepEqual(file, expected);
});
