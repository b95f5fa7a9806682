import type { ColumnVector } from './columns.ts';
import { region, type Core, type Region } from './core.ts';
import { MemoryLimitError, SchemaMismatchError } from './errors.ts';
import type { TypeDescription } from './schema.ts';
import { copyIn, SLACK } from './workspace.ts';

/** A column that rows are sorted by. */
export interface SortKey {
  /** A field of the root struct, of a type without types inside. */
  readonly column: string;
  /** Default `asc`. Strings are compared as unsigned bytes; NaN is above all numbers and -0 below 0. */
  readonly order?: 'asc' | 'desc';
  /** Default: nulls are below all values, so `first` when ascending and `last` when descending. */
  readonly nulls?: 'first' | 'last';
}

/** A key in four parts; see assembly/merge.ts for what they are for. */
export type KeyParts = readonly [
  group: readonly SortKey[],
  order: readonly SortKey[],
  twins: readonly SortKey[],
  rank: readonly SortKey[],
];

/** Makes the keys of rows as bytes in wasm memory, where they are compared. */
export interface KeyBuilder {
  /** The places in a batch of the columns that the keys are made of. */
  readonly columns: readonly number[];
  /**
   * The address of the records of `rows` rows, given these columns of them. They last until the next call with this
   * slot.
   */
  build(vectors: readonly ColumnVector[], rows: number, slot: number): number;
}

const DESCENDING = 1;
const NULLS_LAST = 2;
const CONTINUED = 4;
/** As assembly/sort-keys.ts has it. */
export const RECORD_BYTES = 20;

/** @throws {SchemaMismatchError} when there is no such column, or it has types inside */
export function keyBuilder(core: Core, schema: TypeDescription, parts: KeyParts): KeyBuilder {
  const { kernels } = core;
  const wanted = parts.map((keys) => keys.map((key) => keyColumn(core, schema, key)));
  const all = wanted.flat();
  const lengths = region(core);
  const slots: Region[] = [];

  return {
    columns: all.map(({ index }) => index),
    build(vectors, rows, slot) {
      all.forEach((column, i) => column.load(vectors[i]));
      const lengthsAt = lengths.reserve(rows * 4 + SLACK);
      const fixed = all.reduce((sum, column) => sum + column.fixedBytes, 0);
      kernels.startKeys(lengthsAt, rows, fixed);
      const total = all.reduce((sum, column) => sum + (column.measure?.(rows, lengthsAt) ?? 0), fixed * rows);
      if (total > MOST_BYTES) {
        throw new MemoryLimitError('memory-limit', `the keys of ${rows} rows have ${total} bytes`);
      }
      const recordBytes = rows * RECORD_BYTES;
      const records = (slots[slot] ??= region(core)).reserve(recordBytes + total + SLACK);
      kernels.placeKeys(lengthsAt, rows, records + recordBytes, records);
      wanted.forEach((columns, part) => {
        for (const column of columns) column.add(rows, records);
        if (part < 3) kernels.endPart(records, rows, part + 1);
      });
      return records;
    },
  };
}

const MOST_BYTES = 2 ** 31 - 1;

interface KeyColumn {
  readonly index: number;
  readonly fixedBytes: number;
  load(vector: ColumnVector | undefined): void;
  /** Adds what the rows need above `fixedBytes` to `lengths`; returns the sum. */
  measure?(rows: number, lengths: number): number;
  add(rows: number, records: number): void;
}

