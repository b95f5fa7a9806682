/** A table with real columns taken out of `val`. */
export interface TypedTable {
  readonly database: string;
  readonly table: string;
  /**
   * Columns in Spark's form, `a STRING, b STRUCT<c: INT>`, or the name of a file in `ddl/` that has them. Each takes the
   * member of its name at the root of the document, unless {@link paths} says another place.
   */
  readonly columns: string | { readonly file: string };
  /** `database.table` of a typed table of the same collection that must have all columns of this one. */
  readonly viewOf?: string;
  /** Where the value of a column is, such as `context.claim.id`; `$` is the whole document. */
  readonly paths?: Readonly<Record<string, string>>;
  /** Whether members are found by the exact name of a column, which is how Spark does it. @defaultValue true */
  readonly isCaseSensitive?: boolean;
  /** A column that the export dates are partitions by; without it the table has the newest snapshot alone. */
  readonly partitionKey?: string;
}
