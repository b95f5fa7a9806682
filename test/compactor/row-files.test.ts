import test from 'ava';
import { randomBytes } from 'node:crypto';
import {
  createWriter,
  openReader,
  type ByteSource,
  type ColumnBatch,
  type WriterOptions,
} from 'orc-writer-wasm';
import {
  filesInRange,
  rowsOf,
  UnreadableFileError,
  type ReadSizes,
  type RowFile,
} from '../../compactor/row-files.ts';
import { PART_SCHEMA } from '../../schemas/part.ts';
import { compareRows, plainRow, rowFile, type PlainRow } from '../helpers/live-part.ts';
import { rowBatches } from '../helpers/row-batches.ts';

const WHOLE = { first: 0, last: 255 };
const SIZES: ReadSizes = { batchSize: 64, batchBytes: 2 ** 16, windowBytes: 2 ** 12 };
const ROWS = Array.from({ length: 2_000 }, (_, i) =>
  plainRow({ id: `"${i}"`, val: randomBytes(100).toString('base64') }),
).toSorted(compareRows);

test('a range has the rows that filtering everything has, in their order', async (t) => {
  const files = await Promise.all([
    fileOf('a', ROWS.slice(0, 700)),
    fileOf('b', ROWS.slice(700, 710)),
    fileOf('empty', []),
    fileOf('c', ROWS.slice(710)),
  ]);
  for (const [first, last] of [
    [0, 255],
    [0, 0],
    [255, 255],
    [0, 127],
    [128, 255],
    [17, 18],
    [90, 91],
    [1, 254],
  ] as const) {
    t.deepEqual(
      await idsOf(files, { first, last }),
      ROWS.filter(({ idPart }) => isWithin(idPart, first, last)).map(({ id }) => id),
      `${first} to ${last}`,
    );
  }
});

test('a range without rows has no batches', async (t) => {
  const rows = ROWS.filter(({ idPart }) => !isWithin(idPart, 64, 95));
  t.deepEqual(await Array.fromAsync(rowsOf([await fileOf('a', rows)], { first: 64, last: 95 }, SIZES)), []);
});

test('only row groups that may have rows of the range are read', async (t) => {
  // A row group of real rows has many blocks; here it needs smaller ones for that.
  const options = { schema: PART_SCHEMA, rowIndexStride: 100, compressionBlockSize: 1_024 };
  const bytes = await orcOf(options, await rowBatches(ROWS));
  const read = async (range: { first: number; last: number }): Promise<number> => {
    let count = 0;
    const source: ByteSource = {
      byteLength: bytes.length,
      slice(start, end) {
        count += end - start;
        return bytes.subarray(start, end);
      },
    };
    await idsOf([{ name: 'counted', open: () => source }], range);
    return count;
  };
  const whole = await read(WHOLE);
  t.true(whole >= bytes.length * 0.9, `${whole} of ${bytes.length}`);
  // 1 or 2 of 20 row groups, and the index and the tail.
  for (const first of [0, 100, 255]) {
    const part = await read({ first, last: first });
    t.true(part < bytes.length / 4, `${part} of ${bytes.length}`);
  }
});

test('a source is opened when its turn comes, and not before', async (t) => {
  const opened: string[] = [];
  const files = await Promise.all(
    ['a', 'b'].map(async (name): Promise<RowFile> => {
      const file = await fileOf(name, ROWS);
      return {
        name,
        open() {
          opened.push(name);
          return file.open();
        },
      };
    }),
  );
  for await (const _ of rowsOf(files, WHOLE, SIZES)) break;
  t.deepEqual(opened, ['a']);
});

