import { SchemaMismatchError } from './errors.ts';
import type { KeyParts, SortKey } from './sort-keys.ts';

/** How inputs are sorted, and which of their rows are the same. */
export interface MergeOrder {
  /** What every input is sorted by, the most significant column first. */
  readonly sortKeys: readonly SortKey[];
  /** Without it all rows are kept. */
  readonly dedupe?: Dedupe;
}

/** Which rows are the same, and which one of them is kept. */
export interface Dedupe {
  /**
   * Rows that agree in these columns are duplicates. The first sort key must be among them: duplicates are looked for
   * between rows that agree in the sort keys up to the first one that is not.
   */
  readonly keys: readonly string[];
  /** Which one is kept, in the order of the result; with `max`, the first of those with the greatest value there. */
  readonly keep: 'first' | 'last' | { readonly max: string };
}

/** @throws {SchemaMismatchError} when there is no sort key, or duplicates would not come together */
export function keyPartsOf({ sortKeys, dedupe }: MergeOrder): KeyParts {
  if (sortKeys.length === 0) throw new SchemaMismatchError('bad-option', 'sortKeys must name a column');
  if (dedupe === undefined) return [sortKeys, [], [], []];
  const { keys, keep } = dedupe;
  const other = sortKeys.findIndex(({ column }) => !keys.includes(column));
  const together = other === -1 ? sortKeys.length : other;
  if (together === 0) {
    throw new SchemaMismatchError(
      'bad-option',
      `dedupe.keys must have the first sort key ${sortKeys[0]?.column}, so that duplicates come together`,
    );
  }
  const group = sortKeys.slice(0, together);
  const twins = keys.filter((key) => !group.some(({ column }) => column === key));
  return [
    group,
    sortKeys.slice(together),
    twins.map((column) => ({ column })),
    typeof keep === 'object' ? [{ column: keep.max }] : [],
  ];
}

/** As assembly/merge.ts numbers what is kept. */
export function keepCode({ dedupe }: MergeOrder): number {
  if (dedupe === undefined) return 0;
  if (dedupe.keep === 'first') return 1;
  return dedupe.keep === 'last' ? 2 : 3;
}
