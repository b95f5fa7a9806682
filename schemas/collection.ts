import type { CollectionName } from './source-object.ts';
import type { TypedTable } from './typed-table.ts';

/** What is particular to a collection; every member has a default, so unknown collections work. */
export interface Collection extends CollectionName {
  /**
   * What makes a record a DELETE: any sign (the document's `_removedDateTime`, the envelope's, `MONGO_DELETE`), or
   * the document alone, as the incumbent does.
   */
  readonly deleteRule: 'any-sign' | 'document';
  /** `audit`: the document's `context` is the record. */
  readonly transform: 'none' | 'audit';
  /** Take CR and LF out of strings, except behind a backslash. */
  readonly stripLineBreaks: boolean;
  /** What to do with a document whose own `_id` is not the envelope's. */
  readonly idMismatch: 'count' | 'quarantine';
  readonly compression: 'ZLIB' | 'ZSTD';
  /**
   * Which record of an id a snapshot has: the newest; a DELETE whatever its date, as the incumbent does; or there are no
   * snapshots, as for what is only ever appended to.
   */
  readonly snapshot: 'newest' | 'delete-wins' | 'none';
  /** Whether snapshots show records that are deleted. */
  readonly tombstones: 'keep' | 'drop';
  /** Made from every snapshot, or from the changes of every export date where there are no snapshots. */
  readonly typedTables: readonly TypedTable[];
}

/** What a collection's file in `collections/` says: its name, and where it is not like the others. */
export type CollectionFile = CollectionName & Partial<Collection>;

/** Answers how to treat any collection, known or not. */
export type FindCollection = (name: CollectionName) => Collection;

export function collectionsOf(files: readonly CollectionFile[]): FindCollection {
  const known = new Map(files.map((file) => [nameKey(file), { ...DEFAULTS, ...file }]));
  return (name) => known.get(nameKey(name)) ?? { ...DEFAULTS, db: name.db, collection: name.collection };
}

const DEFAULTS = {
  deleteRule: 'any-sign',
  transform: 'none',
  stripLineBreaks: false,
  idMismatch: 'count',
  compression: 'ZLIB',
  snapshot: 'newest',
  tombstones: 'keep',
  typedTables: [],
} as const;

/** `db:collection`; a colon in a database's name cannot be one of another collection's, as no database has one. */
export function nameKey({ db, collection }: CollectionName): string {
  return `${db}:${collection}`;
}
