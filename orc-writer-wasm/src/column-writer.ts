import type { FinishedStream } from './chunked-stream.ts';
import type { ColumnVector } from './columns.ts';
import type { ChunkMaker } from './compression.ts';
import { SchemaMismatchError } from './errors.ts';
import { integerColumn } from './integer-column.ts';
import type { ColumnEncoding, RowIndexEntry, StreamKind } from './metadata.ts';
import type { TypeDescription } from './schema.ts';
import type { ColumnStatistics } from './statistics.ts';
import { stringColumn } from './string-column.ts';
import { timestampColumn } from './timestamp-column.ts';
import type { Workspace } from './workspace.ts';

/**
 * Encodes one column, stripe after stripe:
 * `startGroup`, `append` as often as needed, `endGroup`, the next group…, and `finishStripe`, which starts over.
 */
export interface ColumnWriter {
  /** Bytes that this column would add to the file if the stripe ended now; an estimate. */
  readonly heldBytes: number;
  startGroup(): void;
  /** Takes rows `from` to `to` of a vector. `batch` is another number for every batch. */
  append(vector: ColumnVector, from: number, to: number, batch: number): void;
  endGroup(): void;
  finishStripe(): StripeColumn;
}

/** A column of a finished stripe. */
export interface StripeColumn {
  readonly encoding: ColumnEncoding;
  /** In the order in which they go into the file. */
  readonly streams: readonly { readonly kind: StreamKind; readonly stream: FinishedStream }[];
  readonly groups: readonly RowIndexEntry[];
  readonly statistics: ColumnStatistics;
}

/** What every column of a writer has in common. */
export interface ColumnContext {
  readonly workspace: Workspace;
  readonly makeChunk: ChunkMaker | undefined;
  readonly blockSize: number;
  /** Round widths up to what is fast to read. */
  readonly aligned: boolean;
  /** Distinct values to all values; above it a stripe has no dictionary. */
  readonly dictionaryThreshold: number;
  readonly preEpochFraction: 'apache' | 'error';
}

/** @throws {SchemaMismatchError} for a type that cannot be written */
export function columnWriter(context: ColumnContext, type: TypeDescription, name: string): ColumnWriter {
  switch (type.category) {
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'date':
      return integerColumn(context, type.category, name);
    case 'string':
    case 'binary':
      return stringColumn(context, type.category, name);
    case 'timestamp':
      return timestampColumn(context, name);
    default:
      throw new SchemaMismatchError(
        'unsupported-type',
        `column ${name}: writing ${type.category} is not supported`,
      );
  }
}
