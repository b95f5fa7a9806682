import { bloomFilterProbe, hasTrustedFilters, readBloomFilters, type BloomFilter } from './bloom-filter.ts';
import type { Positions } from './byte-stream.ts';
import { columnReader, type ColumnReader } from './column-reader.ts';
import type { ColumnSource } from './column-source.ts';
import type { ColumnBatch, ColumnVector } from './columns.ts';
import { decompressor, type CompressionKind } from './compression.ts';
import { borrowCore, returnCore, type Core } from './core.ts';
import { CorruptStreamError, FileFormatException, SchemaMismatchError } from './errors.ts';
import {
  readMetadata,
  readRowIndex,
  readStripeFooter,
  readStripeStatistics,
  type RowIndexEntry,
  type StreamInformation,
  type StripeFooter,
  type StripeInformation,
} from './metadata.ts';
import { idsOf, project } from './projection.ts';
import { notMergeable, type FileTraits, type RawStripe } from './raw-stripe.ts';
import { rowValues, type RowValue } from './row-values.ts';
import type { Category, TypeDescription } from './schema.ts';
import { prepareSearch, type SearchArgument } from './search-argument.ts';
import { openSource, readRange, type ByteSource } from './source.ts';
import type { ColumnStatistics } from './statistics.ts';
import { readTail, unpack } from './tail.ts';

/** An open file. Nothing of its stripes is in memory until it is asked for. */
export interface Reader extends AsyncDisposable {
  readonly schema: TypeDescription;
  readonly numberOfRows: number;
  readonly compression: CompressionKind;
  readonly stripes: readonly StripeInformation[];
  readonly userMetadata: ReadonlyMap<string, Uint8Array>;
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
  close(): Promise<void>;
}

export interface ReadOptions {
  /** Paths of columns, such as `a` or `a.b._elem.c`; the batch has them in schema order. Default: all. */
  readonly include?: readonly string[];
  /** Most rows of a batch. Default 4,096. */
  readonly batchSize?: number;
  /** Stripes by number. Default: all. */
  readonly stripes?: readonly number[];
  /** Leaves out stripes and row groups that cannot have a wanted row; the rest has to be tested by the caller. */
  readonly searchArgument?: SearchArgument;
  /**
   * Gives strings that a stripe numbers as `DictionaryVector`, all batches of the stripe with the same dictionary.
   * Default: false, every string column as `StringVector`.
   */
  readonly dictionaries?: boolean;
}

const DEFAULT_BATCH_ROWS = 4096;

/**
 * Opens a path, bytes in memory, or a source with ranged reads.
 *
 * @throws {FileFormatException} when it is not an ORC file
 * @throws {UnknownFormatException} when it needs a newer reader
 */
