import { open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createWriter, mergeSorted, openReader, type ColumnBatch, type WriterOptions } from 'orc-writer-wasm';
import { grouped } from './measure.ts';
import { loadInto } from './orc-arrow.ts';
import { differences, settingsOf, type FileSettings } from './orc-settings.ts';
import { batchesOf, generateTable, schemaOf, sortedParts } from './orc-table.ts';
import type { Pyarrow, Sample } from './pyarrow.ts';

/** The same work done by both sides; each call is one sample. */
export interface Contest {
  readonly name: string;
  /** How many times faster than pyarrow is fast enough. */
  readonly target: number;
  /** Samples a round, of work that is over in a moment. */
  readonly repeats?: number;
  readonly ours: () => Promise<unknown>;
  readonly pyarrow: () => Promise<Sample>;
}

/** Two files that should differ only in who wrote them. */
export interface FilePair {
  readonly name: string;
  readonly ours: string;
  readonly pyarrow: string;
}

/** The settings of both sides, of which `unequal` are the names of those that differ. */
export interface Comparison {
  readonly name: string;
  readonly ours: FileSettings;
  readonly pyarrow: FileSettings;
  readonly unequal: readonly string[];
}

const CODECS = ['ZSTD', 'ZLIB'] as const;
type Codec = (typeof CODECS)[number];

/** Of zlib ORC C++ takes level 2 when it is to be fast. */
export const LEVELS: Record<Codec, number> = { ZSTD: 1, ZLIB: 2 };
const BLOCK_BYTES = 256 * 1024;
const STRIPE_BYTES = 64 * 1024 * 1024;
const STRIDE = 10_000;
const THRESHOLD = 0.8;
/** Rows given to a writer, or wanted from a reader, at a time; of those tried pyarrow writes fastest with it. */
export const BATCH_ROWS = 10_000;
const SMALL_ROWS = 10_000;
const PARTS = 8;

/** Everything that is measured, on files in `folder`; both sides have then done all of it once, and alike. */
export async function prepareContests(
  pyarrow: Pyarrow,
  folder: string,
  rows: number,
): Promise<{ contests: Contest[]; pairs: FilePair[]; comparisons: Comparison[] }> {
  const table = generateTable(rows);
  const small = generateTable(SMALL_ROWS);
  const parts = sortedParts(table, 'uuid', PARTS);
  await loadInto(pyarrow, folder, 'table', table);
  await loadInto(pyarrow, folder, 'small', small);
  const batches = batchesOf(table, BATCH_ROWS);
  const smallBatches = batchesOf(small, BATCH_ROWS);
  const schema = schemaOf(table);
  const contests: Contest[] = [];
  const pairs: FilePair[] = [];
  const comparisons: Comparison[] = [];

  for (const codec of CODECS) {
    const settings = writerOptions(codec);
    const options = { schema, ...settings };
    const written = pairOf(folder, `write, ${codec}`);
    const merged = pairOf(folder, `merge, ${codec}`);
    const inputs = await Promise.all(
      parts.map(async (part, i) => {
        const path = join(folder, `part-${codec}-${i}`);
        await write(batchesOf(part, BATCH_ROWS), path, options);
        return path;
      }),
    );
    const writeInPython = (): Promise<Sample> =>
      pyarrow.run('write', { name: 'table', path: written.pyarrow, options: pyarrowOptions(codec) });
    const mergeInPython = (): Promise<Sample> =>
      pyarrow.run('merge', {
        paths: inputs,
        path: merged.pyarrow,
        key: 'uuid',
        newest: 'created',
        options: pyarrowOptions(codec),
      });

    await write(batches, written.ours, options);
    await writeInPython();
    comparisons.push(await compare(written, await unequalRows(pyarrow, written, options)));
    await merge(inputs, merged.ours, settings);
    await mergeInPython();
    const { value: isSame } = await pyarrow.run('checkSame', { one: merged.ours, other: merged.pyarrow });
    comparisons.push(await compare(merged, isSame === true ? [] : ['rows']));
    pairs.push(written, merged);

    for (const workers of [1, 2]) {
      const suffix = workers === 1 ? '' : ', 2 workers';
      contests.push({
        name: written.name + suffix,
        target: workers === 2 ? 2 : codec === 'ZSTD' ? 1.5 : 1.2,
        ours: () => write(batches, written.ours, { ...options, workers }),
        pyarrow: writeInPython,
      });
      contests.push({
        name: merged.name + suffix,
        // The aim of 2 is one for two cores: on one, the codecs take half of that time and more.
        target: workers,
        ours: () => merge(inputs, merged.ours, { ...settings, workers }),
        pyarrow: mergeInPython,
      });
    }
    contests.push({
      name: `read, ${codec}`,
      target: 1,
      // The file is pyarrow's for both, so that ours cannot be laid out for our reader.
      ours: () => readAll(written.pyarrow),
      pyarrow: () => pyarrow.run('read', { path: written.pyarrow }),
    });
  }

  const part = pairOf(folder, `write ${grouped(SMALL_ROWS)} rows, ZSTD`);
  contests.push({
    name: part.name,
    target: 1,
    repeats: 10,
    ours: () => write(smallBatches, part.ours, { schema, ...writerOptions('ZSTD') }),
    pyarrow: () =>
      pyarrow.run('write', { name: 'small', path: part.pyarrow, options: pyarrowOptions('ZSTD') }),
  });
  return { contests: contests.toSorted((a, b) => order(a) - order(b)), pairs, comparisons };
}

