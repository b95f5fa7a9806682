import type { BloomFilter, BloomKey, MayHave } from './bloom-filter.ts';
import { daysOf, nanosOf, secondsOf } from './calendar-text.ts';
import { findColumn } from './column-path.ts';
import { parseDecimal, formatDecimal, trimDecimal, type Decimal } from './decimal.ts';
import { SchemaMismatchError } from './errors.ts';
import type { TypeDescription } from './schema.ts';
import type { ColumnStatistics } from './statistics.ts';

/** A value as `RowValue` has it, or a boolean; numbers may be given as bigint too. */
export type Literal = string | number | bigint | boolean | Uint8Array;

/**
 * Which rows are wanted. It only decides which stripes and row groups are read, by statistics and bloom filters, so
 * rows that do not fit may come with those that do; none that fits is left out. Comparisons with null are never true.
 * Columns are named by path, not through lists, maps or unions.
 */
export type SearchArgument =
  | { readonly and: readonly SearchArgument[] }
  | { readonly or: readonly SearchArgument[] }
  | { readonly not: SearchArgument }
  | { readonly column: string; readonly isNull: true }
  | { readonly column: string; readonly equals: Literal }
  | { readonly column: string; readonly in: readonly Literal[] }
  | { readonly column: string; readonly lessThan: Literal }
  | { readonly column: string; readonly atMost: Literal }
  | { readonly column: string; readonly between: readonly [Literal, Literal] };

/** What is known of the rows of a file, stripe or row group, by column id. */
export interface Evidence {
  statistics(column: number): ColumnStatistics | undefined;
  bloomFilter(column: number): BloomFilter | undefined;
}

/** A search argument for one schema. */
export interface Search {
  /** Columns whose statistics are looked at. */
  readonly columns: ReadonlySet<number>;
  /** Whether there may be a wanted row; false is certain. */
  mayMatch(evidence: Evidence): boolean;
}

/** What a predicate can be for some row, as a set of bits. */
const YES = 1;
const NO = 2;
const NULL = 4;
const outcomes = [YES, NO, NULL];

/** @throws {SchemaMismatchError} when a column or literal does not fit the schema */
export function prepareSearch(argument: SearchArgument, schema: TypeDescription, mayHave: MayHave): Search {
  const columns = new Set<number>();
  const evaluate = compile(argument);
  return { columns, mayMatch: (evidence) => (evaluate(evidence) & YES) !== 0 };

  function compile(node: SearchArgument): (evidence: Evidence) => number {
    if ('and' in node) return combined(node.and.map(compile), YES, (a, b) => Math.max(rank(a), rank(b)));
    if ('or' in node) return combined(node.or.map(compile), NO, (a, b) => Math.min(rank(a), rank(b)));
    if ('not' in node) {
      const inner = compile(node.not);
      return (evidence) => {
        const found = inner(evidence);
        return (found & NULL) | (found & YES ? NO : 0) | (found & NO ? YES : 0);
      };
    }
    return predicate(node);
  }

  function predicate(node: Extract<SearchArgument, { column: string }>): (evidence: Evidence) => number {
    const type = findColumn(schema, node.column);
    const isNested = !schema.children.includes(type);
    if (isInsideCollection(schema, type.id)) {
      throw new SchemaMismatchError('bad-option', `${node.column} is inside a list, map or union`);
    }
    columns.add(type.id);
    if ('isNull' in node) {
      return (evidence) => {
        const { numberOfValues = -1, hasNull = true } = evidence.statistics(type.id) ?? {};
        if (numberOfValues === 0) return YES | (hasNull || isNested ? 0 : NO);
        return hasNull || isNested ? YES | NO : NO;
      };
    }
    const compare = comparison(node, type);
    return (evidence) => {
      const statistics = evidence.statistics(type.id);
      if (statistics === undefined) return YES | NO | NULL;
      // A field of a struct is null, too, where the struct is: its own statistics do not know of that.
      const nulls = statistics.hasNull || isNested ? NULL : 0;
      if (statistics.numberOfValues === 0) return NULL;
      return nulls | compare(boundsOf(statistics, type), evidence.bloomFilter(type.id));
    };
  }

  function comparison(
    node: Exclude<Extract<SearchArgument, { column: string }>, { isNull: true }>,
    type: TypeDescription,
  ): (bounds: Bounds, filter: BloomFilter | undefined) => number {
    if ('equals' in node || 'in' in node) {
      const wanted = ('in' in node ? node.in : [node.equals]).map((literal) => comparable(literal, type));
      const keys = wanted.map((value) => bloomKey(value, type));
      return ({ least, most, isExact }, filter) => {
        const possible = wanted.filter((value, i) => {
          const key = keys[i];
          if (least !== undefined && order(value, least) < 0) return false;
          if (most !== undefined && order(value, most) > 0) return false;
          return filter === undefined || key === undefined || mayHave(filter, key);
        });
        if (possible.length === 0) return NO;
        const isOne = isExact && least !== undefined && most !== undefined && order(least, most) === 0;
        return isOne ? YES : YES | NO;
      };
    }
    if ('between' in node) {
      const [low, high] = node.between.map((literal) => comparable(literal, type));
      if (low === undefined || high === undefined)
        throw new SchemaMismatchError('bad-option', 'between needs two');
      return ({ least, most }) => {
        if (least !== undefined && order(least, high) > 0) return NO;
        if (most !== undefined && order(most, low) < 0) return NO;
        const areAll =
          least !== undefined && most !== undefined && order(least, low) >= 0 && order(most, high) <= 0;
        return areAll ? YES : YES | NO;
      };
    }
    const isStrict = 'lessThan' in node;
    const limit = comparable('lessThan' in node ? node.lessThan : node.atMost, type);
    const isBelow = (value: Comparable): boolean => order(value, limit) < (isStrict ? 0 : 1);
    return ({ least, most }) => {
      if (least !== undefined && !isBelow(least)) return NO;
      return most !== undefined && isBelow(most) ? YES : YES | NO;
    };
  }
}

