import { bloomFilterBuilder } from './bloom-filter.ts';
import { chunkMakers } from './chunk-makers.ts';
import { chunkedStream, type ChunkedStream, type FinishedStream } from './chunked-stream.ts';
import { childPath } from './column-path.ts';
import { columnWriter, type ColumnContext, type ColumnWriter } from './column-writer.ts';
import type { ColumnBatch, ColumnVector } from './columns.ts';
import { borrowCore, returnCore } from './core.ts';
import { MemoryLimitError, SchemaMismatchError, WriterClosedError } from './errors.ts';
import { hive2Identity, ourIdentity } from './file-identity.ts';
import { MAGIC } from './metadata.ts';
import { notMergeable, whyNotMergeable, type FileTraits } from './raw-stripe.ts';
import type { Reader } from './reader.ts';
import { rowBuilder, type RowAppender, type RowBuilder } from './row-appender.ts';
import { sinkWriter, type Sink } from './sink.ts';
import type { ColumnStatistics } from './statistics.ts';
import { byteCount, byteCounter, spanEnd } from './span.ts';
import { stripeSize } from './stripe-size.ts';
import { assembleStripe } from './stripe.ts';
import { tailWriter } from './tail-writer.ts';
import { workspace } from './workspace.ts';
import { writerMemory } from './writer-memory.ts';
import { metadataBytes, writerSettings, type WriterOptions } from './writer-options.ts';

/** Writes one file. The same rows and options give the same bytes, however the rows are cut into batches. */
export interface Writer extends AsyncDisposable {
  /**
   * Encodes a batch before it returns, so its arrays may be used again at once. When a stripe was finished on the way
   * the result is a promise; awaiting it keeps no more than one stripe in memory.
   *
   * @throws {SchemaMismatchError} when the batch does not fit the schema; the writer can then only be aborted
   * @throws {MemoryLimitError} when a row or the first rows of a stripe are too much for `memoryLimit`, likewise
   */
  addRowBatch(batch: ColumnBatch): void | Promise<void>;
  /**
   * Adds a row as an object; a field that is missing is null. Values are as `Reader.rows()` gives them, and a `Date`
   * is taken for dates and timestamps, a number for `bigint` and `decimal` (exactly), UTF-8 bytes for text. Rows wait
   * until there are some thousand; an error may leave a part of them out of the file, which is then useless anyway.
   *
   * @throws {SchemaMismatchError} when a value does not fit the schema; the writer can then only be aborted
   */
  addRow(row: object): void | Promise<void>;
  /** Adds rows value by value, which is faster than objects that would have to be made for it. */
  rowAppender(): RowAppender;
  /**
   * Copies a stripe of another file as it is, after what was added before. The files must agree in schema with
   * attributes, codec, row index stride, writer identity and calendar.
   *
   * @throws {SchemaMismatchError} when they do not; the writer goes on
   */
  appendStripe(source: Reader, stripe: number): Promise<void>;
  /** Whether `appendStripe` would take stripes of this file. */
  accepts(source: Reader): boolean;
  /** Adds an entry, or replaces the one of this name. */
  addUserMetadata(name: string, value: string | Uint8Array): void;
  /** Writes what is left and the tail. The sink stays open. */
  close(): Promise<FileSummary>;
  /** Stops without a tail: what the sink got is not an ORC file. After `close()` it does nothing. */
  abort(): Promise<void>;
}

/** What a closed writer has written; `bytes` is the length of the file. */
export interface FileSummary {
  readonly rows: number;
  readonly bytes: number;
  readonly stripes: number;
  /** Of every type of the schema by its id; 0 is the root. */
  readonly statistics: readonly ColumnStatistics[];
}

/** PRESENT and most often one or two more. */
const STREAMS_A_COLUMN = 3;
/** What a value counts for besides the bytes of strings. */
const VALUE_BYTES = 8;
/** How often the size of a stripe is looked at when there are no row groups. */
const ROWS_WITHOUT_INDEX = 10_000;

/**
 * Begins a file.
 *
 * @throws {SchemaMismatchError} when an option is out of range or a type cannot be written
 */
