import { bloomFilterProbe, type BloomFilter } from './bloom-filter.ts';
import type { ColumnBatch } from './columns.ts';
import type { CompressionKind } from './compression.ts';
import { endShare, shareCore } from './core-shares.ts';
import { SchemaMismatchError } from './errors.ts';
import { memoryBudget } from './memory-budget.ts';
import {
  readMetadata,
  readStripeStatistics,
  type RowIndexEntry,
  type StripeInformation,
} from './metadata.ts';
import { positionIndex } from './position-index.ts';
import { idsOf, project } from './projection.ts';
import { notMergeable, type FileTraits, type RawStripe } from './raw-stripe.ts';
import { searchRowGroups, stripeMayMatch } from './row-groups.ts';
import { rowValues, type RowValue } from './row-values.ts';
import type { TypeDescription } from './schema.ts';
import { prepareSearch, type SearchArgument } from './search-argument.ts';
import { openSource, readRange, withEnd, type ByteSource, type OpenSource } from './source.ts';
import type { ColumnStatistics } from './statistics.ts';
import { readStripeIndex, readStripeLayout, type OpenFile, type StripeIndex } from './stripe-layout.ts';
import { readRows, type RowSettings } from './stripe-rows.ts';
import { readTail, unpack } from './tail.ts';

/** An open file. Nothing of its stripes is in memory until it is asked for. */
export interface Reader extends AsyncDisposable {
  readonly schema: TypeDescription;
  readonly numberOfRows: number;
  readonly compression: CompressionKind;
  readonly stripes: readonly StripeInformation[];
  readonly userMetadata: ReadonlyMap<string, Uint8Array>;
  /** Rows of a row group; 0 in a file without a row index. */
  readonly rowIndexStride: number;
  /** Who wrote the file, if it says so. */
  readonly softwareVersion: string | undefined;
  readonly compressionBlockSize: number;
  /** What a file must have in common with another for their stripes to go together. */
  readonly traits: FileTraits;
  /** Of the whole file, by type id; 0 is the root. Empty if the writer left them out. */
  statistics(): readonly ColumnStatistics[];
  /** The same for every stripe. */
  stripeStatistics(): Promise<readonly (readonly ColumnStatistics[])[]>;
  /** For every type id the row groups of a stripe; an empty list where there is no index. */
  rowIndex(stripe: number): Promise<readonly (readonly RowIndexEntry[])[]>;
  /** For every type id the bloom filters of the row groups of a stripe; empty where there are none to trust. */
  bloomFilters(stripe: number): Promise<readonly (readonly BloomFilter[])[]>;
  /** Rows in file order; the arrays of a batch belong to the caller. A batch never spans stripes. */
  batches(options?: ReadOptions): AsyncIterable<ColumnBatch>;
  /** One row group, found by the row index; only the wanted columns are read. */
  readRowGroup(
    stripe: number,
    group: number,
    options?: Pick<ReadOptions, 'include' | 'dictionaries'>,
  ): Promise<ColumnBatch>;
  /**
   * Rows as objects, for people and tests. `Row` is what the caller knows of the schema and nothing checks it: the
   * default suits types without types inside, `Record<string, NestedValue>` all.
   */
  rows<Row extends object = Record<string, RowValue>>(
    options?: Omit<ReadOptions, 'batchSize'>,
  ): AsyncIterable<Row>;
  /** A stripe as it is in the file, for `Writer.appendStripe`. */
  rawStripe(stripe: number): Promise<RawStripe>;
  /** Closes the file of a path; a source of one's own is left as it is. */
  close(): Promise<void>;
}

/** What is wanted of a file. */
export interface ReadOptions {
  /** Paths of columns, such as `a` or `a.b._elem.c`; the batch has them in schema order. Default: all. */
  readonly include?: readonly string[];
  /** Most rows of a batch. Default 4,096. */
  readonly batchSize?: number;
  /**
   * Bytes at which a batch ends early, as strings and elements may be long; it has at least one row. Default 16 MiB.
   */
  readonly batchBytes?: number;
  /**
   * Bytes of the file to have in memory, those fetched ahead included. Streams whose next chunk, and batches that, are
   * larger take more; dictionaries are read whole. A stripe that is smaller is fetched at once. Default 8 MiB.
   */
  readonly windowBytes?: number;
  /** Stripes by number. Default: all. */
  readonly stripes?: readonly number[];
  /** Leaves out stripes and row groups that cannot have a wanted row; the rest has to be tested by the caller. */
  readonly searchArgument?: SearchArgument;
  /**
   * Gives strings that a stripe numbers as `DictionaryVector`, all batches of the stripe with the same dictionary.
   * Default: false, every string column as `StringVector`.
   */
  readonly dictionaries?: boolean;
  /**
   * The arrays of a batch are good only until the next batch is asked for, when their memory is given back: several
   * times less work for the garbage collector. Default: false, they are the caller's.
   */
  readonly transient?: boolean;
}

