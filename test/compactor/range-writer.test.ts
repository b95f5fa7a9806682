import test, { type ExecutionContext } from 'ava';
import { hash } from 'node:crypto';
import type { ColumnBatch } from 'orc-writer-wasm';
import { rangesFor, type IdPartRange } from '../../compactor/id-part-ranges.ts';
import { sliceBatch } from '../../compactor/part-columns.ts';
import {
  hexDigits64,
  rangeWriter,
  type RangeWriter,
  type RangeWriterOptions,
} from '../../compactor/range-writer.ts';
import type { PublishedFileEntry } from '../../schemas/manifest.ts';
import { localStore } from '../../storage/local-store.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { readRows } from '../helpers/compaction-bench.ts';
import { compareRows, plainRow, type PlainRow } from '../helpers/live-part.ts';
import { bodyOf } from '../helpers/published.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { rowBatches } from '../helpers/row-batches.ts';

const PREFIX = 'changes/a b+#🙂/version=1/';
const FOUR = rangesFor(2 ** 28);
/** Rows of the ranges 00-3f, 40-7f and c0-ff; the first has more than two looks at the size of a file. */
const ROWS = [...rowsAt(0, 9_000), ...rowsAt(0x3f, 9_000), ...rowsAt(0x40, 100), ...rowsAt(0xff, 8_192)];

test('a file ends where its range ends; a range without rows has no file', async (t) => {
  const { store, entries } = await write(t, ROWS, { ranges: FOUR });
  t.deepEqual(names(entries), ['00-3f-0.orc', '40-7f-0.orc', 'c0-ff-0.orc']);
  t.deepEqual(
    entries.map(({ rows }) => rows),
    [18_000, 100, 8_192],
  );
  t.deepEqual(await readRows(store, PREFIX), ROWS);
});

test('a file ends when it is large enough, and its range goes on in another', async (t) => {
  // The first three bytes of a file are enough.
  const { store, entries } = await write(t, ROWS, { ranges: FOUR, fileBytes: 1 });
  t.deepEqual(names(entries), ['00-3f-0.orc', '00-3f-1.orc', '00-3f-2.orc', '40-7f-0.orc', 'c0-ff-0.orc']);
  t.deepEqual(
    entries.map(({ rows }) => rows),
    [8_192, 8_192, 1_616, 100, 8_192],
  );
  t.deepEqual(await readRows(store, PREFIX), ROWS);
});

test('what a file still has in memory does not count for its size', async (t) => {
  const { entries } = await write(t, ROWS, { ranges: FOUR, fileBytes: 4 });
  t.is(entries.length, 3);
});

for (const options of [{ fileBytes: 1 }, { compression: 'ZSTD' }] as const) {
  test(`files do not depend on batches or threads: ${JSON.stringify(options)}`, async (t) => {
    const expected = await write(t, ROWS, { ranges: FOUR, ...options });
    for (const batchRows of [997, 8_192]) {
      const { entries } = await write(t, ROWS, { ranges: FOUR, ...options }, batchRows);
      t.deepEqual(entries, expected.entries, `${batchRows}`);
    }
    const { entries } = await write(t, ROWS, { ranges: FOUR, ...options, writerWorkers: 2 }, 2_000);
    t.deepEqual(entries, expected.entries);
  });
}

test('each shard of the ranges writes the files of its own', async (t) => {
  const whole = await write(t, ROWS, { ranges: FOUR, fileBytes: 1 });
  const cut = ROWS.findIndex(({ idPart }) => idPart >= '40');
  const one = await write(t, ROWS.slice(0, cut), { ranges: FOUR.slice(0, 1), fileBytes: 1 });
  const other = await write(t, ROWS.slice(cut), { ranges: FOUR.slice(1), fileBytes: 1 });
  t.deepEqual([...one.entries, ...other.entries], whole.entries);
});

test('entries tell of the files as they are stored, and of the fingerprints in them', async (t) => {
  const { store, entries } = await write(t, ROWS, { ranges: FOUR, fileBytes: 1 });
  let from = 0;
  for (const { name, rows, bytes, sha256, checksum, rawBytes } of entries) {
    const body = await bodyOf(store, `${PREFIX}${name}`);
    t.deepEqual({ bytes, sha256 }, { bytes: body.length, sha256: hash('sha256', body) });
    const own = ROWS.slice(from, (from += rows));
    const sum = own.reduce((total, { fingerprint }) => total + fingerprint, 0n);
    t.is(checksum, hexDigits64(BigInt.asUintN(64, sum)));
    t.is(
      rawBytes,
      own.reduce((total, row) => total + rawBytesOfRow(row), 0),
    );
  }
});

