import { bitReader, type Slots } from './bit-reader.ts';
import type { Positions } from './byte-stream.ts';
import { streamOf, type ColumnSource } from './column-source.ts';
import type { ColumnVector } from './columns.ts';
import { withPlace } from './errors.ts';
import { decimalValues } from './decimal-values.ts';
import { listValues, structValues, unionValues } from './nested-values.ts';
import {
  booleanValues,
  byteValues,
  doubleValues,
  floatValues,
  intValues,
  longValues,
} from './number-values.ts';
import type { Category } from './schema.ts';
import { dictionaryValues, directValues } from './string-values.ts';
import { timestampValues } from './timestamp-values.ts';

/** Decodes one column of one stripe, with those inside it, from the beginning or from where a row index says. */
export interface ColumnReader {
  /** The next `size` slots; those that do not exist in the column around this one are null. */
  read(size: number, existing?: Slots): ColumnVector;
  seek(positionsOf: PositionsOf): void;
}

/** What the row index says about a column, by its id. */
export type PositionsOf = (column: number) => Positions;

/** The part of a column reader that differs between types: values in the slots that are present. */
export interface ValueReader {
  read(size: number, present: Slots): ColumnVector;
  /** `positions` are those of this column, without PRESENT. */
  seek(positions: Positions, positionsOf: PositionsOf): void;
}

export function columnReader(source: ColumnSource): ColumnReader {
  const { core, type, budget, place } = source;
  const values = valueReader(source);
  const slotBytes = bytesOfSlot(type.category);
  const hasPresent = source.stream('PRESENT') !== undefined;
  const present = hasPresent ? bitReader(core, streamOf(source, 'PRESENT')) : undefined;
  return {
    read(size, existing = { address: 0, count: size, bits: undefined }) {
      try {
        budget.spend(size * slotBytes);
        const slots = present === undefined ? existing : present.read(size, existing);
        const vector = values.read(size, slots);
        return slots.bits === undefined || slots.count === size ? vector : { ...vector, present: slots.bits };
      } catch (error) {
        throw withPlace(error, place);
      }
    },
    seek(positionsOf) {
      const positions = positionsOf(type.id);
      present?.seek(positions);
      values.seek(positions, positionsOf);
    },
  };
}

/** What a slot takes in a vector, besides the bytes of strings. Nothing is free, or a damaged file could have any number. */
function bytesOfSlot(category: Category): number {
  switch (category) {
    case 'boolean':
    case 'tinyint':
    case 'struct':
    case 'uniontype':
      return 1;
    case 'bigint':
    case 'double':
      return 8;
    case 'timestamp':
    case 'timestamp with local time zone':
      return 12;
    case 'decimal':
      return 16;
    default:
      return 4;
  }
}

function valueReader(source: ColumnSource): ValueReader {
  const { type, encoding } = source;
  switch (type.category) {
    case 'boolean':
      return booleanValues(source);
    case 'tinyint':
      return byteValues(source);
    case 'smallint':
    case 'int':
    case 'date':
      return intValues(source);
    case 'bigint':
      return longValues(source);
    case 'float':
      return floatValues(source);
    case 'double':
      return doubleValues(source);
    case 'decimal':
      return decimalValues(source);
    case 'timestamp':
    case 'timestamp with local time zone':
      return timestampValues(source);
    case 'string':
    case 'binary':
    case 'varchar':
    case 'char':
    case 'geometry':
    case 'geography':
      return encoding.kind.startsWith('DICTIONARY') ? dictionaryValues(source) : directValues(source);
    case 'struct':
      return structValues(source, children());
    case 'array':
    case 'map':
      return listValues(source, children());
    case 'uniontype':
      return unionValues(source, children());
  }

  function children(): ColumnReader[] {
    return type.children.map((_, i) => columnReader(source.child(i)));
  }
}
