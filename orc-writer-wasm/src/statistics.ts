import { formatDecimal, parseDecimal, trimDecimal, type Decimal } from './decimal.ts';
import { readFields, readPacked, unzigzag, type MessageWriter } from './protobuf.ts';

/** What is known about the values of a column in a row group, a stripe or a file. */
export interface ColumnStatistics {
  /** Values that are not null. */
  readonly numberOfValues: number;
  readonly hasNull: boolean;
  /** Of the data streams; absent for a row group. */
  readonly bytesOnDisk?: number;
  readonly values?: ValueStatistics;
}

/** Absent bounds: there was no value, or it is not known. */
export type ValueStatistics =
  | IntegerStatistics
  /** When there was a NaN the sum is NaN and the bounds are infinite. */
  | { readonly kind: 'double'; readonly minimum?: number; readonly maximum?: number; readonly sum?: number }
  | BooleanStatistics
  | DecimalStatistics
  /** Of lists and maps: the elements of a row, and of all rows. */
  | {
      readonly kind: 'collection';
      readonly minimum?: bigint;
      readonly maximum?: bigint;
      readonly total: bigint;
    }
  | { readonly kind: 'date'; readonly minimum?: number; readonly maximum?: number }
  | { readonly kind: 'binary'; readonly sum: bigint }
  | StringStatistics
  | { readonly kind: 'timestamp'; readonly minimum?: Instant; readonly maximum?: Instant };

/** It has no bounds. */
export interface BooleanStatistics {
  readonly kind: 'boolean';
  readonly trueCount: bigint;
  readonly minimum?: undefined;
  readonly maximum?: undefined;
}

/** Unscaled values of one scale; a sum of over 38 digits is left out. */
export interface DecimalStatistics {
  readonly kind: 'decimal';
  readonly scale: number;
  readonly minimum?: bigint;
  readonly maximum?: bigint;
  readonly sum?: bigint;
}

/** Without a sum it left 64 bits. */
export interface IntegerStatistics {
  readonly kind: 'integer';
  readonly minimum?: bigint;
  readonly maximum?: bigint;
  readonly sum?: bigint;
}

/** Strings are UTF-8 and ordered as unsigned bytes; `sum` is the sum of their lengths. */
export interface StringStatistics {
  readonly kind: 'string';
  readonly minimum?: Uint8Array;
  readonly maximum?: Uint8Array;
  /** In place of `minimum` and `maximum` when those have over 1,024 bytes: shortened outwards, if possible. */
  readonly lowerBound?: Uint8Array;
  readonly upperBound?: Uint8Array;
  readonly sum: bigint;
}

/** Milliseconds since 1970 rounded down, and the nanoseconds (0 to 999,999) after them. */
export interface Instant {
  readonly millis: bigint;
  readonly nanos: number;
}

/** What holds for both parts together. */
export function mergeStatistics(a: ColumnStatistics, b: ColumnStatistics): ColumnStatistics {
  const values = mergedValues(a, b);
  return {
    numberOfValues: a.numberOfValues + b.numberOfValues,
    hasNull: a.hasNull || b.hasNull,
    ...(a.bytesOnDisk !== undefined && b.bytesOnDisk !== undefined
      ? { bytesOnDisk: a.bytesOnDisk + b.bytesOnDisk }
      : {}),
    ...(values === undefined ? {} : { values }),
  };
}

/** Of a part that has values and does not know their statistics nothing is known for both. */
function mergedValues(a: ColumnStatistics, b: ColumnStatistics): ValueStatistics | undefined {
  if (a.numberOfValues === 0) return b.values ?? (b.numberOfValues === 0 ? a.values : undefined);
  if (b.numberOfValues === 0) return a.values;
  return a.values && b.values ? mergeValues(a.values, b.values) : undefined;
}

