import type { ColumnBatch, ColumnVector, Dictionary, StringVector } from 'orc-writer-wasm';

/** The columns of rows of changes and snapshots, in order; see `PART_SCHEMA`. */
export const COLUMN = {
  id: 0,
  idPart: 1,
  dbType: 2,
  lastModified: 3,
  val: 4,
  fingerprint: 5,
  sourceObject: 6,
  sourceLine: 7,
  generation: 8,
} as const;

/** Strings of a column, each by its row; those that a dictionary numbers too. */
export interface Strings {
  readonly data: Uint8Array;
  readonly offsets: Uint32Array;
  /** Of each row where its string is in the dictionary; without it, row `i` has string `i`. */
  readonly ids: Uint32Array | undefined;
  readonly dictionary: Dictionary | undefined;
}

/** @throws {RowShapeError} when the column is of another type or has nulls, which no row of ours has */
export function stringsIn(batch: ColumnBatch, column: number): Strings {
  const vector = columnIn(batch, column);
  if ('ids' in vector) {
    const { ids, dictionary } = vector;
    return { data: dictionary.data, offsets: dictionary.offsets, ids, dictionary };
  }
  if (!isStrings(vector)) throw new RowShapeError(column, 'no strings');
  return { data: vector.data, offsets: vector.offsets, ids: undefined, dictionary: undefined };
}

/** 64-bit integers as pairs of 32 bits, the low ones first, which are much faster than BigInt. */
export function halvesIn(batch: ColumnBatch, column: number): Int32Array {
  const vector = columnIn(batch, column);
  if (!('values' in vector) || !(vector.values instanceof BigInt64Array)) {
    throw new RowShapeError(column, 'no 64-bit integers');
  }
  return halves(vector.values);
}

export function intsIn(batch: ColumnBatch, column: number): Int32Array {
  const vector = columnIn(batch, column);
  if ('values' in vector && vector.values instanceof Int32Array) return vector.values;
  throw new RowShapeError(column, 'no integers');
}

/** Seconds since 1970 as {@link halvesIn} gives them, and nanoseconds after them. */
export function timestampsIn(batch: ColumnBatch): {
  readonly seconds: Int32Array;
  readonly nanos: Int32Array;
} {
  const vector = columnIn(batch, COLUMN.lastModified);
  if (!('nanos' in vector)) throw new RowShapeError(COLUMN.lastModified, 'no timestamps');
  return { seconds: halves(vector.seconds), nanos: vector.nanos };
}

/** The id_part of a row as a number from 0 to 255. */
export function idPartAt({ data, offsets, ids }: Strings, row: number): number {
  const index = ids?.[row] ?? row;
  const start = offsets[index] ?? 0;
  const length = (offsets[index + 1] ?? 0) - start;
  const high = HEX_DIGITS[data[start] ?? 0] ?? -1;
  const low = HEX_DIGITS[data[start + 1] ?? 0] ?? -1;
  if (length !== 2 || high < 0 || low < 0)
    throw new RowShapeError(COLUMN.idPart, 'no two lower-case hex digits');
  return high * 16 + low;
}

/** The first row from `from` on whose id_part is above `idPart`, in rows sorted by it. */
export function endOfIdPart(idParts: Strings, idPart: number, from: number, size: number): number {
  let low = from;
  let high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (idPartAt(idParts, middle) > idPart) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Rows `from` to before `to`, without a copy; no column has nulls. */
export function sliceBatch({ size, columns }: ColumnBatch, from: number, to: number): ColumnBatch {
  if (from === 0 && to === size) return { size, columns };
  return { size: to - from, columns: columns.map((vector, column) => sliceVector(vector, column, from, to)) };
}

/** Rows by their numbers, ascending, as a copy; no column has nulls. */
export function takeRows({ size, columns }: ColumnBatch, rows: Uint32Array): ColumnBatch {
  if (rows.length === size) return { size, columns };
  return { size: rows.length, columns: columns.map((vector, column) => takeVector(vector, column, rows)) };
}

function takeVector(vector: ColumnVector, column: number, rows: Uint32Array): ColumnVector {
  if ('ids' in vector) return { ...vector, ids: rows.map((row) => vector.ids[row] ?? 0) };
  if (isStrings(vector)) return takeStrings(vector, rows);
  if ('nanos' in vector)
    return {
      seconds: BigInt64Array.from(rows, (row) => vector.seconds[row] ?? 0n),
      nanos: Int32Array.from(rows, (row) => vector.nanos[row] ?? 0),
    };
  if ('values' in vector && vector.values instanceof BigInt64Array) {
    const { values } = vector;
    return { values: BigInt64Array.from(rows, (row) => values[row] ?? 0n) };
  }
  if ('values' in vector && vector.values instanceof Int32Array) {
    const { values } = vector;
    return { values: Int32Array.from(rows, (row) => values[row] ?? 0) };
  }
  throw new RowShapeError(column, 'of no type that rows of ours have');
}

function takeStrings({ data, offsets }: StringVector, rows: Uint32Array): StringVector {
  const taken = new Uint32Array(rows.length + 1);
  let end = 0;
  rows.forEach((row, index) => {
    end += (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
    taken[index + 1] = end;
  });
  const bytes = new Uint8Array(end);
  rows.forEach((row, index) => bytes.set(data.subarray(offsets[row], offsets[row + 1]), taken[index]));
  return { data: bytes, offsets: taken };
}

function sliceVector(vector: ColumnVector, column: number, from: number, to: number): ColumnVector {
  if ('ids' in vector) return { ...vector, ids: vector.ids.subarray(from, to) };
  if (isStrings(vector)) return { data: vector.data, offsets: vector.offsets.subarray(from, to + 1) };
  if ('nanos' in vector)
    return { seconds: vector.seconds.subarray(from, to), nanos: vector.nanos.subarray(from, to) };
  if ('values' in vector && vector.values instanceof BigInt64Array)
    return { values: vector.values.subarray(from, to) };
  if ('values' in vector && vector.values instanceof Int32Array)
    return { values: vector.values.subarray(from, to) };
  throw new RowShapeError(column, 'of no type that rows of ours have');
}

/** A file does not hold rows as we write them. */
export class RowShapeError extends Error {
  override readonly name = 'RowShapeError';

  constructor(column: number, what: string) {
    super(`column ${Object.keys(COLUMN)[column]} has ${what}`);
  }
}

function columnIn(batch: ColumnBatch, column: number): ColumnVector {
  const vector = batch.columns[column];
  if (vector === undefined) throw new RowShapeError(column, 'no values');
  if (vector.present !== undefined) throw new RowShapeError(column, 'nulls');
  return vector;
}

function isStrings(vector: ColumnVector): vector is StringVector {
  return 'data' in vector && 'offsets' in vector;
}

function halves(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

const HEX_DIGITS = Int8Array.from({ length: 256 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code)),
);
