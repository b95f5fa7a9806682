import type { ColumnBatch, ColumnVector } from './columns.ts';
import type { Reader } from './reader.ts';

/** One sorted input of a merge. */
export interface MergeSource {
  /** The next rows; undefined at the end. */
  next(): Promise<SourceBatch | undefined>;
  /** Nothing more is wanted. */
  close(): Promise<void>;
}

export interface SourceBatch {
  readonly batch: ColumnBatch;
  /** The stripe that begins with this batch, if it may be copied as it is. */
  readonly stripe?: WholeStripe;
}

export interface WholeStripe {
  readonly reader: Reader;
  readonly stripe: number;
  readonly rows: number;
  /** These columns of the last rows of the stripe. */
  lastRows(columns: readonly number[]): Promise<{ readonly vectors: ColumnVector[]; readonly rows: number }>;
  /** Goes on behind the stripe. */
  skip(): Promise<void>;
}

export function batchSource(batches: AsyncIterator<ColumnBatch>): MergeSource {
  return {
    async next() {
      const { done, value } = await batches.next();
      return done === true ? undefined : { batch: value };
    },
    close: async () => {
      await batches.return?.();
    },
  };
}

/** The rows of a file; `isCopied` says which stripes, by number, may be copied. */
export function readerSource(
  reader: Reader,
  sizes: { readonly batchSize: number; readonly windowBytes: number },
  isCopied: (stripe: number) => boolean,
): MergeSource {
  let stripe = -1;
  let batches: AsyncIterator<ColumnBatch> | undefined;

  return {
    async next() {
      for (;;) {
        const isFirst = batches === undefined;
        if (batches === undefined) {
          if (++stripe >= reader.stripes.length) return undefined;
          const rows = reader.batches({ stripes: [stripe], ...sizes, dictionaries: true, transient: true });
          batches = rows[Symbol.asyncIterator]();
        }
        const { done, value } = await batches.next();
        if (done !== true)
          return isFirst && isCopied(stripe) ? { batch: value, stripe: whole() } : { batch: value };
        batches = undefined;
      }
    },
    close: async () => {
      await batches?.return?.();
    },
  };

  function whole(): WholeStripe {
    const number = stripe;
    const rows = reader.stripes[number]?.numberOfRows ?? 0;
    return {
      reader,
      stripe: number,
      rows,
      async lastRows(columns) {
        const last = Math.ceil(rows / reader.rowIndexStride) - 1;
        const sorted = [...new Set(columns)].toSorted((a, b) => a - b);
        const include = sorted.map((column) => reader.schema.fieldNames[column] ?? '');
        const batch = await reader.readRowGroup(number, last, { include });
        const vectors = columns.map((column) => batch.columns[sorted.indexOf(column)]);
        return { vectors: vectors.filter((vector) => vector !== undefined), rows: batch.size };
      },
      async skip() {
        await batches?.return?.();
        batches = undefined;
      },
    };
  }
}