export async function openReader(from: string | Uint8Array | ByteSource): Promise<Reader> {
  const source = await openSource(from);
  try {
    return await readerOf(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function readerOf(source: Awaited<ReturnType<typeof openSource>>): Promise<Reader> {
  const { postScript, footer, metadata } = await readTail(source);
  const { schema, stripes } = footer;
  const { compression, compressionBlockSize } = postScript;
  const decompress = decompressor(compression, compressionBlockSize);
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
      rowIndexStride: footer.rowIndexStride,
      fileVersion: postScript.fileVersion,
      writer: footer.writer,
      writerVersion: postScript.writerVersion,
      softwareVersion: footer.softwareVersion,
      calendar: footer.calendar,
      isEncrypted: footer.isEncrypted,
    },
    statistics: () => footer.statistics,
    stripeStatistics: async () => statisticsOfStripes(),
    rawStripe,
    rowIndex,
    bloomFilters: async (stripe) => (await indexOf(stripe)).bloomFilters,
    batches,
    readRowGroup,
    rows,
    close: () => source.close(),
    [Symbol.asyncDispose]: () => source.close(),
  };
  return reader;

  async function* batches(options: ReadOptions = {}): AsyncGenerator<ColumnBatch> {
    const columns = included(options.include);
    const batchSize = options.batchSize ?? DEFAULT_BATCH_ROWS;
    if (!(Number.isInteger(batchSize) && batchSize > 0)) {
      throw new SchemaMismatchError('bad-option', `batchSize must be a positive integer, not ${batchSize}`);
    }
    for (const number of options.stripes ?? stripes.keys()) {
      const stripe = stripeAt(number);
      const core = borrowCore();
      try {
        const spans = await wantedSpans(core, number, options.searchArgument);
        if (spans.length === 0) continue;
        const readers = await openColumns(core, stripe, columns, options.dictionaries ?? false);
        for (const { from, to, index } of spans) {
          if (index !== undefined && from > 0) {
            const group = from / footer.rowIndexStride;
            for (const column of readers) column.seek((id) => positionsIn(index[id]?.[group], number, id));
          }
          for (let done = from; done < to; done += batchSize) {
            const size = Math.min(batchSize, to - done);
            yield { size, columns: readers.map((column, i) => readColumn(column, size, number, columns[i])) };
          }
        }
      } finally {
        returnCore(core);
      }
    }
  }

  function statisticsOfStripes(): readonly (readonly ColumnStatistics[])[] {
    statisticsMessages ??= readMetadata(unpack(metadata, postScript));
    stripeStatistics ??= statisticsMessages.map((message) => readStripeStatistics(message));
    return stripeStatistics;
  }

  async function rawStripe(number: number): Promise<RawStripe> {
    const information = stripeAt(number);
    const statistics = statisticsOfStripes()[number];
    const statisticsMessage = statisticsMessages?.[number];
    if (statistics?.length !== schema.maximumId + 1 || statisticsMessage === undefined)
      throw notMergeable('it has no statistics');
    const { offset, indexLength, dataLength, footerLength } = information;
    const bytes = await readRange(source, offset, offset + indexLength + dataLength + footerLength);
    return { bytes, information, statistics, statisticsMessage };
  }

  /** The rows of a stripe that may match; with an index where they do not begin with the first. */
  async function wantedSpans(
    core: Core,
    number: number,
    argument: SearchArgument | undefined,
  ): Promise<readonly RowSpan[]> {
    const { numberOfRows } = stripeAt(number);
    const whole = [{ from: 0, to: numberOfRows }];
    if (argument === undefined) return whole;
    const search = prepareSearch(argument, schema, bloomFilterProbe(core));
    const distrusted = (column: number): boolean => !isTrusted(column);
    const statistics = statisticsOfStripes()[number];
    const mayMatch = search.mayMatch({
      statistics: (column) => (distrusted(column) ? undefined : statistics?.[column]),
      bloomFilter: () => undefined,
    });
    if (!mayMatch) return [];
    if (footer.rowIndexStride === 0) return whole;
    const { rowIndex: index, bloomFilters } = await indexOf(number);
    if ([...search.columns].some((column) => index[column]?.length === 0)) return whole;
    const spans: RowSpan[] = [];
    for (let from = 0; from < numberOfRows; from += footer.rowIndexStride) {
      const group = from / footer.rowIndexStride;
      const isWanted = search.mayMatch({
        statistics: (column) => (distrusted(column) ? undefined : index[column]?.[group]?.statistics),
        bloomFilter: (column) => bloomFilters[column]?.[group],
      });
      if (!isWanted) continue;
      const to = Math.min(numberOfRows, from + footer.rowIndexStride);
      const last = spans.at(-1);
      if (last?.to === from) spans[spans.length - 1] = { ...last, to };
      else spans.push({ from, to, index });
    }
    return spans;
  }

  /** Whether statistics of a column mean what they should: early writers had them wrong. */
  function isTrusted(column: number): boolean {
    const { writerVersion } = postScript;
    const category = categoryOf(schema, column);
    if (writerVersion === 0) return false;
    if (category?.startsWith('timestamp')) return writerVersion >= UTC_STATISTICS;
    // ORC-517: of Java's short decimals; its long ones are not told apart here.
    return !(category === 'decimal' && writerVersion === UTC_STATISTICS && (footer.writer ?? 0) === 0);
  }

  async function* rows<Row extends object>(
    options: Omit<ReadOptions, 'batchSize'> = {},
  ): AsyncGenerator<Row> {
    const columns = included(options.include);
    for await (const batch of batches(options)) yield* rowValues(batch, columns) as Generator<Row>;
  }

  async function readRowGroup(
    stripeNumber: number,
    group: number,
    options: Pick<ReadOptions, 'include' | 'dictionaries'> = {},
  ): Promise<ColumnBatch> {
    const stripe = stripeAt(stripeNumber);
    const columns = included(options.include);
    const first = group * footer.rowIndexStride;
    const size = Math.min(footer.rowIndexStride, stripe.numberOfRows - first);
    if (!(group >= 0 && size > 0))
      throw new SchemaMismatchError('bad-option', `there is no row group ${group}`);
    const index = await rowIndex(stripeNumber);
    const core = borrowCore();
    try {
      const readers = await openColumns(core, stripe, columns, options.dictionaries ?? false);
      for (const column of readers) column.seek((id) => positionsIn(index[id]?.[group], stripeNumber, id));
      return {
        size,
        columns: readers.map((column, i) => readColumn(column, size, stripeNumber, columns[i])),
      };
    } finally {
      returnCore(core);
    }
  }

  async function rowIndex(stripe: number): Promise<RowIndexEntry[][]> {
    return (await indexOf(stripe)).rowIndex;
  }

  async function indexOf(stripeNumber: number): Promise<StripeIndex> {
    const stripe = stripeAt(stripeNumber);
    const { streams } = await readFooterOf(stripe);
    const bytes = await readRange(source, stripe.offset, stripe.offset + stripe.indexLength);
    const index: StripeIndex = {
      rowIndex: Array.from({ length: schema.maximumId + 1 }, () => []),
      bloomFilters: Array.from({ length: schema.maximumId + 1 }, () => []),
    };
    const hasFilters = hasTrustedFilters(footer);
    for (const { kind, column, start, end } of placed(streams, stripe)) {
      if (column > schema.maximumId) continue;
      const read = (): Uint8Array => unpack(bytes.subarray(start, end), postScript);
      if (kind === 'ROW_INDEX') index.rowIndex[column] = readRowIndex(read());
      if (kind === 'BLOOM_FILTER_UTF8' && hasFilters) index.bloomFilters[column] = readBloomFilters(read());
    }
    return index;
  }

  async function openColumns(
    core: Core,
    stripe: StripeInformation,
    columns: readonly IncludedColumn[],
    keepsDictionaries: boolean,
  ): Promise<ColumnReader[]> {
    const { streams, encodings, writerTimezone } = await readFooterOf(stripe);
    const wanted = new Set(columns.flatMap(({ type }) => idsOf(type)));
    const dataStart = stripe.indexLength;
    const needed = placed(streams, stripe).filter(
      ({ start, column }) => start >= dataStart && wanted.has(column),
    );
    const from = Math.min(...needed.map(({ start }) => start), dataStart + stripe.dataLength);
    const to = Math.max(...needed.map(({ end }) => end), from);
    const bytes = await readRange(source, stripe.offset + from, stripe.offset + to);
    return columns.map(({ type }) => columnReader(sourceOf(type)));

    function sourceOf(type: TypeDescription): ColumnSource {
      const encoding = encodings[type.id];
      if (encoding === undefined) {
        throw new CorruptStreamError('missing-encoding', 'a column has no encoding', { column: type.id });
      }
      return {
        core,
        type,
        encoding,
        stream(kind) {
          const found = needed.find((stream) => stream.column === type.id && stream.kind === kind);
          return found === undefined ? undefined : bytes.subarray(found.start - from, found.end - from);
        },
        child: (index) => sourceOf(type.children[index] ?? type),
        decompress,
        blockSize: compressionBlockSize,
        writerTimezone,
        keepsDictionaries,
      };
    }
  }

  async function readFooterOf(stripe: StripeInformation): Promise<StripeFooter> {
    const start = stripe.offset + stripe.indexLength + stripe.dataLength;
    return readStripeFooter(unpack(await readRange(source, start, start + stripe.footerLength), postScript));
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

/** From this writer version on, statistics of timestamps are in UTC (ORC-135). */
const UTC_STATISTICS = 6;

interface StripeIndex {
  readonly rowIndex: RowIndexEntry[][];
  readonly bloomFilters: BloomFilter[][];
}

interface RowSpan {
  readonly from: number;
  readonly to: number;
  readonly index?: readonly (readonly RowIndexEntry[])[];
}

function categoryOf(type: TypeDescription, id: number): Category | undefined {
  if (type.id === id) return type.category;
  const child = type.children.find((each) => each.id <= id && id <= each.maximumId);
  return child === undefined ? undefined : categoryOf(child, id);
}

export interface IncludedColumn {
  readonly name: string;
  readonly type: TypeDescription;
}

/** Streams with their place in the stripe: they lie behind one another in the order of the footer. */
function placed(
  streams: readonly StreamInformation[],
  stripe: StripeInformation,
): (StreamInformation & { readonly start: number; readonly end: number })[] {
  let end = 0;
  const result = streams.map((stream) => {
    const start = end;
    end += stream.length;
    return { ...stream, start, end };
  });
  if (end > stripe.indexLength + stripe.dataLength) {
    throw new FileFormatException('bad-stripe', 'the streams of a stripe are longer than the stripe', {
      offset: stripe.offset,
    });
  }
  return result;
}

/** Says where the data is broken. */
function readColumn(
  reader: ColumnReader,
  rows: number,
  stripe: number,
  column?: IncludedColumn,
): ColumnVector {
  try {
    return reader.read(rows);
  } catch (cause) {
    if (!(cause instanceof CorruptStreamError)) throw cause;
    const place = { stripe, ...(column === undefined ? {} : { column: column.type.id }) };
    throw new CorruptStreamError(cause.code, cause.message, place, { cause });
  }
}

function positionsIn(entry: RowIndexEntry | undefined, stripe: number, column: number): Positions {
  if (entry === undefined) {
    throw new CorruptStreamError('missing-index', 'a row group is not in the index', { stripe, column });
  }
  let at = 0;
  return { next: () => entry.positions[at++] ?? 0 };
}
