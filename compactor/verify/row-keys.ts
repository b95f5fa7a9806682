import type { ColumnBatch } from 'orc-writer-wasm';
import {
  COLUMN,
  halvesIn,
  intsIn,
  stringsIn,
  takeRows,
  timestampsIn,
  type Strings,
} from '../part-columns.ts';

/** What rows of changes and snapshots are sorted by. */
export interface RowKeys {
  readonly idParts: Strings;
  readonly ids: Strings;
  readonly seconds: Int32Array;
  readonly nanos: Int32Array;
  readonly dbTypes: Strings;
  readonly fingerprints: Int32Array;
  readonly sourceObjects: Strings;
  readonly sourceLines: Int32Array;
}

/** @throws {RowShapeError} */
export function rowKeys(batch: ColumnBatch): RowKeys {
  return {
    idParts: stringsIn(batch, COLUMN.idPart),
    ids: stringsIn(batch, COLUMN.id),
    ...timestampsIn(batch),
    dbTypes: stringsIn(batch, COLUMN.dbType),
    fingerprints: halvesIn(batch, COLUMN.fingerprint),
    sourceObjects: stringsIn(batch, COLUMN.sourceObject),
    sourceLines: intsIn(batch, COLUMN.sourceLine),
  };
}

/** The keys of one row as a copy, at index 0. */
export function keysOfRow(batch: ColumnBatch, row: number): RowKeys {
  return rowKeys(takeRows(batch, Uint32Array.of(row)));
}

/** Below 0 when row `i` of the first comes before row `j` of the second, 0 when their order does not matter. */
export function compareKeys(a: RowKeys, i: number, b: RowKeys, j: number): number {
  return (
    compareStrings(a.idParts, i, b.idParts, j) ||
    compareStrings(a.ids, i, b.ids, j) ||
    compareHalves(b.seconds, j, a.seconds, i) ||
    (b.nanos[j] ?? 0) - (a.nanos[i] ?? 0) ||
    compareStrings(a.dbTypes, i, b.dbTypes, j) ||
    compareHalves(a.fingerprints, i, b.fingerprints, j) ||
    compareStrings(a.sourceObjects, i, b.sourceObjects, j) ||
    (a.sourceLines[i] ?? 0) - (b.sourceLines[j] ?? 0)
  );
}

export function isSameId(a: RowKeys, i: number, b: RowKeys, j: number): boolean {
  return compareStrings(a.ids, i, b.ids, j) === 0;
}

export function fingerprintAt({ fingerprints }: RowKeys, row: number): bigint {
  return (BigInt(fingerprints[2 * row + 1] ?? 0) << 32n) | BigInt((fingerprints[2 * row] ?? 0) >>> 0);
}

/** By their bytes. */
function compareStrings(a: Strings, i: number, b: Strings, j: number): number {
  const first = a.ids?.[i] ?? i;
  const second = b.ids?.[j] ?? j;
  let at = a.offsets[first] ?? 0;
  let bt = b.offsets[second] ?? 0;
  const end = a.offsets[first + 1] ?? 0;
  const length = Math.min(end - at, (b.offsets[second + 1] ?? 0) - bt);
  for (const shared = at + length; at < shared; at++, bt++) {
    const difference = (a.data[at] as number) - (b.data[bt] as number);
    if (difference !== 0) return difference;
  }
  return end - at - ((b.offsets[second + 1] ?? 0) - bt);
}

/** Signed numbers of 64 bits, the low halves first. */
function compareHalves(a: Int32Array, i: number, b: Int32Array, j: number): number {
  return (a[2 * i + 1] ?? 0) - (b[2 * j + 1] ?? 0) || ((a[2 * i] ?? 0) >>> 0) - ((b[2 * j] ?? 0) >>> 0);
}
