import type { Reader, SearchArgument, TypeDescription } from 'orc-writer-wasm';
import { UsageError } from './ending.ts';
import { possibleIdParts } from './id-parts.ts';
import { valueText, type Row } from './rows.ts';

/** One value of one column. */
export interface Where {
  readonly column: string;
  readonly value: string;
}

/** @throws {UsageError} when it is not `COLUMN=VALUE` with one of these columns */
export function parseWhere(text: string, columns: readonly string[]): Where {
  const at = text.indexOf('=');
  const column = text.slice(0, at);
  if (at >= 0 && columns.includes(column)) return { column, value: text.slice(at + 1) };
  throw new UsageError(`--where takes COLUMN=VALUE with one of the columns ${columns.join(', ')}`);
}

export function isWanted(row: Row, { column, value }: Where): boolean {
  return valueText(row[column]) === value;
}

/** What need not be read of a file to find the rows; undefined when all of it has to be. */
export function searchArgument(
  { column, value }: Where,
  schema: Reader['schema'],
): SearchArgument | undefined {
  const type = schema.children[schema.fieldNames.indexOf(column)];
  const literal = type === undefined ? undefined : literalOf(value, type);
  if (literal === undefined) return undefined;
  const equals = { column, equals: literal };
  // Rows are sorted by it before they are by id.
  return column === 'id' && schema.fieldNames.includes('id_part')
    ? { and: [equals, { column: 'id_part', in: possibleIdParts(value) }] }
    : equals;
}

/** Undefined for what cannot be compared, and for what null looks like. */
function literalOf(
  value: string,
  { category }: TypeDescription,
): string | bigint | number | boolean | undefined {
  switch (category) {
    case 'string':
    case 'varchar':
      return value === 'null' ? undefined : value;
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return /^-?\d{1,19}$/.test(value) ? BigInt(value) : undefined;
    case 'double':
      return value !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined;
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : undefined;
    case 'decimal':
      return /^-?\d+(\.\d+)?$/.test(value) ? value : undefined;
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined;
    case 'timestamp':
      return /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,9})?$/.test(value) ? value : undefined;
    default:
      return undefined;
  }
}
