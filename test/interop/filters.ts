import type { SearchArgument, TypeDescription } from 'orc-writer-wasm';
import type { Raw } from '../../orc-writer-wasm/test/helpers/nested.ts';
import type { Random } from '../../orc-writer-wasm/test/helpers/random.ts';
import { shownText } from './plain-values.ts';
import type { Table } from './random-table.ts';

/** A predicate on one column of the root and the rows for which it is true. */
export interface Filter {
  readonly column: string;
  readonly operator: 'equals' | 'in' | 'lessThan' | 'atMost' | 'between' | 'isNull';
  readonly isNegated: boolean;
  /** As text: numbers in plain or exponential notation, dates and timestamps as `Reader.rows()` has them. */
  readonly literals: readonly string[];
  /** Numbers of rows. */
  readonly ordinals: readonly number[];
}

/** Some filters for some columns, most of them with values that the column has. */
export function randomFilters(r: Random, { schema, columns }: Table, count: number): Filter[] {
  const fit = schema.children.flatMap((type, i) => (isComparable(type) ? [i] : []));
  return Array.from({ length: count }, () => {
    const at = r.pick(fit);
    const [type = schema, name = '', values = []] = [schema.children[at], schema.fieldNames[at], columns[at]];
    const present = values.filter((value) => value !== null && !isOdd(value));
    const operator = present.length === 0 ? 'isNull' : r.pick(operators);
    const literals = Array.from({ length: arity[operator] }, () => r.pick(present)).toSorted((a, b) =>
      operator === 'between' ? compare(type, a, b) : 0,
    );
    const isNegated = r.below(3) === 0;
    return {
      column: name,
      operator,
      isNegated,
      literals: literals.map((literal) => shownText(type, literal)),
      ordinals: values.flatMap((value, row) =>
        holds(type, operator, value, literals) === !isNegated ? [row] : [],
      ),
    };
  });
}

const operators = ['equals', 'equals', 'in', 'lessThan', 'atMost', 'between', 'isNull'] as const;
const arity = { equals: 1, in: 3, lessThan: 1, atMost: 1, between: 2, isNull: 0 };

/** The same filter for our reader. */
export function searchArgument(
  { column, operator, literals, isNegated }: Filter,
  { category }: TypeDescription,
): SearchArgument {
  const [first = '', second = ''] = literals.map((literal) => parsed(literal, category));
  const argument: SearchArgument = {
    equals: { column, equals: first },
    in: { column, in: literals.map((literal) => parsed(literal, category)) },
    lessThan: { column, lessThan: first },
    atMost: { column, atMost: first },
    between: { column, between: [first, second] as const },
    isNull: { column, isNull: true as const },
  }[operator];
  return isNegated ? { not: argument } : argument;
}

function parsed(literal: string, category: TypeDescription['category']): string | number | bigint | boolean {
  if (category === 'boolean') return literal === 'true';
  if (category === 'bigint') return BigInt(literal);
  return ['tinyint', 'smallint', 'int', 'float', 'double'].includes(category) ? Number(literal) : literal;
}

function isComparable({ category, children }: TypeDescription): boolean {
  return children.length === 0 && category !== 'binary';
}

/** Literals that engines cannot spell, or that they compare each in their own way. */
function isOdd(value: Raw): boolean {
  return value === 0 || (typeof value === 'number' && !Number.isFinite(value));
}

/** Comparisons with null are neither true nor false. */
function holds(
  type: TypeDescription,
  operator: Filter['operator'],
  value: Raw,
  literals: readonly Raw[],
): boolean | undefined {
  if (operator === 'isNull') return value === null;
  if (value === null) return undefined;
  const [first = null, second = null] = literals.map((literal) => compare(type, value, literal));
  switch (operator) {
    case 'lessThan':
      return (first ?? 0) < 0;
    case 'atMost':
      return (first ?? 1) <= 0;
    case 'between':
      return (first ?? -1) >= 0 && (second ?? 1) <= 0;
    default:
      return literals.some((literal) => compare(type, value, literal) === 0);
  }
}

/** NaN with a NaN that no comparison takes. */
function compare(type: TypeDescription, a: Raw, b: Raw): number {
  if (typeof a === 'string' && typeof b === 'string') {
    return Buffer.compare(Buffer.from(shownText(type, a)), Buffer.from(shownText(type, b)));
  }
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : Number(a > b);
  return Number(a) - Number(b);
}
