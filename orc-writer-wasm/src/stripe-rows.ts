import type { Positions } from './byte-stream.ts';
import type { Checkpoint } from './checkpoint.ts';
import { columnReader, type ColumnReader } from './column-reader.ts';
import type { ColumnSource } from './column-source.ts';
import type { ColumnBatch, ColumnVector } from './columns.ts';
import { decompressor } from './compression.ts';
import type { Core } from './core.ts';
import { CorruptStreamError } from './errors.ts';
import { BatchTooLarge, batchBudget } from './memory-budget.ts';
import type { StreamInformation } from './metadata.ts';
import { idsOf } from './projection.ts';
import { neededRanges, type WantedRows } from './row-groups.ts';
import type { TypeDescription } from './schema.ts';
import { spentBuffers } from './spent-buffers.ts';
import { BytesNotFetched, stripeBytes } from './stripe-bytes.ts';
import type { OpenFile, StripeLayout } from './stripe-layout.ts';

/** How large batches may be. */
export interface BatchSize {
  readonly rows: number;
  readonly bytes: number;
  /** About as many rows as fit the bytes, as far as it is known. */
  fitting: number;
}

export interface RowSettings {
  readonly types: readonly TypeDescription[];
  readonly batchSize: BatchSize;
  readonly windowBytes: number;
  readonly keepsDictionaries: boolean;
  /** A batch lasts until the next one is asked for. */
  readonly isTransient: boolean;
}

/** A column with everything in it that has a state. */
interface OpenColumn {
  readonly reader: ColumnReader;
  readonly checkpoints: readonly Checkpoint[];
}

/**
 * Reads rows of a stripe, with the bytes of their streams fetched ahead. Decoding is not interrupted: a column for
 * which bytes turn out to be missing goes back to the beginning of the batch and is read again when they are there, and
 * where a batch turns out to be too large, all columns go back and are read again with fewer rows.
 */
export async function* readRows(
  core: Core,
  file: OpenFile,
  layout: StripeLayout,
  wanted: WantedRows,
  { types, batchSize, windowBytes, keepsDictionaries, isTransient }: RowSettings,
): AsyncGenerator<ColumnBatch> {
  const { footer, postScript, partLimit } = file;
  const { compression, compressionBlockSize: blockSize } = postScript;
  const { number, encodings, writerTimezone } = layout;
  const decompress = decompressor(compression, blockSize);
  const ids = new Set(types.flatMap(idsOf));
  const streams = layout.streams.filter(({ column, kind }) => ids.has(column) && holdsData(kind));
  const bytes = stripeBytes(file.source, number, streams, { windowBytes, blockSize, memoryLimit: partLimit });
  const budget = batchBudget(batchSize.bytes, partLimit);
  const spentMemory = isTransient ? spentBuffers() : undefined;
  try {
    bytes.plan((stream) => neededRanges(file, layout, wanted, stream), isDictionary);
    await bytes.begin();
    const columns = types.map(openColumn);
    keep(columns);
    for (const { from, to } of wanted.spans) {
      if (from > 0) {
        for (const column of columns) {
          await whenFetched(column, () => column.reader.seek((id) => positionsOf(from, id)));
        }
        keep(columns);
      }
      for (let done = from; done < to;) {
        const batch = await readBatch(columns, Math.min(to - done, batchSize.fitting));
        done += batch.size;
        keep(columns);
        bytes.fetchAhead();
        yield batch;
        spentMemory?.free();
      }
    }
  } finally {
    await bytes.stop();
  }

  async function readBatch(columns: readonly OpenColumn[], most: number): Promise<ColumnBatch> {
    for (let size = most; ; size = Math.max(1, size >> 1)) {
      budget.begin(size);
      try {
        const vectors: ColumnVector[] = [];
        for (const column of columns) {
          vectors.push(await whenFetched(column, () => column.reader.read(size)));
        }
        const fitting = Math.floor((size / budget.spent) * batchSize.bytes * 0.9);
        batchSize.fitting = Math.max(1, Math.min(batchSize.rows, fitting));
        return { size, columns: vectors };
      } catch (error) {
        if (!(error instanceof BatchTooLarge)) throw error;
        columns.forEach(restore);
      }
    }
  }

  async function whenFetched<T>(column: OpenColumn, work: () => T): Promise<T> {
    for (;;) {
      const { spent } = budget;
      try {
        return work();
      } catch (error) {
        if (!(error instanceof BytesNotFetched)) throw error;
        await bytes.fetch(error);
        restore(column);
        budget.spent = spent;
      }
    }
  }

  function openColumn(type: TypeDescription): OpenColumn {
    const checkpoints: Checkpoint[] = [];
    return { reader: columnReader(sourceOf(type, checkpoints)), checkpoints };
  }

  function sourceOf(type: TypeDescription, checkpoints: Checkpoint[]): ColumnSource {
    const place = { stripe: number, column: type.id };
    const encoding = encodings[type.id];
    if (encoding === undefined) {
      throw new CorruptStreamError('missing-encoding', 'a column has no encoding', place);
    }
    return {
      core,
      type,
      encoding,
      stream: (kind) => bytes.stream(type.id, kind),
      child: (index) => sourceOf(type.children[index] ?? type, checkpoints),
      decompress,
      blockSize,
      writerTimezone,
      keepsDictionaries,
      place,
      checkpoints,
      budget,
      spent: spentMemory,
    };
  }

  /** Dictionaries are needed whole, and before everything else. */
  function isDictionary({ column, kind }: StreamInformation): boolean {
    const isNumbered = encodings[column]?.kind.startsWith('DICTIONARY') ?? false;
    return isNumbered && (kind === 'LENGTH' || kind === 'DICTIONARY_DATA');
  }

  function positionsOf(row: number, column: number): Positions {
    const positions = wanted.positions?.at(column, row / footer.rowIndexStride);
    if (positions === undefined) {
      throw new CorruptStreamError('missing-index', 'a row group is not in the index', {
        stripe: number,
        column,
      });
    }
    let at = 0;
    return { next: () => positions[at++] ?? 0 };
  }
}

function keep(columns: readonly OpenColumn[]): void {
  for (const { checkpoints } of columns) for (const checkpoint of checkpoints) checkpoint.keep();
}

function restore({ checkpoints }: OpenColumn): void {
  for (const checkpoint of checkpoints) checkpoint.restore();
}

function holdsData(kind: StreamInformation['kind']): boolean {
  return kind !== 'ROW_INDEX' && !kind.startsWith('BLOOM_FILTER') && !kind.startsWith('ENCRYPTED');
}