function mergeValues(a: ValueStatistics, b: ValueStatistics): ValueStatistics | undefined {
  if (a.kind === 'integer' && b.kind === 'integer') {
    const sum = a.sum === undefined || b.sum === undefined ? undefined : a.sum + b.sum;
    return {
      kind: 'integer',
      ...bounds(a, b, compareNumbers),
      ...(sum !== undefined && sum === BigInt.asIntN(64, sum) ? { sum } : {}),
    };
  }
  if (a.kind === 'double' && b.kind === 'double') {
    const sum = a.sum === undefined || b.sum === undefined ? undefined : a.sum + b.sum;
    return { kind: 'double', ...bounds(a, b, compareNumbers), ...(sum === undefined ? {} : { sum }) };
  }
  if (a.kind === 'boolean' && b.kind === 'boolean')
    return { kind: 'boolean', trueCount: a.trueCount + b.trueCount };
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    const scale = Math.max(a.scale, b.scale);
    const [x, y] = [rescaled(a, scale), rescaled(b, scale)];
    const sum = x.sum === undefined || y.sum === undefined ? undefined : x.sum + y.sum;
    const isKept = sum !== undefined && sum < SUM_LIMIT && sum > -SUM_LIMIT;
    return { kind: 'decimal', scale, ...bounds(x, y, compareNumbers), ...(isKept ? { sum } : {}) };
  }
  if (a.kind === 'collection' && b.kind === 'collection')
    return { kind: 'collection', ...bounds(a, b, compareNumbers), total: a.total + b.total };
  if (a.kind === 'date' && b.kind === 'date') return { kind: 'date', ...bounds(a, b, (x, y) => x - y) };
  if (a.kind === 'binary' && b.kind === 'binary') return { kind: 'binary', sum: a.sum + b.sum };
  if (a.kind === 'string' && b.kind === 'string') return mergeStrings(a, b);
  if (a.kind === 'timestamp' && b.kind === 'timestamp')
    return { kind: 'timestamp', ...bounds(a, b, compareInstants) };
  return undefined;
}

function mergeStrings(a: StringStatistics, b: StringStatistics): StringStatistics {
  const { minimum, maximum } = bounds(outermost(a), outermost(b), (x, y) => Buffer.compare(x, y));
  const isMinimum = minimum === a.minimum || minimum === b.minimum;
  const isMaximum = maximum === a.maximum || maximum === b.maximum;
  return {
    kind: 'string',
    ...(minimum === undefined ? {} : isMinimum ? { minimum } : { lowerBound: minimum }),
    ...(maximum === undefined ? {} : isMaximum ? { maximum } : { upperBound: maximum }),
    sum: a.sum + b.sum,
  };
}

/** A value or, where that was too long to be kept, what lies beyond it. */
function outermost(strings: StringStatistics): Bounds<Uint8Array> {
  const { minimum = strings.lowerBound, maximum = strings.upperBound } = strings;
  return present({ minimum, maximum });
}

function rescaled(statistics: DecimalStatistics, scale: number): DecimalStatistics {
  const factor = 10n ** BigInt(scale - statistics.scale);
  const { minimum, maximum, sum } = statistics;
  return {
    kind: 'decimal',
    scale,
    ...(minimum === undefined ? {} : { minimum: minimum * factor }),
    ...(maximum === undefined ? {} : { maximum: maximum * factor }),
    ...(sum === undefined ? {} : { sum: sum * factor }),
  };
}

const SUM_LIMIT = 10n ** 38n;

function compareNumbers<T extends number | bigint>(x: T, y: T): number {
  return x < y ? -1 : Number(x > y);
}

interface Bounds<T> {
  readonly minimum?: T;
  readonly maximum?: T;
}

/** A bound that one of them does not know is not known. */
function bounds<T>(a: Bounds<T>, b: Bounds<T>, compare: (x: T, y: T) => number): Bounds<T> {
  const isLower = (x: T, y: T): boolean => compare(x, y) < 0;
  return {
    ...(a.minimum === undefined || b.minimum === undefined
      ? {}
      : { minimum: isLower(b.minimum, a.minimum) ? b.minimum : a.minimum }),
    ...(a.maximum === undefined || b.maximum === undefined
      ? {}
      : { maximum: isLower(a.maximum, b.maximum) ? b.maximum : a.maximum }),
  };
}

function compareInstants(x: Instant, y: Instant): number {
  return x.millis === y.millis ? x.nanos - y.nanos : x.millis < y.millis ? -1 : 1;
}

