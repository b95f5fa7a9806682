import type { ColumnVector } from '../../src/columns.ts';
import { formatDecimal } from '../../src/decimal.ts';
import type { NestedValue } from '../../src/row-values.ts';
import type { TypeDescription } from '../../src/schema.ts';
import type { Random } from './random.ts';
import { stringsOf } from './table.ts';

/**
 * A value as it goes into vectors: days of a date, unscaled decimals, nanoseconds of timestamps; lists of elements
 * and of entries, of fields, and `{ tag, value }`.
 */
export type Raw =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Raw[]
  | { readonly tag: number; readonly value: Raw };

const flat = ['boolean', 'tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'string', 'binary'];
const flatMore = ['date', 'timestamp', 'timestamp with local time zone', 'char(4)', 'varchar(3)'];
const decimals = ['decimal(9,2)', 'decimal(18,0)', 'decimal(38,10)', 'decimal(20,20)'];

/** The text of a random type. */
export function randomType(r: Random, depth: number): string {
  const inner = (): string => randomType(r, depth - 1);
  if (depth === 0 || r.below(2) === 0) return r.pick([...flat, ...flatMore, ...decimals]);
  switch (r.below(4)) {
    case 0:
      return `array<${inner()}>`;
    case 1:
      return `map<${inner()},${inner()}>`;
    case 2:
      return `uniontype<${Array.from({ length: 1 + r.below(3) }, inner).join(',')}>`;
    default:
      return `struct<${Array.from({ length: 1 + r.below(3) }, (_, i) => `f${i}:${inner()}`).join(',')}>`;
  }
}

/** Makes values of a type; `nulls` is the part of them that is null, on every level. */
export function rawValue(r: Random, type: TypeDescription, nulls: number): Raw {
  if (r.below(1000) < nulls * 1000) return null;
  const { category, children, precision = 38 } = type;
  const inner = (index: number): Raw => rawValue(r, children[index] ?? type, nulls);
  switch (category) {
    case 'boolean':
      return r.below(2) === 1;
    case 'tinyint':
      return r.below(3) === 0 ? r.below(256) - 128 : 7;
    case 'smallint':
      return r.below(65_536) - 32_768;
    case 'int':
    case 'date':
      return r.below(200_000) - 100_000;
    case 'bigint':
      return r.bits64();
    case 'float':
      return Math.fround(r.pick([0, -0, Number.NaN, Infinity, 1.5, r.below(1e6) / 7]));
    case 'double':
      return r.pick([0, -0, -Infinity, 0.1, r.below(1e9) / 7 - 1e8]);
    case 'decimal': {
      const limit = 10n ** BigInt(r.below(precision + 1));
      const wide = (r.bits64() << 64n) | BigInt.asUintN(64, r.bits64());
      return wide % limit;
    }
    case 'char':
    case 'varchar':
    case 'string':
      return r.pick(['', 'a', 'né', '日本語テキスト', '🙂🙂🙂🙂🙂', 'key 1+#', `n${r.below(1e6)}`]);
    case 'binary':
      return Uint8Array.from({ length: r.below(5) }, () => r.below(256));
    case 'timestamp':
    case 'timestamp with local time zone':
      return BigInt(r.below(4e9) - 2e9) * 10n ** 9n + BigInt(r.below(1000)) * r.pick([1n, 1000n, 1_000_000n]);
    case 'array':
      return Array.from({ length: r.below(4) }, () => inner(0));
    case 'map':
      // Arrow refuses keys that are null.
      return Array.from({ length: r.below(3) }, () => [rawValue(r, children[0] ?? type, 0), inner(1)]);
    case 'struct':
      return children.map((_, i) => inner(i));
    default: {
      const tag = r.below(children.length);
      return { tag, value: inner(tag) };
    }
  }
}

/** Values as a vector; whatever fits lies in the slots of nulls. */
export function rawVector(type: TypeDescription, values: readonly Raw[]): ColumnVector {
  const present = new Uint8Array((values.length + 7) >> 3);
  values.forEach((value, i) => {
    if (value !== null) present[i >> 3] = (present[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return { ...slots(type, values), ...(values.includes(null) ? { present } : {}) };
}

function slots(type: TypeDescription, values: readonly Raw[]): ColumnVector {
  const { category, children } = type;
  const child = (index: number, of: readonly Raw[]): ColumnVector => rawVector(children[index] ?? type, of);
  switch (category) {
    case 'boolean': {
      const bits = new Uint8Array((values.length + 7) >> 3).fill(0xaa);
      values.forEach((value, i) => {
        const bit = 1 << (i & 7);
        if (value !== null)
          bits[i >> 3] = value === true ? (bits[i >> 3] ?? 0) | bit : (bits[i >> 3] ?? 0) & ~bit;
      });
      return { bits };
    }
    case 'tinyint':
      return { values: Int8Array.from(values, number) };
    case 'bigint':
      return { values: BigInt64Array.from(values, bigint) };
    case 'float':
      return { values: Float32Array.from(values, number) };
    case 'double':
      return { values: Float64Array.from(values, number) };
    case 'decimal':
      if ((type.precision ?? 38) <= 18) return { values: BigInt64Array.from(values, bigint) };
      return {
        low: BigUint64Array.from(values, (value) => BigInt.asUintN(64, bigint(value))),
        high: BigInt64Array.from(values, (value) => bigint(value) >> 64n),
      };
    case 'string':
    case 'char':
    case 'varchar':
    case 'binary':
      return stringsOf(
        values.map((value) => (value instanceof Uint8Array ? value : Buffer.from(text(value)))),
      );
    case 'timestamp':
    case 'timestamp with local time zone': {
      const seconds = BigInt64Array.from(values, (value) => floor(bigint(value)));
      return {
        seconds,
        nanos: Int32Array.from(values, (value, i) => Number(bigint(value) - (seconds[i] ?? 0n) * 10n ** 9n)),
      };
    }
    case 'array':
    case 'map': {
      // Null rows get an element of their own, which must not show.
      const rows = values.map((value) => (value === null ? [null] : list(value)));
      const offsets = new Uint32Array(values.length + 1);
      rows.forEach((row, i) => {
        offsets[i + 1] = (offsets[i] ?? 0) + row.length;
      });
      const all = rows.flat();
      if (category === 'array') return { offsets, child: child(0, all) };
      const entries = all.map((entry) => (entry === null ? [null, null] : list(entry)));
      return {
        offsets,
        key: child(
          0,
          entries.map(([key = null]) => key),
        ),
        value: child(
          1,
          entries.map(([, value = null]) => value),
        ),
      };
    }
    case 'struct':
      return {
        fields: children.map((_, i) =>
          child(
            i,
            values.map((value) => (value === null ? null : (list(value)[i] ?? null))),
          ),
        ),
      };
    case 'uniontype': {
      const tags = Uint8Array.from(values, (value) => variant(value).tag);
      return {
        tags,
        children: children.map((_, tag) =>
          child(
            tag,
            values.map((value) => (variant(value).tag === tag ? variant(value).value : null)),
          ),
        ),
      };
    }
    default:
      return { values: Int32Array.from(values, number) };
  }
}

/** The value as `Reader.rows()` gives it. */
export function shown(type: TypeDescription, value: Raw): NestedValue {
  if (value === null) return null;
  const { category, children, fieldNames, maximumLength = 0, scale = 0 } = type;
  const inner = (index: number, of: Raw): NestedValue => shown(children[index] ?? type, of);
  switch (category) {
    case 'char':
    case 'varchar': {
      const points = Array.from(text(value)).slice(0, maximumLength);
      return category === 'varchar'
        ? points.join('')
        : points.join('') + ' '.repeat(maximumLength - points.length);
    }
    case 'decimal':
      return formatDecimal({ unscaled: bigint(value), scale });
    case 'date':
      return new Date(number(value) * 86_400_000).toISOString().split('T')[0] ?? '';
    case 'timestamp':
    case 'timestamp with local time zone': {
      const seconds = floor(bigint(value));
      const nanos = String(bigint(value) - seconds * 10n ** 9n)
        .padStart(9, '0')
        .replace(/0{1,8}$/, '');
      return `${new Date(Number(seconds) * 1000).toISOString().replace('T', ' ').split('.')[0]}.${nanos}`;
    }
    case 'binary':
      return Buffer.from(value instanceof Uint8Array ? value : []);
    case 'array':
      return list(value).map((element) => inner(0, element));
    case 'map':
      return new Map(
        list(value).map((entry) => {
          const [key = null, of = null] = list(entry);
          return [inner(0, key), inner(1, of)];
        }),
      );
    case 'struct':
      return Object.fromEntries(list(value).map((field, i) => [fieldNames[i] ?? '', inner(i, field)]));
    case 'uniontype': {
      const { tag, value: of } = variant(value);
      return { tag, value: inner(tag, of) };
    }
    default:
      return typeof value === 'object' ? null : value;
  }
}

function number(value: Raw): number {
  return typeof value === 'number' ? value : 99;
}

function text(value: Raw): string {
  return typeof value === 'string' ? value : 'null';
}

function bigint(value: Raw): bigint {
  return typeof value === 'bigint' ? value : 0n;
}

function list(value: Raw): readonly Raw[] {
  return Array.isArray(value) ? value : [];
}

function variant(value: Raw): { readonly tag: number; readonly value: Raw } {
  return value !== null && typeof value === 'object' && 'tag' in value ? value : { tag: 0, value: null };
}

function floor(nanos: bigint): bigint {
  const seconds = nanos / 10n ** 9n;
  return seconds * 10n ** 9n > nanos ? seconds - 1n : seconds;
}
