import type { ColumnType } from '../../schemas/typed/column-type.ts';
import { decimalValues } from './decimal-values.ts';
import { leafReader, type LeafValues } from './leaf-reader.ts';
import { memberTable } from './member-table.ts';
import { listReader, mapReader, structReader } from './nested-readers.ts';
import {
  bigintValues,
  booleanValues,
  doubleValues,
  floatValues,
  integerValues,
  tinyintValues,
} from './number-values.ts';
import { binaryValues, stringValues } from './text-values.ts';
import { dateValues, timestampValues } from './time-values.ts';
import type { Notes, ValueReader } from './value-reader.ts';

/** A reader for values of a type, which tells `notes` what did not fit inside them. */
export function typeReader(type: ColumnType, caseSensitive: boolean, notes: Notes): ValueReader {
  switch (type.kind) {
    case 'array':
      return listReader(typeReader(type.element, caseSensitive, notes));
    case 'map':
      return mapReader(leafReader(stringValues()), typeReader(type.value, caseSensitive, notes));
    case 'struct': {
      const fields = type.fields.map((field) => typeReader(field.type, caseSensitive, notes));
      const names = type.fields.map(({ name }) => name);
      return structReader(fields, memberTable(names, caseSensitive), notes);
    }
    default:
      return leafReader(leafValues(type));
  }
}

type LeafType = Exclude<ColumnType, { readonly kind: 'array' | 'map' | 'struct' }>;

function leafValues(type: LeafType): LeafValues {
  switch (type.kind) {
    case 'string':
      return stringValues();
    case 'boolean':
      return booleanValues();
    case 'tinyint':
      return tinyintValues();
    case 'smallint':
      return integerValues(16);
    case 'int':
      return integerValues(32);
    case 'bigint':
      return bigintValues();
    case 'float':
      return floatValues();
    case 'double':
      return doubleValues();
    case 'decimal':
      return decimalValues(type);
    case 'date':
      return dateValues();
    case 'timestamp':
    case 'timestamp_ntz':
      return timestampValues(type.kind);
    case 'binary':
      return binaryValues();
  }
}
