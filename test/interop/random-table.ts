import { parseSchema, type TypeDescription } from 'orc-writer-wasm';
import { randomType, type Raw } from '../../orc-writer-wasm/test/helpers/nested.ts';
import type { Random } from '../../orc-writer-wasm/test/helpers/random.ts';
import { randomTable as randomColumns } from '../../orc-writer-wasm/test/helpers/table.ts';
import { plainValue } from './plain-values.ts';

export interface Table {
  /** A struct, whose first column `ordinal` is the number of the row. */
  readonly schema: TypeDescription;
  /** The values of every column, row by row. */
  readonly columns: readonly (readonly Raw[])[];
  readonly rows: number;
}

/** `flat`: many rows, made for the encodings. `nested`: types inside types. `extremes`: the limits of every type. */
export type TableKind = 'flat' | 'nested' | 'extremes';

export function randomTable(r: Random, kind: TableKind): Table {
  const rows = r.pick({ flat: [9000, 24_000], nested: [0, 1, 900, 3000], extremes: [2500, 6000] }[kind]);
  const columns = { flat: flatColumns, nested: nestedColumns, extremes: extremeColumns }[kind](r, rows);
  return {
    schema: parseSchema(
      `struct<ordinal:int,${columns.map(({ name, type }) => `${name}:${type}`).join(',')}>`,
    ),
    columns: [Array.from({ length: rows }, (_, row) => row), ...columns.map(({ values }) => values)],
    rows,
  };
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly values: readonly Raw[];
}

function flatColumns(r: Random, rows: number): Column[] {
  const others = [
    'boolean',
    'tinyint',
    'float',
    'double',
    'decimal(9,2)',
    'decimal(30,4)',
    'char(6)',
    'varchar(9)',
  ];
  return [...randomColumns(r, rows), ...columnsOf(r, rows, ['bigint', r.pick(others), r.pick(others)], 'f')];
}

function nestedColumns(r: Random, rows: number): Column[] {
  const types = Array.from({ length: 2 + r.below(3) }, () => randomType(r, 3));
  return columnsOf(r, rows, types, 'n');
}

function extremeColumns(r: Random, rows: number): Column[] {
  const types = [
    ...everyFlatType,
    `array<${r.pick(everyFlatType)}>`,
    `struct<a:${r.pick(everyFlatType)},b:int>`,
  ];
  return columnsOf(r, rows, types, 'e');
}