export async function createWriter(sink: Sink, options: WriterOptions): Promise<Writer> {
  const settings = writerSettings(options);
  const { schema, stripeRowCount, rowIndexStride } = settings;
  const budget = writerMemory(settings.memoryLimit);
  const chunks = chunkMakers(
    {
      kind: settings.compression,
      strategy: settings.encodingStrategy,
      level: settings.compressionLevel,
      blockSize: settings.blockSize,
    },
    settings.workers,
    budget.ringBytes,
  );
  const core = borrowCore(Infinity, settings.memoryLimit / 8);
  let isReleased = false;
  const shared = workspace(core);
  const columns = createColumns();
  const size = stripeSize(chunks, schema.maximumId * STREAMS_A_COLUMN * settings.blockSize);
  let rowsWaiting: RowBuilder | undefined;
  const traits: FileTraits = {
    ...(settings.writerIdentity === 'hive-2.0' ? hive2Identity : ourIdentity),
    schema,
    compression: settings.compression,
    rowIndexStride,
    isEncrypted: false,
  };
  const tail = tailWriter(traits, packed);
  let largestBlock = settings.blockSize;
  const write = sinkWriter(sink);
  const userMetadata = new Map(settings.userMetadata);
  const groupRows = rowIndexStride === 0 ? ROWS_WITHOUT_INDEX : rowIndexStride;
  let state: 'open' | 'failed' | 'closed' = 'open';
  let failure: unknown;
  let rowsInStripe = 0;
  let rowsInGroup = 0;
  let groupSizes: number[] = [];
  let bytesInSpan = 0;
  let longestSpanBytes = 0;
  let batchNumber = 0;
  let offset = 0;
  let written = Promise.resolve();
  emit([Buffer.from(MAGIC)]);

  return {
    addRowBatch(batch) {
      return adding(() => {
        addRowsWaiting();
        addRows(batch);
      });
    },
    addRow(row) {
      return adding(addWaiting, row);
    },
    rowAppender() {
      assertOpen();
      const rows = (rowsWaiting ??= rowBuilder(schema, budget.spanBytes));
      return { column: (path) => rows.column(path), end: () => adding(addWaiting) };
    },
    async appendStripe(source, stripe) {
      assertOpen();
      const reason = whyNotMergeable(traits, source.traits);
      if (reason !== undefined) throw notMergeable(reason);
      const { bytes, information, statistics, statisticsMessage } = await source.rawStripe(stripe);
      await adding(() => {
        addRowsWaiting();
        if (rowsInStripe > 0) finishStripe();
        tail.addStripe({ ...information, offset }, statistics, statisticsMessage);
        largestBlock = Math.max(largestBlock, source.compressionBlockSize);
        emit([bytes]);
      });
    },
    accepts: (source) => whyNotMergeable(traits, source.traits) === undefined,
    addUserMetadata(name, value) {
      assertOpen();
      userMetadata.set(name, metadataBytes(value));
    },
    async close() {
      assertOpen();
      state = 'closed';
      try {
        addRowsWaiting();
        if (rowsInStripe > 0) finishStripe();
        const { pieces, rows, statistics } = tail.finish({
          contentLength: offset,
          compressionBlockSize: largestBlock,
          userMetadata,
        });
        emit(pieces);
        await settled();
        return { rows, bytes: offset, stripes: tail.stripes, statistics };
      } finally {
        release();
      }
    },
    abort,
    [Symbol.asyncDispose]: abort,
  };

  function adding<T>(add: (given?: T) => void, given?: T): void | Promise<void> {
    assertOpen();
    try {
      const before = tail.stripes;
      add(given);
      return tail.stripes > before ? settled() : undefined;
    } catch (error) {
      fail(error);
      throw error;
    }
  }

  /** Without a row: the one that an appender has filled. */
  function addWaiting(row?: object): void {
    rowsWaiting ??= rowBuilder(schema, budget.spanBytes);
    if (row === undefined) rowsWaiting.end();
    else rowsWaiting.add(row);
    if (rowsWaiting.isFull) addRowsWaiting();
  }

  function addRowsWaiting(): void {
    rowsWaiting?.drain(addRows);
  }

  async function abort(): Promise<void> {
    if (state === 'closed') return;
    state = 'closed';
    await written;
    release();
  }

  /** Once: a core that is given back twice would be lent to two at the same time. */
  function release(): void {
    if (isReleased) return;
    isReleased = true;
    chunks.close();
    returnCore(core);
  }

  function createColumns(): ColumnWriter[] {
    try {
      const context: ColumnContext = {
        workspace: shared,
        makeChunk: chunks.make,
        blockSize: settings.compression === 'NONE' ? Math.max(settings.blockSize, 4096) : settings.blockSize,
        aligned: settings.encodingStrategy === 'SPEED',
        dictionaryThreshold: settings.dictionaryThreshold,
        directColumns: settings.directColumns,
        preEpochFraction: settings.preEpochFraction,
        bloomFilter: (column) =>
          settings.bloomColumns.has(column)
            ? bloomFilterBuilder(shared, rowIndexStride, settings.bloomFilterFpp)
            : undefined,
      };
      return schema.children.map((type, i) => columnWriter(context, type, childPath(schema, i, '')));
    } catch (error) {
      release();
      throw error;
    }
  }

  function assertOpen(): void {
    failIfAborted();
    if (state === 'closed')
      throw new WriterClosedError('writer-closed', 'the writer was closed or aborted before');
    if (state === 'failed') {
      throw new WriterClosedError('writer-failed', 'the writer failed before', {}, { cause: failure });
    }
  }

  function fail(error: unknown): void {
    state = 'failed';
    failure = error;
  }

  function failIfAborted(): void {
    if (options.signal?.aborted === true && state === 'open') fail(options.signal.reason);
  }

  function emit(pieces: readonly Uint8Array[]): void {
    offset += pieces.reduce((sum, piece) => sum + piece.length, 0);
    written = writeAfter(written, pieces);
  }

  async function writeAfter(before: Promise<void>, pieces: readonly Uint8Array[]): Promise<void> {
    await before;
    failIfAborted();
    if (state === 'failed') return;
    try {
      await write(pieces);
    } catch (error) {
      fail(error);
    }
  }

  async function settled(): Promise<void> {
    await written;
    if (state === 'failed') throw failure;
  }

  function addRows(batch: ColumnBatch): void {
    if (batch.columns.length !== columns.length) {
      throw new SchemaMismatchError(
        'bad-batch',
        `the batch has ${batch.columns.length} columns, the schema has ${columns.length}`,
      );
    }
    batch.columns.forEach((vector, i) => checkPresent(vector, batch.size, schema.fieldNames[i] ?? ''));
    const sizes = [
      ...batch.columns.map((vector) => byteCounter(vector)),
      (start: number, end: number) => (end - start) * schema.maximumId * VALUE_BYTES,
    ];
    batchNumber++;
    let from = 0;
    while (from < batch.size) {
      const most = Math.min(batch.size, from + groupRows - rowsInGroup, from + stripeRowCount - rowsInStripe);
      const to = spanEnd(sizes, from, most, budget.spanBytes - bytesInSpan);
      bytesInSpan += byteCount(sizes, from, to);
      if (bytesInSpan > budget.longestSpanBytes) throw tooLongRow(rowsInStripe + to - from - 1);
      addSpan(batch, from, to);
      from = to;
    }
  }

  function addSpan(batch: ColumnBatch, from: number, to: number): void {
    if (rowsInGroup === 0) for (const column of columns) column.startGroup();
    columns.forEach((column, i) => {
      const vector = batch.columns[i];
      if (vector !== undefined) column.append(vector, from, to, batchNumber);
    });
    rowsInGroup += to - from;
    rowsInStripe += to - from;
    const isGroupFull = rowsInGroup === groupRows;
    if (isGroupFull) endGroup();
    if (isGroupFull || bytesInSpan >= budget.spanBytes || rowsInStripe === stripeRowCount) {
      longestSpanBytes = Math.max(longestSpanBytes, bytesInSpan);
      bytesInSpan = 0;
      if (rowsInStripe === stripeRowCount || isStripeFull()) finishStripe();
    }
  }

  /** By an estimate; if that says yes, all chunks are made and it has to say so again. */
  function isStripeFull(): boolean {
    if (!isEstimatedFull()) return false;
    size.settle();
    if (memoryBytes() > settings.memoryLimit) throw tooManyColumns();
    return isEstimatedFull();
  }

  function isEstimatedFull(): boolean {
    return (
      size.estimate(heldBytes()) >= settings.stripeSize ||
      memoryBytes() >= budget.stripeBytes(longestSpanBytes)
    );
  }

  function heldBytes(): number {
    return total(columns.map((column) => column.heldBytes));
  }

  function memoryBytes(): number {
    return size.memory(heldBytes(), total(shared.keepers.map((bytesKept) => bytesKept())));
  }

  function tooLongRow(row: number): MemoryLimitError {
    const most = Math.floor(settings.memoryLimit / 12);
    return beyondLimit(`row ${row} has over ${most} bytes`);
  }

  function tooManyColumns(): MemoryLimitError {
    const { maximumId } = schema;
    return beyondLimit(`${rowsInStripe} rows of ${maximumId} columns may take ${memoryBytes()} bytes`);
  }

  function beyondLimit(fault: string): MemoryLimitError {
    const message = `${fault}, too much for a memoryLimit of ${settings.memoryLimit}`;
    return new MemoryLimitError('memory-limit', message, { stripe: tail.stripes });
  }

  function endGroup(): void {
    for (const column of columns) column.endGroup();
    groupSizes.push(rowsInGroup);
    rowsInGroup = 0;
  }

  function finishStripe(): void {
    if (rowsInGroup > 0) endGroup();
    const finished = columns.flatMap((column) => column.finishStripe());
    chunks.settle();
    const stripe = assembleStripe({
      columns: finished,
      groupSizes,
      withIndex: rowIndexStride > 0,
      newStream,
      settle: () => chunks.settle(),
    });
    size.restart();
    tail.addStripe({ offset, ...stripe.lengths, numberOfRows: rowsInStripe }, stripe.statistics);
    emit(stripe.pieces);
    rowsInStripe = 0;
    groupSizes = [];
    bytesInSpan = 0;
  }

  function packed(message: Uint8Array): FinishedStream {
    const stream = newStream();
    stream.write(message);
    const finished = stream.finish();
    chunks.settle();
    return finished;
  }

  function newStream(): ChunkedStream {
    return chunkedStream(chunks.make, settings.blockSize, 'structure');
  }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

function checkPresent({ present }: ColumnVector, size: number, name: string): void {
  if (present !== undefined && present.length * 8 < size) {
    throw new SchemaMismatchError(
      'bad-vector',
      `column ${name}: present has fewer bits than the batch has rows`,
    );
  }
}