test('no rows make no files', async (t) => {
  const { store, entries } = await write(t, [], { ranges: FOUR });
  t.deepEqual(entries, []);
  t.deepEqual(await readRows(store, PREFIX), []);
});

const isRefused = test.macro(async (t, ranges: readonly IdPartRange[], ...idParts: number[]) => {
  const { writer } = await open(t, { ranges });
  const last = idParts.pop() ?? 0;
  for (const idPart of idParts) await add(writer, rowsAt(idPart, 1));
  await t.throwsAsync(add(writer, rowsAt(last, 1)), {
    instanceOf: RangeError,
    message: `id_part ${last} is in none of the ranges, or out of order`,
  });
  await writer.abort();
});
test('rows of an earlier range are refused', isRefused, FOUR, 0, 0x80, 0x7f);
test('rows before all ranges are refused', isRefused, FOUR.slice(1), 0x3f);
test('rows behind all ranges are refused', isRefused, FOUR.slice(0, 2), 0, 0x80);
test('rows between ranges are refused', isRefused, [FOUR[0], FOUR[2]] as IdPartRange[], 0x40);

test('a file that is given up is not there, and its store is at rest', async (t) => {
  const folder = localStore(await newFolder(t));
  let puts = 0;
  const store: ObjectStore = {
    ...folder,
    async put(...put) {
      puts += 1;
      return folder.put(...put).finally(() => (puts -= 1));
    },
  };
  const { writer } = await open(t, { ranges: FOUR }, store);
  await writer.abort();
  await add(writer, rowsAt(0x80, 10));
  t.is(puts, 1);
  await writer.abort();
  t.is(puts, 0);
  t.deepEqual(await Array.fromAsync(store.list('')), []);
});

test('after the end there is nothing to give up', async (t) => {
  const { store, writer } = await open(t, { ranges: FOUR });
  await add(writer, rowsAt(0x80, 10));
  await writer.close();
  await writer.abort();
  t.is((await readRows(store, PREFIX)).length, 10);
});

/** So many rows of one id_part. */
function rowsAt(idPart: number, count: number): PlainRow[] {
  const digits = idPart.toString(16).padStart(2, '0');
  return Array.from({ length: count }, (_, i) => plainRow({ id: `"${i}"`, idPart: digits })).toSorted(
    compareRows,
  );
}

function rawBytesOfRow({ id, idPart, dbType, val, sourceObject }: PlainRow): number {
  return 4 * 8 + Buffer.byteLength([id, idPart, dbType, val, sourceObject].join(''));
}

function names(entries: readonly PublishedFileEntry[]): string[] {
  return entries.map(({ name }) => name);
}

async function open(
  t: ExecutionContext,
  options: Partial<RangeWriterOptions>,
  given?: ObjectStore,
): Promise<{ readonly store: ObjectStore; readonly writer: RangeWriter }> {
  const store = given ?? localStore(await newFolder(t));
  const writer = rangeWriter(store, {
    prefix: PREFIX,
    ranges: FOUR,
    compression: 'ZLIB',
    writerWorkers: 1,
    userMetadata: { 'cdi.version': '1' },
    ...options,
  });
  return { store, writer };
}

async function add(writer: RangeWriter, rows: readonly PlainRow[], batchRows = Infinity): Promise<void> {
  for (const batch of await batchesOf(rows)) {
    for (let from = 0; from < batch.size; from += batchRows) {
      await writer.add(sliceBatch(batch, from, Math.min(batch.size, from + batchRows)));
    }
  }
}

/** Most of what a test here would take otherwise. */
const batches = new WeakMap<readonly PlainRow[], Promise<ColumnBatch[]>>();

function batchesOf(rows: readonly PlainRow[]): Promise<ColumnBatch[]> {
  const made = batches.get(rows) ?? rowBatches(rows, { dictionaries: true });
  batches.set(rows, made);
  return made;
}

async function write(
  t: ExecutionContext,
  rows: readonly PlainRow[],
  options: Partial<RangeWriterOptions>,
  batchRows?: number,
): Promise<{ readonly store: ObjectStore; readonly entries: readonly PublishedFileEntry[] }> {
  const { store, writer } = await open(t, options);
  if (rows.length > 0) await add(writer, rows, batchRows);
  return { store, entries: await writer.close() };
}
