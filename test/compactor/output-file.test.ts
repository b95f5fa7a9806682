import test from 'ava';
import { hash, randomBytes } from 'node:crypto';
import { openReader, type ColumnBatch } from 'orc-writer-wasm';
import { outputFile } from '../../compactor/output-file.ts';
import { localStore } from '../../storage/local-store.ts';
import type { ObjectContent, ObjectStore } from '../../storage/store.ts';
import { bodyOf } from '../helpers/published.ts';
import { newFolder } from '../helpers/queue-place.ts';

const KEY = 'a b+#🙂/file.orc';
const MiB = 2 ** 20;
/** Every batch is a stripe. */
const OPTIONS = {
  schema: 'struct<v:binary,n:int>',
  compression: 'ZSTD',
  stripeSize: MiB / 2,
  rowIndexStride: 10,
} as const;

test('the file is stored as it is told of', async (t) => {
  const store = localStore(await newFolder(t));
  const file = await outputFile(store, KEY, { ...OPTIONS, userMetadata: { name: 'é' } });
  let bytes = 0;
  for (let batch = 0; batch < 5; batch++) {
    await file.addRows(incompressible(1_000_000));
    t.true(file.bytes() >= bytes);
    bytes = file.bytes();
  }
  t.true(bytes > 2 * MiB, 'stripes have reached the store');
  t.is(await store.head(KEY), undefined);

  const entry = await file.close();
  const stored = await bodyOf(store, KEY);
  t.deepEqual(entry, {
    rows: 50,
    bytes: stored.length,
    rawBytes: 5_000_000 + 50 * 8,
    sha256: hash('sha256', stored),
  });
  await using reader = await openReader(stored);
  t.is(reader.numberOfRows, 50);
  t.deepEqual(reader.userMetadata, new Map([['name', Buffer.from('é')]]));
  await file.abort();
  t.is((await store.head(KEY))?.size, stored.length);
});

test('a file that is given up is not there, whatever has been written of it', async (t) => {
  const store = localStore(await newFolder(t));
  for (const batches of [0, 1, 5]) {
    const file = await outputFile(store, KEY, OPTIONS);
    for (let batch = 0; batch < batches; batch++) await file.addRows(incompressible(MiB));
    await file.abort();
    await file.abort();
    t.is(await store.head(KEY), undefined);
  }
});

const fails = test.macro(async (t, read: 'nothing' | 'something' | 'everything') => {
  const store = localStore(await newFolder(t));
  const file = await outputFile(failingStore(store, read), KEY, OPTIONS);
  const error = await t.throwsAsync(async () => {
    // More than fits between the writer and the store.
    for (let batch = 0; batch < 6; batch++) await file.addRows(incompressible(MiB));
    await file.close();
  });
  t.is(error.message, 'no room');
  await file.abort();
  t.is(await store.head(KEY), undefined);
});
test('a store that refuses at once fails the file with its error', fails, 'nothing');
test('a store that fails in the middle fails the file with its error', fails, 'something');
test('a store that fails at the end fails the file with its error', fails, 'everything');

test('a store that fails while nothing is written fails the file at its end', async (t) => {
  const store = localStore(await newFolder(t));
  const file = await outputFile(failingStore(store, 'nothing'), KEY, OPTIONS);
  await file.addRows(incompressible(10));
  await t.throwsAsync(file.close(), { message: 'no room' });
  await file.abort();
});

test('a store that fails is not waited for by who gives the file up', async (t) => {
  const store = localStore(await newFolder(t));
  const file = await outputFile(failingStore(store, 'nothing'), KEY, OPTIONS);
  await file.abort();
  t.is(await store.head(KEY), undefined);
});

test('options that are refused leave nothing under way', async (t) => {
  const folder = localStore(await newFolder(t));
  let puts = 0;
  const counting: ObjectStore = {
    ...folder,
    put(...put) {
      puts += 1;
      return folder.put(...put);
    },
  };
  await t.throwsAsync(outputFile(counting, KEY, { schema: 'struct<a:int,A:int>' }));
  t.is(puts, 0);
});

/** Ten rows that come to so many bytes. */
function incompressible(bytes: number): ColumnBatch {
  const offsets = Uint32Array.from({ length: 11 }, (_, row) => (row * bytes) / 10);
  return {
    size: 10,
    columns: [{ data: randomBytes(bytes), offsets }, { values: new Int32Array(10) }],
  };
}

/** A store whose puts fail when they have read so much of their body. */
function failingStore(store: ObjectStore, read: 'nothing' | 'something' | 'everything'): ObjectStore {
  async function* broken(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      yield chunk;
      if (read === 'something' && chunk.length > 1_000) throw new Error('no room');
    }
    throw new Error('no room');
  }
  return {
    ...store,
    async put(key: string, body: ObjectContent) {
      if (read === 'nothing' || body instanceof Uint8Array) throw new Error('no room');
      return store.put(key, broken(body));
    },
  };
}