const isRefused = test.macro(async (t, bytes: () => Promise<Uint8Array>, reason: RegExp) => {
  const [before, broken] = [await fileOf('before', ROWS), await bytes()];
  const file = { name: 'a b+#🙂.orc', open: () => sourceOf(broken) };
  const error = await t.throwsAsync(idsOf([before, file], { first: 0, last: 127 }), {
    instanceOf: UnreadableFileError,
  });
  t.regex(error.message, /^a b\+#🙂\.orc cannot be read: /);
  t.regex(error.message, reason);
  t.notRegex(error.message, /secret/);
  t.true(error.cause instanceof Error);
});
test('a file that is no ORC is named', isRefused, async () => Buffer.from('not ORC'), /does not end as/);
test(
  'a file that is cut off is named',
  isRefused,
  async () => (await rowFile(ROWS)).subarray(0, -1_000),
  /./,
);
test(
  'a file without the columns of rows is named',
  isRefused,
  () => orcOf({ schema: 'struct<other:string>' }, [], [{ other: 'a' }]),
  /id_part/,
);
test(
  'a file with nulls where rows have none is named',
  isRefused,
  () =>
    orcOf(
      { schema: PART_SCHEMA },
      [],
      [
        { id: 'a', val: 'secret' },
        { id: 'b', id_part: '00' },
      ],
    ),
  /column idPart has nulls/,
);

test('a store that fails is told of with the file, and with why', async (t) => {
  const failure = new Error('out of reach');
  const file: RowFile = {
    name: 'a.orc',
    open: () => ({ byteLength: 1_000, slice: () => Promise.reject(failure) }),
  };
  const error = await t.throwsAsync(idsOf([file], WHOLE), { message: 'a.orc cannot be read: out of reach' });
  t.is(error.cause, failure);
});

test('an error of who takes the rows stays as it is', async (t) => {
  const failure = new Error('of who takes them');
  const error = await t.throwsAsync(async () => {
    for await (const _ of rowsOf([await fileOf('a', ROWS)], WHOLE, SIZES)) throw failure;
  });
  t.is(error, failure);
});

test('files of a version that may have rows of a range are told by their names', (t) => {
  const files = ['00-3f-0.orc', '00-3f-1.orc', '40-7f-0.orc', 'c0-ff-0.orc'].map((name) => ({ name }));
  const names = (first: number, last: number): string[] =>
    filesInRange(files, { first, last }).map(({ name }) => name.slice(0, -4));
  t.deepEqual(names(0, 255), ['00-3f-0', '00-3f-1', '40-7f-0', 'c0-ff-0']);
  t.deepEqual(names(63, 63), ['00-3f-0', '00-3f-1']);
  t.deepEqual(names(64, 64), ['40-7f-0']);
  t.deepEqual(names(0x3f, 0x40), ['00-3f-0', '00-3f-1', '40-7f-0']);
  t.deepEqual(names(128, 191), []);
  t.deepEqual(names(192, 255), ['c0-ff-0']);
});

function isWithin(idPart: string, first: number, last: number): boolean {
  const number = Number.parseInt(idPart, 16);
  return number >= first && number <= last;
}

async function fileOf(name: string, rows: readonly PlainRow[]): Promise<RowFile> {
  const bytes = await rowFile(rows);
  return { name, open: () => sourceOf(bytes) };
}

function sourceOf(bytes: Uint8Array): ByteSource {
  return { byteLength: bytes.length, slice: (start, end) => bytes.subarray(start, end) };
}

async function orcOf(
  options: WriterOptions,
  batches: Iterable<ColumnBatch> | AsyncIterable<ColumnBatch>,
  rows: readonly object[] = [],
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => void chunks.push(chunk), options);
  for await (const batch of batches) await writer.addRowBatch(batch);
  for (const row of rows) await writer.addRow(row);
  await writer.close();
  return Buffer.concat(chunks);
}

/** The ids of the rows, by way of a file of their own. */
async function idsOf(files: readonly RowFile[], range: { first: number; last: number }): Promise<string[]> {
  const bytes = await orcOf({ schema: PART_SCHEMA }, rowsOf(files, range, SIZES));
  await using reader = await openReader(bytes);
  return Array.fromAsync(reader.rows(), ({ id }) => String(id));
}
