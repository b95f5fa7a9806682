import { inspect } from 'node:util';
import type { Dedupe } from '../../src/merge-order.ts';
import type { TypeDescription } from '../../src/schema.ts';
import type { SortKey } from '../../src/sort-keys.ts';
import { rawValue, shown, type Raw } from './nested.ts';
import type { Random } from './random.ts';

export type Row = readonly Raw[];

/** Stable sorting and a search through all rows: what a merge has to come to. */
export function mergedRows(
  schema: TypeDescription,
  inputs: readonly (readonly Row[])[],
  sortKeys: readonly SortKey[],
  dedupe?: Dedupe,
): Row[] {
  const all = inputs.flat().toSorted((a, b) => compareRows(schema, sortKeys, a, b));
  if (dedupe === undefined) return all;
  const kept = new Map<string, number>();
  all.forEach((row, i) => {
    const key = dedupe.keys.map((name) => text(schema, row, name)).join('|');
    const held = kept.get(key);
    if (held === undefined || isBetter(all[held] ?? [], row)) kept.set(key, i);
  });
  return [...kept.values()].toSorted((a, b) => a - b).map((i) => all[i] ?? []);

  function isBetter(held: Row, row: Row): boolean {
    if (dedupe?.keep === 'last') return true;
    if (typeof dedupe?.keep !== 'object') return false;
    return compareRows(schema, [{ column: dedupe.keep.max }], held, row) < 0;
  }
}

function text(schema: TypeDescription, row: Row, name: string): string {
  const at = schema.fieldNames.indexOf(name);
  const type = schema.children[at];
  return inspect(type === undefined ? null : shown(type, row[at] ?? null));
}

function compareRows(schema: TypeDescription, sortKeys: readonly SortKey[], a: Row, b: Row): number {
  for (const { column, order, nulls } of sortKeys) {
    const at = schema.fieldNames.indexOf(column);
    const [left = null, right = null] = [a[at], b[at]];
    const sign = order === 'desc' ? -1 : 1;
    if (left === null || right === null) {
      const first = nulls === undefined ? -sign : nulls === 'first' ? -1 : 1;
      if (left !== right) return left === null ? first : -first;
      continue;
    }
    const compared = compareValues(schema.children[at], left, right);
    if (compared !== 0) return sign * compared;
  }
  return 0;
}

function compareValues(type: TypeDescription | undefined, a: Raw, b: Raw): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    if (a === 0 && b === 0) return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
    return a < b ? -1 : Number(a > b);
  }
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : Number(a > b);
  if (typeof a === 'boolean') return Number(a) - Number(b);
  return Buffer.compare(bytes(a), bytes(b));

  function bytes(value: Raw): Uint8Array {
    if (value instanceof Uint8Array) return value;
    const printed = type === undefined ? value : shown(type, value);
    return Buffer.from(typeof printed === 'string' ? printed : '');
  }
}

/** What rows can be sorted by. */
export const keyTypes = [
  ...['boolean', 'tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'string', 'binary', 'date'],
  ...[
    'timestamp',
    'timestamp with local time zone',
    'char(4)',
    'varchar(3)',
    'decimal(9,2)',
    'decimal(38,10)',
  ],
];

/** Sorted inputs of up to `most` rows with few values, so that many rows are equal in some columns. */
export function randomInputs(
  r: Random,
  schema: TypeDescription,
  sortKeys: readonly SortKey[],
  most: number,
): Row[][] {
  const nulls = r.pick([0, 0.2]);
  const values = schema.children.map((type) =>
    Array.from({ length: r.pick([1, 3, 50, 1000]) }, () => rawValue(r, type, nulls)),
  );
  const count = r.pick([1, 2, 3, 7, 20]);
  return Array.from({ length: count }, () => {
    const rows = Array.from({ length: r.below(most) }, () => values.map((column) => r.pick(column)));
    return rows.toSorted((a, b) => compareRows(schema, sortKeys, a, b));
  });
}
