/**
 * The values of one column, laid out as in Arrow and borrowed only for the length of the call.
 *
 * `present` holds one bit a row, least significant first, 1 for a value; without it no row is null. The slot of a
 * null row exists and its content does not matter.
 */
export type ColumnVector =
  | BooleanVector
  | ByteVector
  | IntVector
  | LongVector
  | FloatVector
  | DoubleVector
  | DecimalVector
  | StringVector
  | DictionaryVector
  | TimestampVector
  | MillisVector
  | StructVector
  | ListVector
  | MapVector
  | UnionVector;

/** `boolean`: a bit a row, least significant first. */
export interface BooleanVector {
  readonly bits: Uint8Array;
  readonly present?: Uint8Array;
}

/** `tinyint`. */
export interface ByteVector {
  readonly values: Int8Array;
  readonly present?: Uint8Array;
}

/** `smallint`, `int` and `date` (days since 1970-01-01). */
export interface IntVector {
  readonly values: Int32Array;
  readonly present?: Uint8Array;
}

/** `float`. */
export interface FloatVector {
  readonly values: Float32Array;
  readonly present?: Uint8Array;
}

/** `double`. */
export interface DoubleVector {
  readonly values: Float64Array;
  readonly present?: Uint8Array;
}

/** `bigint`, and `decimal` of up to 18 digits as its unscaled value. */
export interface LongVector {
  readonly values: BigInt64Array;
  readonly present?: Uint8Array;
}

/** `decimal`: unscaled values of 128 bits. */
export interface DecimalVector {
  readonly low: BigUint64Array;
  readonly high: BigInt64Array;
  readonly present?: Uint8Array;
}

/** `string`, `char`, `varchar` (UTF-8) and `binary`: row `i` is `data` from `offsets[i]` to `offsets[i + 1]`. */
export interface StringVector {
  readonly data: Uint8Array;
  readonly offsets: Uint32Array;
  readonly present?: Uint8Array;
}

/** Strings by number; entries may repeat or stay unused. It gives the same file as the plain form, only faster. */
export interface DictionaryVector {
  readonly ids: Uint32Array;
  readonly dictionary: Dictionary;
  readonly present?: Uint8Array;
}

/** Entry `i` is `data` from `offsets[i]` to `offsets[i + 1]`. */
export interface Dictionary {
  readonly data: Uint8Array;
  readonly offsets: Uint32Array;
  /** It never changes, so the writer keeps what it made of it for as long as the same object is passed. */
  readonly isStable?: true;
}

/** `timestamp` (a wall clock, read as UTC) or `timestamp with local time zone` (an instant): seconds since 1970 rounded down, and 0 to 999,999,999 nanoseconds after them. */
export interface TimestampVector {
  readonly seconds: BigInt64Array;
  readonly nanos: Int32Array;
  readonly present?: Uint8Array;
}

/** The same as whole milliseconds since 1970, which needs no BigInt. */
export interface MillisVector {
  readonly millis: Float64Array;
  readonly present?: Uint8Array;
}

/** `struct`: every field has a slot a row; that of a null row does not matter. */
export interface StructVector {
  readonly fields: readonly ColumnVector[];
  readonly present?: Uint8Array;
}

/** `array`: row `i` is the slots `offsets[i]` to `offsets[i + 1]` of `child`. */
export interface ListVector {
  readonly offsets: Uint32Array;
  readonly child: ColumnVector;
  readonly present?: Uint8Array;
}

/** `map`: row `i` is the slots `offsets[i]` to `offsets[i + 1]` of `key` and `value`. */
export interface MapVector {
  readonly offsets: Uint32Array;
  readonly key: ColumnVector;
  readonly value: ColumnVector;
  readonly present?: Uint8Array;
}

/** `uniontype`: `tags` says which of the children has the value; each child has a slot a row. */
export interface UnionVector {
  readonly tags: Uint8Array;
  readonly children: readonly ColumnVector[];
  readonly present?: Uint8Array;
}

/** `size` rows; `columns` are the fields of the root struct in schema order. */
export interface ColumnBatch {
  readonly size: number;
  readonly columns: readonly ColumnVector[];
}