/** As the report has them: by what is done. */
function order({ name }: Contest): number {
  return ['write,', 'read,', 'merge,'].findIndex((kind) => name.startsWith(kind)) >>> 0;
}

function pairOf(folder: string, name: string): FilePair {
  const path = join(folder, name.replaceAll(/[ ,]+/g, '-'));
  return { name, ours: `${path}-ours`, pyarrow: `${path}-pyarrow` };
}

async function compare(pair: FilePair, unequal: readonly string[]): Promise<Comparison> {
  const [ours, pyarrow] = [await settingsOf(pair.ours), await settingsOf(pair.pyarrow)];
  return { name: pair.name, ours, pyarrow, unequal: [...differences(ours, pyarrow), ...unequal] };
}

/** pyarrow reads the table from both files; what we read of its file and write again is our file. */
async function unequalRows(pyarrow: Pyarrow, pair: FilePair, options: WriterOptions): Promise<string[]> {
  const unequal: string[] = [];
  for (const side of ['ours', 'pyarrow'] as const) {
    const { value } = await pyarrow.run('check', { name: 'table', path: pair[side] });
    if (value !== true) unequal.push(`rows that pyarrow reads (file: ${side})`);
  }
  const copy = `${pair.ours}-copy`;
  await using reader = await openReader(pair.pyarrow);
  await write(reader.batches({ batchSize: BATCH_ROWS }), copy, options);
  if (!(await readFile(copy)).equals(await readFile(pair.ours))) unequal.push('rows that we read');
  await rm(copy);
  return unequal;
}

function writerOptions(codec: Codec): Omit<WriterOptions, 'schema'> {
  return {
    compression: codec,
    compressionLevel: LEVELS[codec],
    compressionBlockSize: BLOCK_BYTES,
    stripeSize: STRIPE_BYTES,
    rowIndexStride: STRIDE,
    dictionaryKeySizeThreshold: THRESHOLD,
  };
}

function pyarrowOptions(codec: Codec): object {
  return {
    compression: codec.toLowerCase(),
    compression_strategy: 'speed',
    compression_block_size: BLOCK_BYTES,
    stripe_size: STRIPE_BYTES,
    row_index_stride: STRIDE,
    dictionary_key_size_threshold: THRESHOLD,
    batch_size: BATCH_ROWS,
  };
}

async function write(
  batches: Iterable<ColumnBatch> | AsyncIterable<ColumnBatch>,
  path: string,
  options: WriterOptions,
): Promise<void> {
  await using file = await open(path, 'w');
  await using writer = await createWriter(file, options);
  for await (const batch of batches) await writer.addRowBatch(batch);
  await writer.close();
}

async function readAll(path: string): Promise<number> {
  let rows = 0;
  await using reader = await openReader(path);
  for await (const { size } of reader.batches({ batchSize: BATCH_ROWS })) rows += size;
  return rows;
}

/** The newest row of every key, in order of the keys. */
async function merge(
  inputs: readonly string[],
  path: string,
  options: Omit<WriterOptions, 'schema'>,
): Promise<void> {
  const readers = await Promise.all(inputs.map((input) => openReader(input)));
  try {
    await using file = await open(path, 'w');
    await mergeSorted(file, readers, {
      ...options,
      sortKeys: [{ column: 'uuid' }],
      dedupe: { keys: ['uuid'], keep: { max: 'created' } },
    });
  } finally {
    for (const reader of readers) await reader.close();
  }
}

/** Bytes of a file. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}