/** `and` takes the greater of YES < NULL < NO, `or` the smaller. */
function rank(outcome: number): number {
  return outcome === YES ? 0 : outcome === NULL ? 1 : 2;
}

function combined(
  parts: readonly ((evidence: Evidence) => number)[],
  neutral: number,
  combine: (a: number, b: number) => number,
): (evidence: Evidence) => number {
  const byRank = [YES, NULL, NO];
  return (evidence) =>
    parts
      .map((part) => part(evidence))
      .reduce((before, found) => {
        let both = 0;
        for (const a of outcomes.filter((outcome) => before & outcome)) {
          for (const b of outcomes.filter((outcome) => found & outcome)) both |= byRank[combine(a, b)] ?? 0;
        }
        return both;
      }, neutral);
}

function isInsideCollection(type: TypeDescription, id: number): boolean {
  const child = type.children.find((each) => each.id <= id && id <= each.maximumId);
  if (child === undefined) return false;
  return type.category !== 'struct' || isInsideCollection(child, id);
}

/** Timestamps are nanoseconds, dates days. */
type Comparable = bigint | number | Uint8Array | Decimal;

interface Bounds {
  readonly least?: Comparable | undefined;
  readonly most?: Comparable | undefined;
  /** Whether both are values that occur. */
  readonly isExact: boolean;
}

function order(a: Comparable, b: Comparable): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (typeof a === 'object' && typeof b === 'object' && 'scale' in a && 'scale' in b) {
    const scale = Math.max(a.scale, b.scale);
    return order(a.unscaled * 10n ** BigInt(scale - a.scale), b.unscaled * 10n ** BigInt(scale - b.scale));
  }
  return a < b ? -1 : Number(a > b);
}