/** Writes a `ColumnStatistics` message. */
export function writeStatistics(message: MessageWriter, statistics: ColumnStatistics): void {
  const { values } = statistics;
  message.varint(1, statistics.numberOfValues);
  switch (values?.kind) {
    case 'integer':
      message.message(2, (integer) => {
        if (values.minimum !== undefined) integer.sint(1, values.minimum);
        if (values.maximum !== undefined) integer.sint(2, values.maximum);
        if (values.sum !== undefined) integer.sint(3, values.sum);
      });
      break;
    case 'double':
      message.message(3, (double) => {
        if (values.minimum !== undefined) double.double(1, values.minimum);
        if (values.maximum !== undefined) double.double(2, values.maximum);
        if (values.sum !== undefined) double.double(3, values.sum);
      });
      break;
    case 'boolean':
      message.message(5, (bucket) => bucket.packed(1, [Number(values.trueCount)]));
      break;
    case 'decimal':
      message.message(6, (decimal) => {
        const { scale, minimum, maximum, sum } = values;
        if (minimum !== undefined) decimal.string(1, decimalText(minimum, scale));
        if (maximum !== undefined) decimal.string(2, decimalText(maximum, scale));
        if (sum !== undefined) decimal.string(3, decimalText(sum, scale));
      });
      break;
    case 'collection':
      message.message(12, (collection) => {
        if (values.minimum !== undefined) collection.varint(1, values.minimum);
        if (values.maximum !== undefined) collection.varint(2, values.maximum);
        collection.varint(3, values.total);
      });
      break;
    case 'string':
      message.message(4, (string) => writeStringStatistics(string, values));
      break;
    case 'date':
      message.message(7, (date) => {
        if (values.minimum !== undefined) date.sint(1, BigInt(values.minimum));
        if (values.maximum !== undefined) date.sint(2, BigInt(values.maximum));
      });
      break;
    case 'binary':
      message.message(8, (binary) => binary.sint(1, values.sum));
      break;
    case 'timestamp':
      message.message(9, (timestamp) => writeTimestampStatistics(timestamp, values));
      break;
    case undefined:
      break;
  }
  message.varint(10, Number(statistics.hasNull));
  if (statistics.bytesOnDisk !== undefined) message.varint(11, statistics.bytesOnDisk);
}

function decimalText(unscaled: bigint, scale: number): string {
  return formatDecimal(trimDecimal({ unscaled, scale }));
}

function writeTimestampStatistics(message: MessageWriter, { minimum, maximum }: Bounds<Instant>): void {
  if (minimum !== undefined) message.sint(3, minimum.millis);
  if (maximum !== undefined) message.sint(4, maximum.millis);
  // One more than the value, so that 0 can mean «unknown»; readers then assume the widest.
  if (minimum !== undefined && minimum.nanos !== 0) message.varint(5, minimum.nanos + 1);
  if (maximum !== undefined && maximum.nanos !== 999_999) message.varint(6, maximum.nanos + 1);
}

function writeStringStatistics(message: MessageWriter, strings: StringStatistics): void {
  const { minimum, maximum, sum } = strings;
  const { lowerBound, upperBound } = shortened(strings);
  if (minimum !== undefined && minimum.length <= LONGEST_BOUND) message.bytes(1, minimum);
  // When no shorter text is above it, too: Java cannot merge statistics of one bound.
  if (maximum !== undefined && upperBound === undefined) message.bytes(2, maximum);
  if (sum > 0n || minimum !== undefined) message.sint(3, sum);
  if (lowerBound !== undefined) message.bytes(4, lowerBound);
  if (upperBound !== undefined) message.bytes(5, upperBound);
}

/** The bounds in place of values that are too long, if they are not such bounds already. */
function shortened({ minimum, maximum, lowerBound, upperBound }: StringStatistics) {
  const isLongMinimum = minimum !== undefined && minimum.length > LONGEST_BOUND;
  const isLongMaximum = maximum !== undefined && maximum.length > LONGEST_BOUND;
  return {
    lowerBound: isLongMinimum ? cutAtCodePoint(minimum) : lowerBound,
    upperBound: isLongMaximum ? nextAbove(cutAtCodePoint(maximum)) : upperBound,
  };
}

const LONGEST_BOUND = 1024;

