import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createWriter,
  mergeFiles,
  mergeSorted,
  openReader,
  type Reader,
  type Sink,
  type TypeDescription,
  type WriterOptions,
} from 'orc-writer-wasm';
import { rawVector, shown } from '../../orc-writer-wasm/test/helpers/nested.ts';
import { random, type Random } from '../../orc-writer-wasm/test/helpers/random.ts';
import { featuresOf, type Feature } from './features.ts';
import { randomFilters, type Filter } from './filters.ts';
import { plainValue } from './plain-values.ts';
import { randomTable, type Table } from './random-table.ts';

/** A file that we wrote, and what is to be read from it. */
export interface WrittenFile {
  readonly seed: number;
  readonly path: string;
  /** JSON lines, each a row as a list of plain values. */
  readonly truth: string;
  readonly rows: number;
  readonly options: Omit<WriterOptions, 'schema'>;
  readonly columns: readonly WrittenColumn[];
  readonly filters: readonly Filter[];
}

export interface WrittenColumn {
  readonly name: string;
  readonly type: TypeDescription;
  readonly features: ReadonlySet<Feature>;
}

const kinds = ['flat', 'nested', 'extremes'] as const;
const codecs = ['ZSTD', 'ZLIB', 'SNAPPY', 'LZ4', 'LZO', 'NONE'] as const;

/** Writes file number `seed` into a folder: kinds and codecs come in turns, the rest is by chance. */
export async function writeRandomFile(folder: string, seed: number): Promise<WrittenFile> {
  const r = random(seed);
  const kind = kinds[seed % kinds.length] ?? 'flat';
  const table = randomTable(r, kind);
  const options = randomOptions(r, seed, table);
  const path = join(folder, `${seed}.orc`);
  const truth = join(folder, `${seed}.jsonl`);
  const { schema, columns, rows } = table;
  const make = r.pick([writeRows, writeRows, joinFiles, mergeParts]);
  const file = await open(path, 'w');
  await make(r, file, table, options);
  await file.close();
  const lines = Array.from({ length: rows }, (_, row) =>
    JSON.stringify(schema.children.map((type, i) => plainValue(type, columns[i]?.[row] ?? null))),
  );
  await writeFile(truth, lines.map((line) => `${line}\n`).join(''));
  return {
    seed,
    path,
    truth,
    rows,
    options,
    columns: schema.children.map((type, i) => ({
      name: schema.fieldNames[i] ?? '',
      type,
      features: featuresOf(type, columns[i] ?? []),
    })),
    filters: randomFilters(r, table, 8),
  };
}

function randomOptions(r: Random, seed: number, { schema }: Table): Omit<WriterOptions, 'schema'> {
  const holdsValues = schema.children.flatMap((type, i) =>
    type.children.length === 0 && type.category !== 'boolean' ? [schema.fieldNames[i] ?? ''] : [],
  );
  const some = (): string[] => holdsValues.filter(() => r.below(3) === 0);
  return {
    compression: codecs[Math.floor(seed / kinds.length) % codecs.length] ?? 'ZSTD',
    compressionBlockSize: r.pick([1024, 1024, 4096, 65_536, 262_144, 4_194_304]),
    rowIndexStride: r.pick([1000, 1024, 10_000]),
    stripeRowCount: r.pick([1111, 5000, 20_001, 1_000_000]),
    encodingStrategy: r.pick(['SPEED', 'COMPRESSION']),
    dictionaryKeySizeThreshold: r.pick([0, 0.8, 1]),
    directEncodingColumns: r.below(3) === 0 ? some() : [],
    bloomFilterColumns: some(),
    bloomFilterFpp: r.pick([0.01, 0.05]),
    writerIdentity: r.below(8) === 0 ? 'hive-2.0' : 'default',
    userMetadata: { seed: String(seed) },
    workers: r.pick([1, 2, 3]),
  };
}

/** As batches of any size, or as objects. */
async function writeRows(
  r: Random,
  sink: Sink,
  { schema, columns, rows }: Table,
  options: Omit<WriterOptions, 'schema'>,
): Promise<void> {
  const { children, fieldNames } = schema;
  await using writer = await createWriter(sink, { ...options, schema });
  if (r.below(3) === 0) {
    for (let row = 0; row < rows; row++) {
      const fields = children.map((type, i) => [fieldNames[i] ?? '', shown(type, columns[i]?.[row] ?? null)]);
      await writer.addRow(Object.fromEntries(fields));
    }
  } else {
    for (let from = 0; from < rows;) {
      const to = Math.min(rows, from + 1 + r.below(15_000));
      await writer.addRowBatch({
        size: to - from,
        columns: children.map((type, i) => rawVector(type, columns[i]?.slice(from, to) ?? [])),
      });
      from = to;
    }
  }
  await writer.close();
}

/** As two files whose stripes are then put together. */
async function joinFiles(
  r: Random,
  sink: Sink,
  table: Table,
  options: Omit<WriterOptions, 'schema'>,
): Promise<void> {
  const cut = r.below(table.rows + 1);
  const parts = [part(table, (row) => row < cut), part(table, (row) => row >= cut)];
  await mergeFiles(sink, await Promise.all(parts.map((each) => written(r, each, options))));
}

/** As three files with some rows here and some there, which are then sorted into one. */
async function mergeParts(
  r: Random,
  sink: Sink,
  table: Table,
  options: Omit<WriterOptions, 'schema'>,
): Promise<void> {
  const run = r.pick([1, 50, 3000]);
  const parts = [0, 1, 2].map((number) => part(table, (row) => Math.floor(row / run) % 3 === number));
  const readers = await Promise.all(parts.map((each) => written(r, each, options)));
  await mergeSorted(sink, readers, { ...options, sortKeys: [{ column: 'ordinal' }] });
}

function part({ schema, columns }: Table, isIn: (row: number) => boolean): Table {
  const kept = columns.map((values) => values.filter((_, row) => isIn(row)));
  return { schema, columns: kept, rows: kept[0]?.length ?? 0 };
}

async function written(r: Random, table: Table, options: Omit<WriterOptions, 'schema'>): Promise<Reader> {
  const chunks: Uint8Array[] = [];
  await writeRows(r, (chunk) => void chunks.push(chunk), table, options);
  return openReader(Buffer.concat(chunks));
}
