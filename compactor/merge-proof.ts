import type { ColumnBatch } from 'orc-writer-wasm';
import { openRows } from './open-rows.ts';
import { RowShapeError } from './part-columns.ts';
import { rowIdentities, type Rule } from './row-identities.ts';

/**
 * Watches rows go into a merge and come out of it, and knows by itself which ones must.
 *
 * Every row that goes in either opens a place for its key, or competes for one. A row that comes out must be the best
 * of all that went in with its key, and closes the place; so a row that is lost, doubled, made up, changed or the wrong
 * one of its key cannot pass. Open at a time are the rows that the merge holds.
 */
export interface MergeProof {
  /** To be told of every batch before the merge has it. */
  enter(batch: ColumnBatch): void;
  /** To be told of every batch of the result. @throws {ConservationError} */
  leave(batch: ColumnBatch): void;
  /** @throws {ConservationError} when rows that went in have not come out */
  end(): MergeTotals;
}

/** `rowsOut = rowsIn - replaced`. */
export interface MergeTotals {
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Rows left out for a better one of their key. */
  readonly replaced: number;
  /** The fingerprints of the rows that had to come out, and of those that did, summed modulo 2^64. */
  readonly checksumIn: bigint;
  readonly checksumOut: bigint;
}

/** A merge lost, doubled or changed rows; nothing of it may be published. */
export class ConservationError extends Error {
  override readonly name = 'ConservationError';
}

export function mergeProof(rule: Rule): MergeProof {
  const identities = rowIdentities(rule);
  const open = openRows(identities.isBetter);
  let rowsIn = 0;
  let rowsOut = 0;

  return {
    enter(batch) {
      const nulls = batch.columns.findIndex(({ present }) => present !== undefined);
      if (nulls >= 0) throw new RowShapeError(nulls, 'nulls');
      rowsIn += batch.size;
      open.add(identities.of(batch), batch.size);
    },
    leave(batch) {
      const wrong = open.take(identities.of(batch), batch.size);
      if (wrong !== undefined) throw new ConservationError(REASONS[wrong]);
      rowsOut += batch.size;
    },
    end() {
      if (open.size() > 0) throw new ConservationError(`${open.size()} rows did not come out of the merge`);
      const { expected, taken } = open.checksums();
      return { rowsIn, rowsOut, replaced: rowsIn - rowsOut, checksumIn: expected, checksumOut: taken };
    },
  };
}

const REASONS = {
  unknown: 'a row came out of the merge that did not go in, or twice',
  'not-best': 'a row came out of the merge in place of the one that should have',
  changed: 'a row came out of the merge that is not as it went in',
};
