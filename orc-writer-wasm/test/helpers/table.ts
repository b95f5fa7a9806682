import type { ColumnBatch, ColumnVector, StringVector } from '../../src/columns.ts';
import type { Random } from './random.ts';

/** A value of a test column: text, bytes, a whole number, or a timestamp in nanoseconds since 1970. */
export type Value = string | Uint8Array | number | bigint | null;

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'binary' | 'smallint' | 'int' | 'bigint' | 'date' | 'timestamp';
  readonly values: readonly Value[];
}

export function schemaOf(columns: readonly Column[]): string {
  return `struct<${columns.map(({ name, type }) => `${name}:${type}`).join(',')}>`;
}

/** Rows `from` to `to` as a batch. */
export function batchOf(columns: readonly Column[], from: number, to: number): ColumnBatch {
  return {
    size: to - from,
    columns: columns.map(({ type, values }) => vectorOf(type, values.slice(from, to))),
  };
}

export function vectorOf(type: Column['type'], values: readonly Value[]): ColumnVector {
  return { ...slotsOf(type, values), ...presentOf(values) };
}

function slotsOf(type: Column['type'], values: readonly Value[]): ColumnVector {
  switch (type) {
    case 'string':
    case 'binary':
      return stringsOf(
        values.map((value) => (value instanceof Uint8Array ? value : Buffer.from(String(value ?? '')))),
      );
    case 'bigint':
      return { values: BigInt64Array.from(values, asBigInt) };
    case 'timestamp': {
      const nanos = values.map(asBigInt);
      return {
        seconds: BigInt64Array.from(nanos, (value) => floorDivide(value, 1_000_000_000n)),
        nanos: Int32Array.from(nanos, (value) =>
          Number(value - floorDivide(value, 1_000_000_000n) * 1_000_000_000n),
        ),
      };
    }
    default:
      return { values: Int32Array.from(values, Number) };
  }
}

export function stringsOf(values: readonly Uint8Array[]): StringVector {
  const offsets = new Uint32Array(values.length + 1);
  values.forEach((value, i) => {
    offsets[i + 1] = (offsets[i] ?? 0) + value.length;
  });
  return { data: Buffer.concat(values), offsets };
}

/** The same strings by number, in a dictionary in order of appearance. */
export function numbered(values: readonly Value[]): ColumnVector {
  const numbers = new Map<Value, number>();
  const ids = Uint32Array.from(values, (value) => {
    const id = numbers.get(value) ?? numbers.size;
    numbers.set(value, id);
    return id;
  });
  const dictionary = stringsOf([...numbers.keys()].map((value) => Buffer.from(String(value ?? 'unused'))));
  return { ids, dictionary, ...presentOf(values) };
}

