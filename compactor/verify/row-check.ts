import type { ColumnBatch } from 'orc-writer-wasm';
import { compareKeys, fingerprintAt, isSameId, keysOfRow, rowKeys, type RowKeys } from './row-keys.ts';
import type { IdPartRange } from '../id-part-ranges.ts';
import { sum64 } from '../open-rows.ts';
import { idPartAt } from '../part-columns.ts';

/** Which rows may not be twice: those of one id and fingerprint, or those of one id. */
export type Uniqueness = 'record' | 'id';

/** Looks at the rows of a file of changes, of a snapshot or of tombstones as they come. */
export interface RowCheck {
  /** @throws {RowShapeError} */
  add(batch: ColumnBatch): void;
  end(): CheckedRows;
}

export interface CheckedRows {
  readonly rows: number;
  /** The sum of the fingerprints modulo 2^64. */
  readonly checksum: bigint;
  /** The number, from 1 on, of the first row that is wrong in each way. */
  readonly faults: ReadonlyMap<RowFault, number>;
  /** Undefined without rows. */
  readonly edges: { readonly first: RowKeys; readonly last: RowKeys } | undefined;
}

export type RowFault = 'out of order' | 'twice' | 'outside the range of the name';

/** In memory are the keys of the row before, and the fingerprints of its id. */
export function rowCheck(uniqueness: Uniqueness, { first, last }: IdPartRange): RowCheck {
  const faults = new Map<RowFault, number>();
  const checksum = sum64();
  const ofId = new Set<bigint>();
  let rows = 0;
  let firstKeys: RowKeys | undefined;
  let lastKeys: RowKeys | undefined;

  function fault(what: RowFault, row: number): void {
    if (!faults.has(what)) faults.set(what, rows + row + 1);
  }

  function compareWithBefore(before: RowKeys, at: number, keys: RowKeys, row: number): void {
    if (compareKeys(before, at, keys, row) >= 0) fault('out of order', row);
    if (!isSameId(before, at, keys, row)) {
      ofId.clear();
      return;
    }
    // The fingerprint of a record that is the only one of its id is not needed.
    ofId.add(fingerprintAt(before, at));
    if (uniqueness === 'id' || ofId.has(fingerprintAt(keys, row))) fault('twice', row);
  }

  return {
    add(batch) {
      if (batch.size === 0) return;
      const keys = rowKeys(batch);
      firstKeys ??= keysOfRow(batch, 0);
      if (lastKeys !== undefined) compareWithBefore(lastKeys, 0, keys, 0);
      for (let row = 0; row < batch.size; row++) {
        checksum.add(keys.fingerprints, row);
        const idPart = idPartAt(keys.idParts, row);
        // So that a name without a range has no rows in it.
        if (!(idPart >= first && idPart <= last)) fault('outside the range of the name', row);
        if (row > 0) compareWithBefore(keys, row - 1, keys, row);
      }
      lastKeys = keysOfRow(batch, batch.size - 1);
      rows += batch.size;
    },
    end: () => ({
      rows,
      checksum: checksum.value(),
      faults,
      edges: firstKeys && lastKeys && { first: firstKeys, last: lastKeys },
    }),
  };
}

/** What is wrong where one file ends and the next begins. */
export function seamFault(before: RowKeys, after: RowKeys, uniqueness: Uniqueness): RowFault | undefined {
  if (compareKeys(before, 0, after, 0) >= 0) return 'out of order';
  const isTwice =
    isSameId(before, 0, after, 0) &&
    (uniqueness === 'id' || fingerprintAt(before, 0) === fingerprintAt(after, 0));
  return isTwice ? 'twice' : undefined;
}