const everyFlatType = [
  ...['boolean', 'tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'decimal(18,6)', 'decimal(38,9)'],
  ...['string', 'char(5)', 'varchar(7)', 'binary', 'date', 'timestamp', 'timestamp with local time zone'],
];

function columnsOf(r: Random, rows: number, types: readonly string[], prefix: string): Column[] {
  const isWide = r.below(2) === 0;
  return types.map((type, i) => {
    const nulls = r.pick([0, 0, 0.03, 0.5, 1]);
    const description = parseSchema(type);
    const values = Array.from({ length: rows }, () => randomValue(r, description, nulls, isWide));
    return { name: `${prefix}${i}_${description.category.replaceAll(' ', '_')}`, type, values };
  });
}

/**
 * `nulls` is the part of values that is null, on every level but in keys, which Arrow wants to be there; `isWide`
 * lets dates and times leave the years that fit 64 bits of nanoseconds.
 */
function randomValue(r: Random, type: TypeDescription, nulls: number, isWide: boolean): Raw {
  if (r.below(1000) < nulls * 1000) return null;
  const inner = (index: number, part = Math.min(nulls, 0.5)): Raw =>
    randomValue(r, type.children[index] ?? type, part, isWide);
  switch (type.category) {
    case 'array':
      return Array.from({ length: r.below(4) }, () => inner(0));
    case 'map':
      return distinctKeys(
        type,
        Array.from({ length: r.below(3) }, () => [inner(0, 0), inner(1)]),
      );
    case 'struct':
      return type.children.map((_, i) => inner(i));
    case 'uniontype': {
      const tag = r.below(type.children.length);
      return { tag, value: inner(tag) };
    }
    default:
      return r.below(4) === 0 ? r.pick(limitsOf(type, isWide)) : commonValue(r, type);
  }
}

/** Rows as objects have maps as JavaScript has them, with keys as they are read and -0 as 0. */
function distinctKeys({ children }: TypeDescription, entries: readonly Raw[][]): Raw[][] {
  const [keyType] = children;
  const texts = entries.map(([key = null]) => JSON.stringify(keyType && plainValue(keyType, key)));
  return entries.filter(([key], i) => texts.indexOf(texts[i] ?? '') === i && !Object.is(key, -0));
}

const DAY = 86_400_000;
const BILLION = 1_000_000_000n;

function commonValue(r: Random, { category, precision = 0 }: TypeDescription): Raw {
  switch (category) {
    case 'boolean':
      return r.below(2) === 1;
    case 'tinyint':
      return r.below(5);
    case 'smallint':
      return r.below(65_536) - 32_768;
    case 'int':
      return r.below(200_000) - 100_000;
    case 'bigint':
      return r.below(2) === 0 ? r.bits64() : BigInt(r.below(1000));
    case 'float':
      return Math.fround(r.below(1e6) / 7);
    case 'double':
      return r.below(1e9) / 7 - 6e7;
    case 'decimal':
      return ((r.bits64() << 64n) | BigInt.asUintN(64, r.bits64())) % 10n ** BigInt(r.below(precision + 1));
    case 'date':
      return r.below(40_000) - 20_000;
    case 'timestamp':
    case 'timestamp with local time zone':
      return BigInt(r.below(4e9) - 2e9) * BILLION + BigInt(r.below(1000) * r.pick([0, 1000, 1_000_000]));
    case 'binary':
      return Uint8Array.from({ length: r.below(5) }, () => r.below(256));
    default:
      return r.pick([
        '',
        'né',
        '日本語テキスト',
        'key 1+#',
        '"quoted"\n',
        `n${r.below(20)}`,
        `n${r.below(1e6)}`,
      ]);
  }
}

/** The values at the edge of what a type holds, and where readers are known to go wrong. */
function limitsOf({ category, precision = 0 }: TypeDescription, isWide: boolean): readonly Raw[] {
  switch (category) {
    case 'boolean':
      return [true, false];
    case 'tinyint':
      return [-128, 127];
    case 'smallint':
      return [-32_768, 32_767];
    case 'int':
      return [-(2 ** 31), 2 ** 31 - 1];
    case 'bigint':
      return [-(2n ** 63n), 2n ** 63n - 1n, -(2n ** 56n), 0n];
    case 'float':
      return [Number.NaN, -0, 0, Infinity, -Infinity, 2 ** -149, Math.fround(3.402_823_466e38)];
    case 'double':
      return [Number.NaN, -0, 0, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE];
    case 'decimal':
      return [10n ** BigInt(precision) - 1n, 1n - 10n ** BigInt(precision), 0n];
    case 'date':
      return days(isWide).map((day) => Date.parse(day) / DAY);
    case 'timestamp':
    case 'timestamp with local time zone':
      return [
        ...days(isWide).map((day) => BigInt(Date.parse(`${day}T23:59:59Z`)) * 1_000_000n),
        ...[0n, -BILLION, -1_500_000_000n, -2_000_000_001n, 1n, 999_999_999n],
      ];
    case 'binary':
      return [new Uint8Array(0), new Uint8Array(1500).fill(0xff)];
    default:
      return ['', ' ', 'a ', '\u{0}', '\u{d7ff}', '\u{e000}', '\u{10ffff}'.repeat(400), 'long '.repeat(300)];
  }
}

/** The first and the last with a year of four digits, the gap of the old calendar, and those around 1970. */
function days(isWide: boolean): string[] {
  const wide = ['0001-01-01', '9999-12-31', '1582-10-04', '1582-10-15'];
  return [...(isWide ? wide : []), '1900-01-01', '1969-12-31', '1970-01-01', '2262-04-10'];
}
