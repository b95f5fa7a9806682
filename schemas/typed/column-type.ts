/** A type that a typed table may have; `timestamp` is an instant, `timestamp_ntz` a wall clock. */
export type ColumnType =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'array'; readonly element: ColumnType }
  /** Its keys are strings, as member names of JSON are. */
  | { readonly kind: 'map'; readonly value: ColumnType }
  | { readonly kind: 'struct'; readonly fields: readonly StructField[] };

export type PrimitiveKind =
  | 'string'
  | 'boolean'
  | 'tinyint'
  | 'smallint'
  | 'int'
  | 'bigint'
  | 'float'
  | 'double'
  | 'date'
  | 'timestamp'
  | 'timestamp_ntz'
  | 'binary';

export interface StructField {
  /** As it is written in the DDL: JSON is case-sensitive, Hive is not. */
  readonly name: string;
  readonly type: ColumnType;
}

/** A column of a typed table. */
export interface TypedColumn extends StructField {
  /** Where in the document its value is, such as `a.b` or `$.a.b`; by default the member with the column's name. */
  readonly path?: string;
}
