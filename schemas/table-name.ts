import { hash } from 'node:crypto';
import type { CollectionName } from './source-object.ts';

/** The catalogue's database with the tables that every collection has. */
export const DATABASE = 'cdi';

/** How the table's name ends: every change, the newest snapshot, the snapshots of all days. */
export type TableEnding = '_changes' | '' | '_snapshots';

/**
 * The names that a table may have, the preferred one first: `<db>_<collection>` and the ending, lower-case, anything
 * but letters and digits as `_`. Different collections may come to the same name; whichever is second there takes
 * the next, which has eight hex digits of a hash of the exact names in it. Where the first is too long it is not offered.
 */
export function tableNames({ db, collection }: CollectionName, ending: TableEnding): readonly string[] {
  const stem = folded(`${db}_${collection}`);
  const digest = hash('sha256', JSON.stringify([db, collection])).slice(0, 8);
  const unique = `${stem.slice(0, MOST_CHARACTERS - ending.length - digest.length - 1)}_${digest}${ending}`;
  const plain = `${stem}${ending}`;
  return plain.length > MOST_CHARACTERS ? [unique] : [plain, unique];
}

/** Of older Hive metastores; Glue takes 255. */
const MOST_CHARACTERS = 128;

function folded(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/gu, '_');
}
