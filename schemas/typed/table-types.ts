import type { ColumnType, TypedColumn } from './column-type.ts';

/** The schema of the files of a typed table, in ORC's notation; names are folded as Hive folds them. */
export function orcSchema(columns: readonly TypedColumn[]): string {
  return orcType({ kind: 'struct', fields: columns });
}

/** Name and type of each column for the catalogue, in Hive's notation. */
export function hiveColumns(columns: readonly TypedColumn[]): readonly HiveColumn[] {
  return columns.map(({ name, type }) => ({ name: folded(name), type: hiveType(type) }));
}

export interface HiveColumn {
  readonly name: string;
  readonly type: string;
}

function orcType(type: ColumnType): string {
  return formatType(type, (name) => `\`${name.replaceAll('`', '``')}\``);
}

/** Hive's notation has no quotes: a nested name that holds its punctuation cannot be said in it. */
function hiveType(type: ColumnType): string {
  return formatType(type, (name) => {
    if (/[,:<>`]/.test(name)) throw new RangeError(`the field name ${name} cannot be in a type of Hive`);
    return name;
  });
}

/**
 * Both kinds of timestamp become `timestamp`. ORC has `timestamp with local time zone` for instants, but Hive before 3,
 * Athena and Glue have no such type. Written in UTC, `timestamp` is read back as the same instant by Spark in a UTC
 * session, and shows the UTC clock everywhere else.
 */
function formatType(type: ColumnType, quoted: (name: string) => string): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'array':
      return `array<${formatType(type.element, quoted)}>`;
    case 'map':
      return `map<string,${formatType(type.value, quoted)}>`;
    case 'struct': {
      const fields = type.fields.map(
        (field) => `${quoted(folded(field.name))}:${formatType(field.type, quoted)}`,
      );
      return `struct<${fields.join(',')}>`;
    }
    case 'timestamp_ntz':
      return 'timestamp';
    default:
      return type.kind;
  }
}

function folded(name: string): string {
  return name.toLowerCase();
}
