import { mergeBatches, type ColumnBatch, type MergeOrder } from 'orc-writer-wasm';
import { mergeProof, type MergeTotals } from './merge-proof.ts';
import { COLUMN, stringsIn } from './part-columns.ts';
import type { Rule } from './row-identities.ts';
import { PART_SCHEMA } from '../schemas/part.ts';

export type Merge = typeof mergeBatches;

/**
 * Merges sorted rows and proves it: fails unless every row that had to come out did, and no other. Nothing of what
 * `take` was given may be published before the end; a batch is valid until its promise has resolved.
 *
 * @param merge - another merge, so that a broken one can be seen to be refused
 * @throws {ConservationError}
 */
export async function provenMerge(
  inputs: readonly AsyncIterable<ColumnBatch>[],
  rule: Rule,
  take: (batch: ColumnBatch) => void | Promise<void>,
  merge: Merge = mergeBatches,
): Promise<MergeTotals> {
  const proof = mergeProof(rule);
  const { schema, order, adapt } = MERGES[rule];
  async function* watched(batches: AsyncIterable<ColumnBatch>): AsyncGenerator<ColumnBatch> {
    for await (const batch of batches) {
      proof.enter(batch);
      yield adapt(batch);
    }
  }
  for await (const { size, columns } of merge(schema, inputs.map(watched), order)) {
    const rows = { size, columns: columns.slice(0, COLUMNS) };
    proof.leave(rows);
    await take(rows);
  }
  return proof.end();
}

const COLUMNS = Object.keys(COLUMN).length;

/** How every file of rows is sorted. */
const SORT_KEYS: MergeOrder['sortKeys'] = [
  { column: 'id_part' },
  { column: 'id' },
  { column: 'last_modified', order: 'desc' },
  { column: 'db_type' },
  { column: 'fingerprint' },
  { column: 'source_object' },
  { column: 'source_line' },
];

/**
 * A record that was dumped on two dates may have been read again for one of them. Files of changes and of snapshots
 * have each record once, so they are sorted in this way, too.
 */
const NEWEST_READING_FIRST: MergeOrder['sortKeys'] = [
  ...SORT_KEYS.slice(0, -2),
  { column: 'generation', order: 'desc' },
  ...SORT_KEYS.slice(-2),
];

interface RuleMerge {
  readonly schema: string;
  readonly order: MergeOrder;
  readonly adapt: (batch: ColumnBatch) => ColumnBatch;
}

const MERGES: Record<Rule, RuleMerge> = {
  changes: {
    schema: PART_SCHEMA,
    order: {
      sortKeys: SORT_KEYS,
      dedupe: { keys: ['id_part', 'id', 'fingerprint'], keep: { max: 'generation' } },
    },
    adapt: (batch) => batch,
  },
  newest: {
    schema: PART_SCHEMA,
    order: { sortKeys: NEWEST_READING_FIRST, dedupe: { keys: ['id_part', 'id'], keep: 'first' } },
    adapt: (batch) => batch,
  },
  'delete-wins': {
    schema: PART_SCHEMA.replace(/>$/, ',is_delete:int>'),
    order: {
      sortKeys: NEWEST_READING_FIRST,
      dedupe: { keys: ['id_part', 'id'], keep: { max: 'is_delete' } },
    },
    adapt: (batch) => ({ size: batch.size, columns: [...batch.columns, { values: deletesIn(batch) }] }),
  },
};

/** 1 for each row that is a DELETE. */
export function deletesIn(batch: ColumnBatch): Int32Array {
  const { data, offsets, ids } = stringsIn(batch, COLUMN.dbType);
  return Int32Array.from({ length: batch.size }, (_, row) =>
    data[offsets[ids?.[row] ?? row] ?? 0] === LETTER_D ? 1 : 0,
  );
}

const LETTER_D = 'D'.charCodeAt(0);
