import { hash } from 'node:crypto';
import type { Collection } from './collection.ts';
import type { DayOfCollection } from './layout.ts';

/**
 * What a version is made of, all of it and nothing else: equal recipes make equal files, so a version is named by the
 * digest of its recipe, and what is already there under that name need not be made again.
 */
export type Recipe = ChangesRecipe | SnapshotRecipe | TypedRecipe;

/** Every distinct record of an export date. */
export interface ChangesRecipe extends DayOfCollection {
  readonly kind: 'changes';
  readonly compression: Collection['compression'];
  /** Rows of older generations are left out; 0 keeps all. */
  readonly generationFloor: number;
  /** Ascending by name. */
  readonly parts: readonly PartName[];
}

/** A live part; its name comes from what it holds. */
export interface PartName {
  readonly name: string;
  readonly bytes: number;
}

/** One record of every id up to an export date. */
export interface SnapshotRecipe extends DayOfCollection {
  readonly kind: 'snapshot';
  readonly compression: Collection['compression'];
  readonly order: Exclude<Collection['snapshot'], 'none'>;
  readonly tombstones: Collection['tombstones'];
  /** The snapshot of the export date before; null for the first one. */
  readonly base: VersionName | null;
  /** The version of the changes of this export date. */
  readonly changes: string;
}

/** Columns taken out of the `val` of a snapshot or of changes. */
export interface TypedRecipe extends DayOfCollection {
  readonly kind: 'typed';
  readonly compression: Collection['compression'];
  readonly database: string;
  readonly table: string;
  readonly partitionKey: string | null;
  /** As the data definition says it. */
  readonly columns: string;
  readonly paths: Readonly<Record<string, string>>;
  readonly isCaseSensitive: boolean;
  readonly source: { readonly kind: 'changes' | 'snapshot'; readonly version: string };
}

export interface VersionName {
  readonly exportDate: string;
  readonly version: string;
}

/** 24 hex digits: no two recipes come to the same by chance. */
export function versionOf(recipe: Recipe): string {
  return hash('sha256', JSON.stringify(sorted({ format: FORMAT, ...recipe }))).slice(0, 24);
}

/** To be counted up whenever the same recipe would make other bytes than before. */
const FORMAT = 1;

/** The same value with the members of every object in the order of their names. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
