/**
 * The values of one column, laid out as in Arrow and borrowed only for the length of the call.
 *
 * `present` holds one bit a row, least significant first, 1 for a value; without it no row is null. The slot of a
 * null row exists and its content does not matter.
 */
export type ColumnVector =
  | IntVector
  | LongVector
  | StringVector
  | DictionaryVector
  | TimestampVector
  | MillisVector;

/** `smallint`, `int` and `date` (days since 1970-01-01). */
export interface IntVector {
  readonly values: Int32Array;
  readonly present?: Uint8Array;
}

/** `bigint`. */
export interface LongVector {
  readonly values: BigInt64Array;
  readonly present?: Uint8Array;
}

/** `string` (UTF-8) and `binary`: row `i` is `data` from `offsets[i]` to `offsets[i + 1]`. */
export interface StringVector {
  readonly data: Uint8Array;
  readonly offsets: Uint32Array;
  readonly present?: Uint8Array;
}

/** Strings by number; entries may repeat or stay unused. It gives the same file as the plain form, only faster. */
export interface DictionaryVector {
  readonly ids: Uint32Array;
  readonly dictionary: { readonly data: Uint8Array; readonly offsets: Uint32Array };
  readonly present?: Uint8Array;
}

/** `timestamp`: seconds since 1970 rounded down, and 0 to 999,999,999 nanoseconds after them. */
export interface TimestampVector {
  readonly seconds: BigInt64Array;
  readonly nanos: Int32Array;
  readonly present?: Uint8Array;
}

/** `timestamp` as whole milliseconds since 1970, which needs no BigInt. */
export interface MillisVector {
  readonly millis: Float64Array;
  readonly present?: Uint8Array;
}

/** `size` rows; `columns` are the fields of the root struct in schema order. */
export interface ColumnBatch {
  readonly size: number;
  readonly columns: readonly ColumnVector[];
}
