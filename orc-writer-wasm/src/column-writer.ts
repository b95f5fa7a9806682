import type { BloomFilter, BloomFilterBuilder } from './bloom-filter.ts';
import { booleanColumn } from './boolean-column.ts';
import { byteColumn } from './byte-column.ts';
import type { MakeChunk } from './chunk-makers.ts';
import type { FinishedStream, Position } from './chunked-stream.ts';
import { childPath } from './column-path.ts';
import type { ColumnVector } from './columns.ts';
import { decimalColumn } from './decimal-column.ts';
import { doubleColumn } from './double-column.ts';
import { SchemaMismatchError } from './errors.ts';
import { integerColumn } from './integer-column.ts';
import { listColumn } from './list-column.ts';
import type { ColumnEncoding, StreamKind } from './metadata.ts';
import type { TypeDescription } from './schema.ts';
import type { ColumnStatistics } from './statistics.ts';
import { stringColumn } from './string-column.ts';
import { structColumn } from './struct-column.ts';
import { timestampColumn } from './timestamp-column.ts';
import { unionColumn } from './union-column.ts';
import type { Workspace } from './workspace.ts';

/**
 * Encodes one column, stripe after stripe:
 * `startGroup`, `append` as often as needed, `endGroup`, the next group…, and `finishStripe`, which starts over.
 */
export interface ColumnWriter {
  /** Bytes that are not given to `makeChunk` yet and would be if the stripe ended now; an estimate. */
  readonly heldBytes: number;
  startGroup(): void;
  /**
   * Takes the slots `from` to `to` of a vector, or those of them for which `existing` has a one: a column inside
   * another has no row where that one has no value. `batch` is another number for every batch.
   */
  append(vector: ColumnVector, from: number, to: number, batch: number, existing?: Uint8Array): void;
  endGroup(): void;
  /** This column and those inside it, in the order of their ids. */
  finishStripe(): StripeColumn[];
}

/** A column of a finished stripe. */
export interface StripeColumn {
  readonly encoding: ColumnEncoding;
  /** In the order in which they go into the file. */
  readonly streams: readonly { readonly kind: StreamKind; readonly stream: FinishedStream }[];
  readonly groups: readonly StripeGroup[];
  /** One a row group, if the column was named for it. */
  readonly bloomFilters?: readonly BloomFilter[];
  readonly statistics: ColumnStatistics;
}

/** A row group: what its row index entry is made of. */
export interface StripeGroup {
  readonly positions: readonly Position[];
  readonly statistics: ColumnStatistics;
}

/** What every column of a writer has in common. */
export interface ColumnContext {
  readonly workspace: Workspace;
  /** Undefined for a file that is not compressed. */
  readonly makeChunk: MakeChunk | undefined;
  readonly blockSize: number;
  /** Round widths up to what is fast to read. */
  readonly aligned: boolean;
  /** Distinct values to all values; above it a stripe has no dictionary. */
  readonly dictionaryThreshold: number;
  /** Ids of columns that never have one. */
  readonly directColumns: ReadonlySet<number>;
  readonly preEpochFraction: 'apache' | 'error';
  /** For a column, by its id, that was named for it. */
  bloomFilter(column: number): BloomFilterBuilder | undefined;
}

/** @throws {SchemaMismatchError} for a type that cannot be written */
export function columnWriter(context: ColumnContext, type: TypeDescription, name: string): ColumnWriter {
  switch (type.category) {
    case 'boolean':
      return booleanColumn(context, name);
    case 'tinyint':
      return byteColumn(context, type.id, name);
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'date':
      return integerColumn(context, type.id, type.category, name);
    case 'float':
    case 'double':
      return doubleColumn(context, type.id, type.category, name);
    case 'decimal':
      return decimalColumn(context, type, name);
    case 'string':
    case 'binary':
    case 'char':
    case 'varchar':
      return stringColumn(context, { ...type, category: type.category }, name);
    case 'timestamp':
    case 'timestamp with local time zone':
      return timestampColumn(context, type.id, name);
    case 'struct':
      return structColumn(context, fields(), name);
    case 'array':
    case 'map':
      return listColumn(context, fields(), name);
    case 'uniontype':
      return unionColumn(context, fields(), name);
    case 'geometry':
    case 'geography':
      throw new SchemaMismatchError(
        'unsupported-type',
        `column ${name}: writing ${type.category} is not supported`,
      );
  }

  function fields(): ColumnWriter[] {
    return type.children.map((child, i) => columnWriter(context, child, childPath(type, i, name)));
  }
}