function keyColumn(core: Core, schema: TypeDescription, key: SortKey): KeyColumn {
  const index = schema.fieldNames.indexOf(key.column);
  const type = schema.children[index];
  if (type === undefined) {
    throw new SchemaMismatchError('bad-option', `there is no column ${key.column} to sort by`);
  }
  const isDescending = key.order === 'desc';
  const nulls = key.nulls ?? (isDescending ? 'last' : 'first');
  const flags = (isDescending ? DESCENDING : 0) | (nulls === 'last' ? NULLS_LAST : 0);
  const input = region(core);
  const presentRegion = region(core);
  let present = 0;
  return { index, ...form() };

  function form(): Omit<KeyColumn, 'index'> {
    switch (type?.category) {
      case 'boolean':
        return numbers(2, (vector) => ('bits' in vector ? [[vector.bits, addBits]] : undefined));
      case 'tinyint':
        return numbers(2, (vector) => ('values' in vector ? [[vector.values, addIntegers(1)]] : undefined));
      case 'smallint':
      case 'int':
      case 'date':
        return numbers(5, (vector) => ('values' in vector ? [[vector.values, addIntegers(4)]] : undefined));
      case 'bigint':
        return numbers(9, (vector) => ('values' in vector ? [[vector.values, addIntegers(8)]] : undefined));
      case 'float':
      case 'double': {
        const isFloat = Number(type.category === 'float');
        return numbers(9, (vector) =>
          'values' in vector ? [[vector.values, addDoubles(isFloat)]] : undefined,
        );
      }
      case 'decimal':
        return numbers(17, (vector) => {
          if ('low' in vector) {
            return [
              [vector.high, addIntegers(8)],
              [vector.low, addLow],
            ];
          }
          if (!('values' in vector)) return undefined;
          return [
            [vector.values, addSigns],
            [vector.values, addLow],
          ];
        });
      case 'timestamp':
      case 'timestamp with local time zone':
        return numbers(13, (vector) => {
          if (!('seconds' in vector)) return undefined;
          return [
            [vector.seconds, addIntegers(8)],
            [vector.nanos, addIntegers(4)],
          ];
        });
      case 'string':
      case 'binary':
      case 'char':
      case 'varchar':
        return strings();
      default:
        throw new SchemaMismatchError(
          'bad-option',
          `column ${key.column} (${type?.category}) cannot be sorted by`,
        );
    }
  }

  /** Columns of fixed width: one array of values, or two whose bytes follow one another in the key. */
  function numbers(
    fixedBytes: number,
    arraysOf: (vector: ColumnVector) => readonly (readonly [ArrayBufferView, Add])[] | undefined,
  ): Omit<KeyColumn, 'index'> {
    const inputs = [input, region(core)];
    let loaded: (readonly [values: number, add: Add, flags: number])[] = [];
    return {
      fixedBytes,
      load(vector) {
        present = loadPresent(vector);
        const arrays = vector === undefined ? undefined : arraysOf(vector);
        if (arrays === undefined) throw badVector();
        loaded = arrays.map(([array, add], i) => [
          copyIn(core, inputs[i] ?? input, array),
          add,
          i === 0 ? flags : flags | CONTINUED,
        ]);
      },
      add(rows, records) {
        for (const [values, add, withFlags] of loaded) add(values, rows, withFlags, records);
      },
    };
  }

  function strings(): Omit<KeyColumn, 'index'> {
    const offsetsRegion = region(core);
    const idsRegion = region(core);
    let data = 0;
    let offsets = 0;
    let ids = 0;
    return {
      fixedBytes: 0,
      load(vector) {
        present = loadPresent(vector);
        const isNumbered = vector !== undefined && 'ids' in vector;
        const plain = isNumbered ? vector.dictionary : vector;
        if (plain === undefined || !('data' in plain)) throw badVector();
        ids = isNumbered ? copyIn(core, idsRegion, vector.ids) : 0;
        data = copyIn(core, input, plain.data);
        offsets = copyIn(core, offsetsRegion, plain.offsets);
      },
      measure: (rows, lengths) => core.kernels.measureStrings(ids, offsets, data, present, rows, lengths),
      add: (rows, records) => core.kernels.addStringKeys(ids, offsets, data, present, rows, flags, records),
    };
  }

  function loadPresent(vector: ColumnVector | undefined): number {
    return vector?.present === undefined ? 0 : copyIn(core, presentRegion, vector.present);
  }

  function addIntegers(width: number): Add {
    return (values, rows, withFlags, records) =>
      core.kernels.addIntegerKeys(values, width, present, rows, withFlags, records);
  }

  function addDoubles(isFloat: number): Add {
    return (values, rows, withFlags, records) =>
      core.kernels.addDoubleKeys(values, isFloat, present, rows, withFlags, records);
  }

  function addSigns(values: number, rows: number, withFlags: number, records: number): void {
    core.kernels.addSignKeys(values, present, rows, withFlags, records);
  }

  function addLow(values: number, rows: number, withFlags: number, records: number): void {
    core.kernels.addUnsignedKeys(values, present, rows, withFlags, records);
  }

  function addBits(values: number, rows: number, withFlags: number, records: number): void {
    core.kernels.addBitKeys(values, present, rows, withFlags, records);
  }

  function badVector(): SchemaMismatchError {
    return new SchemaMismatchError(
      'bad-vector',
      `column ${key.column} (${type?.category}) has a vector of another type`,
    );
  }
}

type Add = (values: number, rows: number, flags: number, records: number) => void;