function presentOf(values: readonly Value[]): { present?: Uint8Array } {
  if (!values.includes(null)) return {};
  const present = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (value !== null) present[i >> 3] = (present[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return { present };
}

/** The values of a vector, as they are in a `Column`. */
export function valuesOf(type: Column['type'], vector: ColumnVector, rows: number): Value[] {
  return Array.from({ length: rows }, (_, row) => {
    if (vector.present && !(((vector.present[row >> 3] ?? 0) >> (row & 7)) & 1)) return null;
    if ('seconds' in vector)
      return (vector.seconds[row] ?? 0n) * 1_000_000_000n + BigInt(vector.nanos[row] ?? 0);
    if ('values' in vector) return vector.values[row] ?? 0;
    if (!('data' in vector)) throw new TypeError('the reader gave a vector of an unexpected form');
    const bytes = Buffer.from(vector.data.subarray(vector.offsets[row], vector.offsets[row + 1]));
    return type === 'binary' ? bytes : bytes.toString();
  });
}

function asBigInt(value: Value): bigint {
  return typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n;
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return quotient * divisor > value ? quotient - 1n : quotient;
}

const types = ['string', 'binary', 'smallint', 'int', 'bigint', 'date', 'timestamp'] as const;

/** Some columns of every kind of content that the encodings treat differently. */
export function randomTable(r: Random, rows: number): Column[] {
  return Array.from({ length: 1 + r.below(6) }, (_, i) => {
    const type = r.pick(types);
    const value = generator(r, type);
    const nulls = r.pick([0, 0, 0, 0.01, 0.5, 0.97, 1]);
    let nullsLeft = 0;
    const values = Array.from({ length: rows }, (__, row) => {
      if (nullsLeft > 0 && nullsLeft-- > 0) return null;
      if (nulls > 0 && r.below(1000) < nulls * 1000) {
        nullsLeft = r.pick([0, 0, 20, 400]);
        return null;
      }
      return value(row);
    });
    return { name: `c${i}_${type}`, type, values };
  });
}

function generator(r: Random, type: Column['type']): (row: number) => Value {
  switch (type) {
    case 'string':
      return strings(r);
    case 'binary': {
      const length = r.pick([0, 4, 300]);
      return () => Uint8Array.from({ length: r.below(length + 1) }, () => r.below(256));
    }
    case 'smallint':
      return narrow(integers(r), 16);
    case 'int':
      return narrow(integers(r), 32);
    case 'date':
      return narrow(integers(r), 18);
    case 'bigint':
      return integers(r);
    case 'timestamp':
      return timestamps(r);
  }
}

function narrow(wide: (row: number) => bigint, bits: number): (row: number) => number {
  return (row) => Number(BigInt.asIntN(bits, wide(row)));
}

function integers(r: Random): (row: number) => bigint {
  const scale = r.pick([1n, 7n, 1000n, 2n ** 20n, 2n ** 33n, 2n ** 55n]);
  let walk = r.bits64() / 4n;
  switch (r.below(8)) {
    case 0:
      return () => scale;
    case 1:
      return (row) => BigInt.asIntN(64, BigInt(row) * scale);
    case 2:
      return () => r.bits64();
    case 3:
      return () => r.bits64() % scale;
    case 4: // outliers: PATCHED_BASE
      return () =>
        r.below(40) === 0 ? r.bits64() / 2n ** BigInt(r.below(60)) : BigInt(r.below(100)) - scale;
    case 5: // monotonic: DELTA
      return () => (walk += BigInt(r.below(1000)));
    case 6: // falling
      return () => (walk -= BigInt(r.below(3)));
    default: {
      // repeats of every length
      let left = 0;
      return () => {
        if (left-- <= 0) {
          left = r.pick([0, 1, 2, 3, 9, 10, 11, 600]);
          walk = BigInt(r.below(5)) * scale;
        }
        return walk;
      };
    }
  }
}

function timestamps(r: Random): (row: number) => bigint {
  const seconds = r.pick([
    () => 1_700_000_000 + r.below(1e6),
    () => r.below(4e9) - 2e9,
    (row: number) => 1_420_070_400 + row,
    () => -1 - r.below(1000),
  ]);
  const unit = r.pick([1, 100, 1000, 1_000_000, 1_000_000_000]);
  return (row) => {
    const second = seconds(row);
    const nanos = r.below(1_000_000_000 / unit) * unit;
    // The last second before 1970 cannot hold a fraction.
    return BigInt(second) * 1_000_000_000n + BigInt(second === -1 ? 0 : nanos);
  };
}

function strings(r: Random): (row: number) => string {
  const words = ['', 'a', 'ab', 'é', '日本', '🙂', 'UPPER', 'key with spaces', '+#%', 'x'.repeat(40)];
  switch (r.below(6)) {
    case 0:
      return () => r.pick(words);
    case 1:
      return (row) => `id-${row}`;
    case 2:
      return () => '';
    case 3:
      return () => r.pick(words) + r.below(r.pick([10, 1000, 1e6]));
    case 4:
      return () =>
        r.below(200) === 0 ? r.pick(['long ', '\u{d7ff}', '\u{10ffff}']).repeat(300 + r.below(300)) : 's';
    default:
      return (row) => `same prefix ${Math.floor(row / 50)} ${r.pick(words)}`;
  }
}