function cutAtCodePoint(bytes: Uint8Array): Uint8Array {
  let end = LONGEST_BOUND;
  while (end > 0 && isContinuation(bytes[end])) end--;
  return bytes.subarray(0, end);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The same text with its last code point raised by one; undefined if no code point can be raised. */
function nextAbove(text: Uint8Array): Uint8Array | undefined {
  let end = text.length;
  while (end > 0) {
    let start = end - 1;
    while (start > 0 && isContinuation(text[start])) start--;
    const codePoint = Buffer.from(text.subarray(start, end)).toString().codePointAt(0) ?? 0;
    if (codePoint < 0x10ffff) {
      const raised = codePoint === 0xd7ff ? 0xe000 : codePoint + 1;
      return Buffer.concat([text.subarray(0, start), Buffer.from(String.fromCodePoint(raised))]);
    }
    end = start;
  }
  return undefined;
}

/** Reads a `ColumnStatistics` message; parts that this package does not know are left out. */
export function readStatistics(message: Uint8Array): ColumnStatistics {
  let numberOfValues = 0;
  let hasNull = true;
  let bytesOnDisk: number | undefined;
  let values: ValueStatistics | undefined;
  for (const { field, kind, value } of readFields(message)) {
    if (kind === 'varint') {
      if (field === 1) numberOfValues = Number(value);
      if (field === 10) hasNull = value !== 0n;
      if (field === 11) bytesOnDisk = Number(value);
    } else {
      values = readValues(field, value) ?? values;
    }
  }
  return {
    numberOfValues,
    hasNull,
    ...(bytesOnDisk === undefined ? {} : { bytesOnDisk }),
    ...(values === undefined ? {} : { values }),
  };
}

function readValues(kind: number, message: Uint8Array): ValueStatistics | undefined {
  const numbers = new Map<number, bigint>();
  const strings = new Map<number, Uint8Array>();
  for (const field of readFields(message)) {
    if (field.kind === 'varint') numbers.set(field.field, field.value);
    else strings.set(field.field, field.value);
  }
  switch (kind) {
    case 2:
      return { kind: 'integer', ...present({ minimum: signed(1), maximum: signed(2), sum: signed(3) }) };
    case 3:
      return { kind: 'double', ...present({ minimum: double(1), maximum: double(2), sum: double(3) }) };
    case 5:
      return {
        kind: 'boolean',
        trueCount: numbers.get(1) ?? BigInt(readPacked(strings.get(1) ?? EMPTY)[0] ?? 0),
      };
    case 6:
      return decimals();
    case 12:
      return {
        kind: 'collection',
        ...present({ minimum: numbers.get(1), maximum: numbers.get(2) }),
        total: numbers.get(3) ?? 0n,
      };
    case 4:
      return {
        kind: 'string',
        ...present({
          minimum: strings.get(1),
          maximum: strings.get(2),
          lowerBound: strings.get(4),
          upperBound: strings.get(5),
        }),
        sum: signed(3) ?? 0n,
      };
    case 7: {
      const [minimum, maximum] = [signed(1), signed(2)];
      return {
        kind: 'date',
        ...present({
          minimum: minimum === undefined ? undefined : Number(minimum),
          maximum: maximum === undefined ? undefined : Number(maximum),
        }),
      };
    }
    case 8:
      return { kind: 'binary', sum: signed(1) ?? 0n };
    case 9:
      return {
        kind: 'timestamp',
        ...present({ minimum: instant(3, 5, 0), maximum: instant(4, 6, 999_999) }),
      };
    default:
      return undefined;
  }

  function signed(field: number): bigint | undefined {
    const value = numbers.get(field);
    return value === undefined ? undefined : unzigzag(value);
  }

  function double(field: number): number | undefined {
    const bytes = strings.get(field);
    return bytes?.length === 8 ? Buffer.from(bytes).readDoubleLE() : undefined;
  }

  function decimals(): DecimalStatistics {
    const [minimum, maximum, sum] = [1, 2, 3].map((field) => {
      const bytes = strings.get(field);
      return bytes === undefined ? undefined : parseDecimal(Buffer.from(bytes).toString());
    });
    const scale = Math.max(minimum?.scale ?? 0, maximum?.scale ?? 0, sum?.scale ?? 0);
    const unscaled = (value: Decimal | undefined): bigint | undefined =>
      value === undefined ? undefined : value.unscaled * 10n ** BigInt(scale - value.scale);
    return {
      kind: 'decimal',
      scale,
      ...present({ minimum: unscaled(minimum), maximum: unscaled(maximum), sum: unscaled(sum) }),
    };
  }

  function instant(field: number, nanosField: number, unknown: number): Instant | undefined {
    const millis = signed(field);
    const stored = numbers.get(nanosField);
    if (millis === undefined) return undefined;
    if (stored === undefined) return { millis, nanos: unknown };
    const nanos = Number(BigInt.asIntN(32, stored)) - 1;
    // ORC C++ rounds to zero before 1970, and what is left is negative then.
    return nanos < 0 ? { millis: millis - 1n, nanos: nanos + 1_000_000 } : { millis, nanos };
  }
}

const EMPTY = new Uint8Array(0);

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out what is undefined. */
function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