function boundsOf({ numberOfValues, values }: ColumnStatistics, type: TypeDescription): Bounds {
  switch (values?.kind) {
    case 'integer':
      return { least: values.minimum, most: values.maximum, isExact: true };
    case 'date':
      return { least: values.minimum, most: values.maximum, isExact: true };
    case 'double': {
      // A NaN somewhere makes the bounds worthless.
      const { minimum = Number.NaN, maximum = Number.NaN, sum } = values;
      const isUsable = !Number.isNaN(minimum) && !Number.isNaN(maximum) && !Number.isNaN(sum);
      return isUsable ? { least: minimum, most: maximum, isExact: true } : { isExact: false };
    }
    case 'decimal': {
      const decimal = (unscaled: bigint | undefined): Decimal | undefined =>
        unscaled === undefined ? undefined : { unscaled, scale: values.scale };
      return { least: decimal(values.minimum), most: decimal(values.maximum), isExact: true };
    }
    case 'string': {
      const { minimum, maximum, lowerBound, upperBound } = values;
      const isExact = minimum !== undefined && maximum !== undefined;
      return { least: minimum ?? lowerBound, most: maximum ?? upperBound, isExact };
    }
    case 'timestamp': {
      const { minimum, maximum } = values;
      return {
        least: minimum && minimum.millis * 1_000_000n + BigInt(minimum.nanos),
        most: maximum && maximum.millis * 1_000_000n + BigInt(maximum.nanos),
        isExact: false,
      };
    }
    case 'boolean':
      return {
        least: values.trueCount === BigInt(numberOfValues) ? 1n : 0n,
        most: values.trueCount === 0n ? 0n : 1n,
        isExact: true,
      };
    case 'binary':
    case 'collection':
    case undefined:
      if (type.children.length > 0) throw new SchemaMismatchError('bad-option', NOT_COMPARABLE);
      return { isExact: false };
  }
}

const NOT_COMPARABLE = 'a column with columns inside can only be compared with null';

function comparable(literal: Literal, type: TypeDescription): Comparable {
  const value = convert(literal, type);
  if (value !== undefined) return value;
  throw new SchemaMismatchError('bad-option', `a ${typeof literal} cannot be compared with ${type.category}`);
}

function convert(literal: Literal, { category, maximumLength = 0 }: TypeDescription): Comparable | undefined {
  switch (category) {
    case 'boolean':
      return typeof literal === 'boolean' ? BigInt(literal) : undefined;
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      if (typeof literal === 'bigint') return literal;
      return Number.isInteger(literal) ? BigInt(Number(literal)) : undefined;
    case 'float':
    case 'double':
      return typeof literal === 'number' && !Number.isNaN(literal) ? literal : undefined;
    case 'decimal':
      return typeof literal === 'string' || typeof literal === 'number' || typeof literal === 'bigint'
        ? parseDecimal(String(literal))
        : undefined;
    case 'date':
      return typeof literal === 'string' ? known(daysOf(literal)) : undefined;
    case 'timestamp':
    case 'timestamp with local time zone':
      return typeof literal === 'string' ? instantOf(literal) : undefined;
    case 'char':
      return typeof literal === 'string'
        ? Buffer.from(literal + ' '.repeat(Math.max(0, maximumLength - Array.from(literal).length)))
        : undefined;
    case 'string':
    case 'varchar':
      return typeof literal === 'string' ? Buffer.from(literal) : undefined;
    case 'binary':
      return literal instanceof Uint8Array ? literal : undefined;
    default:
      return undefined;
  }
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

function instantOf(text: string): bigint | undefined {
  const seconds = known(secondsOf(text));
  return seconds === undefined ? undefined : BigInt(seconds) * 1_000_000_000n + BigInt(nanosOf(text));
}

/** How the value is in a bloom filter; undefined where it cannot be asked for. */
function bloomKey(value: Comparable, { category }: TypeDescription): BloomKey | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'object') return Buffer.from(formatDecimal(trimDecimal(value)));
  if (category === 'float' || category === 'double') {
    // Both zeros are equal, but have bits of their own.
    const bits = new BigInt64Array(Float64Array.of(Number(value)).buffer);
    return value === 0 ? undefined : bits[0];
  }
  // Java writes filters for booleans, too, and puts nothing into them.
  if (category === 'boolean') return undefined;
  if (category.startsWith('timestamp')) {
    // Before 1970 some writers round to the millisecond before and some to the one after.
    const nanos = BigInt(value);
    return nanos < 0n && nanos % 1_000_000n !== 0n ? undefined : BigInt.asIntN(64, nanos / 1_000_000n);
  }
  return BigInt.asIntN(64, BigInt(value));
}
