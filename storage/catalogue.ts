/**
 * Databases, tables and partitions in the terms of Glue: where a table's files are and how to read them. Query engines
 * read it, so an entry counts from the moment its call resolves.
 *
 * Names of databases and tables are of lower-case letters, digits and `_`, as Hive folds them to; every method throws a
 * `RangeError` for any other. Batches are of any length, and their results come in the order of the entries. Lists come
 * in no particular order.
 */
export interface Catalogue {
  /** Does nothing if the database is there. */
  createDatabase(database: string): Promise<void>;

  listDatabases(): Promise<readonly string[]>;

  /** @throws {CatalogueEntryMissingError} when there is no such database. */
  createTable(table: TableDefinition): Promise<CreateTableResult>;

  getTable(database: string, name: string): Promise<Table | undefined>;

  /** Replaces the definition of a table if it is still of the version that the caller read. */
  updateTable(table: TableDefinition, expectedVersion: string): Promise<UpdateTableResult>;

  /** None for a database that is not there. */
  listTables(database: string): Promise<readonly Table[]>;

  /**
   * @throws {CatalogueEntryMissingError} when there is no such table.
   * @throws {RangeError} when a partition has more or fewer values than the table has partition keys.
   */
  addPartitions(
    database: string,
    table: string,
    partitions: readonly Partition[],
  ): Promise<readonly AddPartitionResult[]>;

  /** Replaces partitions. They have no versions (Glue's have none), so callers see to it that only one does this. */
  updatePartitions(
    database: string,
    table: string,
    partitions: readonly Partition[],
  ): Promise<readonly UpdatePartitionResult[]>;

  /**
   * Makes the partition, or replaces it, if it is as the caller last read it: `undefined` when it was not there. What
   * comes to the same as before is `unchanged`, whatever was expected, so that it may be tried again.
   *
   * Glue replaces a partition without any condition: its client reads, compares and writes, so who calls it holds the
   * lease of the collection.
   *
   * @throws {CatalogueEntryMissingError} or {RangeError} as {@link addPartitions}.
   */
  swapPartition(
    database: string,
    table: string,
    partition: Partition,
    expected: Partition | undefined,
  ): Promise<SwapPartitionResult>;

  /** None for a table that is not there. */
  listPartitions(database: string, table: string): Promise<readonly Partition[]>;

  close(): Promise<void>;
}

export interface TableDefinition {
  readonly database: string;
  readonly name: string;
  readonly columns: readonly Column[];
  /** Not among the columns. */
  readonly partitionKeys: readonly Column[];
  readonly location: string;
  readonly format: TableFormat;
  readonly parameters: Parameters;
}

export interface Table extends TableDefinition {
  /** Another after each update; compare it for equality only. */
  readonly version: string;
}

export type TableFormat = 'orc' | 'json-lines';

export interface Column {
  readonly name: string;
  /** In Hive's form: `string`, `timestamp`, `struct<a:int>`. */
  readonly type: string;
}

export type Parameters = Readonly<Record<string, string>>;

export interface Partition {
  /** One for each partition key of the table, in their order. */
  readonly values: readonly string[];
  readonly location: string;
  readonly parameters: Parameters;
}

export type CreateTableResult =
  | { readonly kind: 'created'; readonly version: string }
  /** It is there, and defined the same. */
  | { readonly kind: 'unchanged'; readonly version: string }
  /** It is there, defined as this one, and stays so. */
  | { readonly kind: 'different'; readonly table: Table };

export type UpdateTableResult =
  | { readonly kind: 'updated'; readonly version: string }
  /** Somebody else updated it since. */
  | { readonly kind: 'conflict'; readonly table: Table }
  | { readonly kind: 'missing' };

export type AddPartitionResult =
  | { readonly kind: 'created' }
  /** It is there, and the same. */
  | { readonly kind: 'unchanged' }
  /** It is there as this one, and stays so. */
  | { readonly kind: 'different'; readonly partition: Partition }
  | { readonly kind: 'failed'; readonly reason: string };

export type UpdatePartitionResult =
  | { readonly kind: 'updated' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly reason: string };

export type SwapPartitionResult =
  | { readonly kind: 'swapped' }
  /** It is so already. */
  | { readonly kind: 'unchanged' }
  /** It is as this one now, or not there, and stays so. */
  | { readonly kind: 'conflict'; readonly partition: Partition | undefined };

/** What the entry would belong to is not in the catalogue. */
export class CatalogueEntryMissingError extends Error {
  override readonly name = 'CatalogueEntryMissingError';

  constructor(kind: 'database' | 'table', name: string) {
    super(`no ${kind} ${name} in the catalogue`);
  }
}