/** How a file is read. */
export interface ReaderOptions {
  /**
   * Bytes that reading may take in memory, besides the windows and the batches that the caller keeps. It is for damaged
   * and hostile files; above it stands a `MemoryLimitError`. Default 1 GiB.
   */
  readonly memoryLimit?: number;
}

const DEFAULT_BATCH_ROWS = 4096;
const DEFAULT_BATCH_BYTES = 16 * 2 ** 20;
const DEFAULT_WINDOW_BYTES = 8 * 2 ** 20;
const DEFAULT_MEMORY_LIMIT = 2 ** 30;

/** What the limit is divided into: decoders, the batch in hand, and what was fetched for it or the messages around it. */
const PARTS = 3;

/**
 * Opens a path, bytes in memory, or a source with ranged reads.
 *
 * @throws {FileFormatException} when it is not an ORC file
 * @throws {UnknownFormatException} when it needs a newer reader
 */
export async function openReader(
  from: string | Uint8Array | ByteSource,
  { memoryLimit = DEFAULT_MEMORY_LIMIT }: ReaderOptions = {},
): Promise<Reader> {
  checkPositive({ memoryLimit });
  const source = await openSource(from);
  try {
    return await readerOf(source, memoryLimit / PARTS);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function readerOf(opened: OpenSource, partLimit: number): Promise<Reader> {
  const { postScript, footer, metadata, end } = await readTail(opened, partLimit);
  const source = withEnd(opened, end);
  const { schema, stripes } = footer;
  const { compression, compressionBlockSize } = postScript;
  const file: OpenFile = { source, postScript, footer, partLimit };
  let statisticsMessages: readonly Uint8Array[] | undefined;
  let stripeStatistics: ColumnStatistics[][] | undefined;

  const reader: Reader = {
    schema,
    stripes,
    compression,
    numberOfRows: footer.numberOfRows,
    userMetadata: footer.userMetadata,
    rowIndexStride: footer.rowIndexStride,
    softwareVersion: footer.softwareVersion,
    compressionBlockSize,
    traits: {
      schema,
      compression,
      fileVersion: postScript.fileVersion,
      rowIndexStride: footer.rowIndexStride,
      writer: footer.writer,
      writerVersion: postScript.writerVersion,
      softwareVersion: footer.softwareVersion,
      calendar: footer.calendar,
      isEncrypted: footer.isEncrypted,
    },
    statistics: () => footer.statistics,
    stripeStatistics: async () => statisticsOfStripes(),
    rawStripe,
    rowIndex: async (stripe) => (await indexOf(stripe)).rowIndex,
    bloomFilters: async (stripe) => (await indexOf(stripe)).bloomFilters,
    batches,
    readRowGroup,
    rows,
    close: () => opened.close(),
    [Symbol.asyncDispose]: () => opened.close(),
  };
  return reader;

  async function* batches(options: ReadOptions = {}): AsyncGenerator<ColumnBatch> {
    const {
      batchSize = DEFAULT_BATCH_ROWS,
      batchBytes = DEFAULT_BATCH_BYTES,
      windowBytes = DEFAULT_WINDOW_BYTES,
    } = options;
    checkPositive({ batchSize, batchBytes, windowBytes });
    const types = included(options.include).map(({ type }) => type);
    const ids = new Set(types.flatMap(idsOf));
    const settings: RowSettings = {
      types,
      batchSize: { rows: batchSize, bytes: batchBytes, fitting: batchSize },
      windowBytes,
      keepsDictionaries: options.dictionaries ?? false,
      isTransient: options.transient ?? false,
    };
    for (const number of options.stripes ?? stripes.keys()) {
      const information = stripeAt(number);
      const core = shareCore(partLimit);
      try {
        const search =
          options.searchArgument && prepareSearch(options.searchArgument, schema, bloomFilterProbe(core));
        if (search && !stripeMayMatch(file, search, statisticsOfStripes()[number])) continue;
        const layout = await readStripeLayout(file, number, information);
        const wanted = search
          ? await searchRowGroups(file, layout, search, ids)
          : { spans: [{ from: 0, to: information.numberOfRows }] };
        if (wanted.spans.length === 0) continue;
        yield* readRows(core, file, layout, wanted, settings);
      } finally {
        endShare(core);
      }
    }
  }

  function statisticsOfStripes(): readonly (readonly ColumnStatistics[])[] {
    const budget = memoryBudget(partLimit, 'the statistics of stripes');
    statisticsMessages ??= readMetadata(unpack(metadata, postScript, budget), budget);
    stripeStatistics ??= statisticsMessages.map((message) => readStripeStatistics(message, budget));
    return stripeStatistics;
  }

  async function rawStripe(number: number): Promise<RawStripe> {
    const information = stripeAt(number);
    const statistics = statisticsOfStripes()[number];
    const statisticsMessage = statisticsMessages?.[number];
    if (statistics?.length !== schema.maximumId + 1 || statisticsMessage === undefined)
      throw notMergeable('it has no statistics');
    const { offset, indexLength, dataLength, footerLength } = information;
    const length = indexLength + dataLength + footerLength;
    memoryBudget(partLimit, `stripe ${number}`).spend(length);
    const bytes = await readRange(source, offset, offset + length);
    return { bytes, information, statistics, statisticsMessage };
  }

  async function* rows<Row extends object>(
    options: Omit<ReadOptions, 'batchSize'> = {},
  ): AsyncGenerator<Row> {
    const columns = included(options.include);
    for await (const batch of batches(options)) yield* rowValues(batch, columns) as Generator<Row>;
  }

  async function readRowGroup(
    number: number,
    group: number,
    options: Pick<ReadOptions, 'include' | 'dictionaries'> = {},
  ): Promise<ColumnBatch> {
    const information = stripeAt(number);
    const types = included(options.include).map(({ type }) => type);
    const ids = new Set(types.flatMap(idsOf));
    const from = group * footer.rowIndexStride;
    const rowCount = Math.min(footer.rowIndexStride, information.numberOfRows - from);
    if (!(group >= 0 && rowCount > 0))
      throw new SchemaMismatchError('bad-option', `there is no row group ${group}`);
    const layout = await readStripeLayout(file, number, information);
    const { rowIndex } = await readStripeIndex(file, layout, {
      rowIndex: (column) => ids.has(column),
      bloomFilters: () => false,
    });
    const wanted = { spans: [{ from, to: from + rowCount }], positions: positionIndex(rowIndex) };
    const settings: RowSettings = {
      types,
      batchSize: { rows: rowCount, bytes: Infinity, fitting: rowCount },
      windowBytes: DEFAULT_WINDOW_BYTES,
      keepsDictionaries: options.dictionaries ?? false,
      isTransient: false,
    };
    const core = shareCore(partLimit);
    try {
      for await (const batch of readRows(core, file, layout, wanted, settings)) return batch;
      throw new TypeError('a row group has no batch');
    } finally {
      endShare(core);
    }
  }

  async function indexOf(number: number): Promise<StripeIndex> {
    const layout = await readStripeLayout(file, number, stripeAt(number));
    return readStripeIndex(file, layout, { rowIndex: () => true, bloomFilters: () => true });
  }

  function stripeAt(number: number): StripeInformation {
    const stripe = stripes[number];
    if (stripe === undefined) throw new SchemaMismatchError('bad-option', `there is no stripe ${number}`);
    return stripe;
  }

  function included(paths: readonly string[] | undefined): IncludedColumn[] {
    if (schema.category !== 'struct') return [{ name: ROOT_NAME, type: schema }];
    const { children, fieldNames } = paths === undefined ? schema : project(schema, paths);
    return children.map((type, i) => ({ type, name: fieldNames[i] ?? '' }));
  }
}

/** A root that is not a struct is read as one column of this name. */
const ROOT_NAME = 'value';

export interface IncludedColumn {
  readonly name: string;
  readonly type: TypeDescription;
}

function checkPositive(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (!(value > 0 && (Number.isSafeInteger(value) || value === Infinity))) {
      throw new SchemaMismatchError('bad-option', `${name} must be a positive integer, not ${value}`);
    }
  }
}
