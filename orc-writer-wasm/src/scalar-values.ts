import { daysOf, nanosOf, secondsOf } from './calendar-text.ts';
import type { ColumnContext, SlotValues } from './column-builder.ts';
import type { ColumnVector } from './columns.ts';
import { parseDecimal, trimDecimal, unscaledNumber } from './decimal.ts';
import type { TypeDescription } from './schema.ts';
import { FIRST_LENGTH, longer } from './slots.ts';

/**
 * The values of a type without types inside. Every type has a function of its own that does all for a value, so that
 * V8 can put it in the place where it is called.
 */
export function scalarValues(type: TypeDescription, context: ColumnContext): SlotValues {
  switch (type.category) {
    case 'boolean':
      return booleans(context);
    case 'tinyint':
      return integers((length) => new Int8Array(length), 8, context);
    case 'smallint':
      return integers((length) => new Int32Array(length), 16, context);
    case 'int':
      return integers((length) => new Int32Array(length), 32, context);
    case 'date':
      return dates(context);
    case 'float':
      return floats((length) => new Float32Array(length), context);
    case 'double':
      return floats((length) => new Float64Array(length), context);
    case 'bigint':
      return bigints(context);
    case 'decimal':
      return decimals(type, context);
    case 'timestamp':
    case 'timestamp with local time zone':
      return timestamps(context);
    case 'string':
    case 'char':
    case 'varchar':
      return strings(true, context);
    default:
      return strings(false, context);
  }
}

function booleans({ slots, setNull }: ColumnContext): SlotValues {
  const create = (length: number): Uint8Array => new Uint8Array(length);
  let bits = create(FIRST_LENGTH);
  return {
    set(value) {
      if (typeof value !== 'boolean') return setNull(value);
      const byte = slots.length >> 3;
      if (byte >= bits.length) bits = longer(create, bits, byte + 1);
      if (value) bits[byte] = (bits[byte] ?? 0) | (1 << (slots.length & 7));
      slots.length++;
    },
    vector(length) {
      const bytes = (length + 7) >> 3;
      bits = longer(create, bits, bytes);
      return { bits: bits.subarray(0, bytes) };
    },
    clear() {
      bits.fill(0);
    },
  };
}

type Create<T> = (length: number) => T;

function integers(
  create: Create<Int8Array | Int32Array>,
  width: number,
  { slots, setNull }: ColumnContext,
): SlotValues {
  const limit = 2 ** (width - 1);
  let values = create(FIRST_LENGTH);
  return {
    set(value) {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < -limit || value >= limit) {
        return setNull(value);
      }
      if (slots.length >= values.length) values = longer(create, values, slots.length + 1);
      values[slots.length++] = value;
    },
    vector(length) {
      values = longer(create, values, length);
      return numberVector(values.subarray(0, length));
    },
  };
}

/** The kind of array is that of the type. */
function numberVector(values: Int8Array | Int32Array | Float32Array | Float64Array): ColumnVector {
  return { values } as ColumnVector;
}

function dates({ slots, setNull }: ColumnContext): SlotValues {
  const create = (length: number): Int32Array => new Int32Array(length);
  let values = create(FIRST_LENGTH);
  return {
    set(value) {
      const days = daysIn(value);
      if (Number.isNaN(days)) return setNull(value);
      if (slots.length >= values.length) values = longer(create, values, slots.length + 1);
      values[slots.length++] = days;
    },
    vector(length) {
      values = longer(create, values, length);
      return { values: values.subarray(0, length) };
    },
  };
}

/** NaN for what is not a date. */
function daysIn(value: unknown): number {
  if (typeof value === 'string') return daysOf(value);
  const days = value instanceof Date ? Math.floor(value.getTime() / 86_400_000) : value;
  return typeof days === 'number' && days === (days | 0) ? days : Number.NaN;
}

function floats(create: Create<Float32Array | Float64Array>, { slots, setNull }: ColumnContext): SlotValues {
  let values = create(FIRST_LENGTH);
  return {
    set(value) {
      if (typeof value !== 'number') return setNull(value);
      if (slots.length >= values.length) values = longer(create, values, slots.length + 1);
      values[slots.length++] = value;
    },
    vector(length) {
      values = longer(create, values, length);
      return numberVector(values.subarray(0, length));
    },
  };
}

/** Integers of 64 bits, which need no BigInt where a number does. */
interface Longs {
  /** Of a BigInt the low 64 bits; a number must be a safe integer. */
  put(at: number, value: number | bigint): void;
  /** The bytes of the first `length`. */
  bytes(length: number): ArrayBuffer;
}

function longs(): Longs {
  const create = (length: number): Int32Array<ArrayBuffer> => new Int32Array(length);
  let halves = create(FIRST_LENGTH);
  return {
    put(at, value) {
      const low = 2 * at;
      if (low >= halves.length) halves = longer(create, halves, low + 2);
      if (typeof value === 'number') {
        halves[low] = value;
        halves[low + 1] = Math.floor(value / 2 ** 32);
      } else {
        halves[low] = Number(BigInt.asIntN(32, value));
        halves[low + 1] = Number(BigInt.asIntN(32, value >> 32n));
      }
    },
    bytes(length) {
      halves = longer(create, halves, 2 * length);
      return halves.buffer;
    },
  };
}

function bigints({ slots, setNull }: ColumnContext): SlotValues {
  const values = longs();
  return {
    set(value) {
      const isLong = typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
      if (isLong || (typeof value === 'number' && Number.isSafeInteger(value)))
        values.put(slots.length++, value);
      else setNull(value);
    },
    vector: (length) => ({ values: new BigInt64Array(values.bytes(length), 0, length) }),
  };
}

/** Exactly: a decimal is not rounded to the scale of its column. */
function decimals(
  { precision = 38, scale = 0 }: TypeDescription,
  { slots, setNull }: ColumnContext,
): SlotValues {
  const [low, high] = [longs(), longs()];
  const isShort = precision <= LONG_DIGITS;
  return {
    set(value) {
      const short = unscaledNumber(value, scale);
      const unscaled = Number.isNaN(short) ? unscaledOf(value) : short;
      if (unscaled === undefined) return setNull(value);
      low.put(slots.length, unscaled);
      if (!isShort)
        high.put(slots.length, typeof unscaled === 'bigint' ? unscaled >> 64n : -Number(unscaled < 0));
      slots.length++;
    },
    vector: (length) =>
      isShort
        ? { values: new BigInt64Array(low.bytes(length), 0, length) }
        : {
            low: new BigUint64Array(low.bytes(length), 0, length),
            high: new BigInt64Array(high.bytes(length), 0, length),
          },
  };

  function unscaledOf(value: unknown): bigint | undefined {
    const isDecimal = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
    const parsed = isDecimal ? parseDecimal(String(value)) : undefined;
    if (parsed === undefined) return undefined;
    const { unscaled: digits, scale: given } = trimDecimal(parsed);
    const all = given > scale ? undefined : digits * 10n ** BigInt(scale - given);
    return all !== undefined && BigInt.asIntN(isShort ? 64 : 128, all) === all ? all : undefined;
  }
}

/** Every number of so many digits has 64 bits at most. */
const LONG_DIGITS = 18;

function timestamps({ slots, setNull }: ColumnContext): SlotValues {
  const create = (length: number): Int32Array => new Int32Array(length);
  const seconds = longs();
  let nanos = create(FIRST_LENGTH);
  return {
    set(value) {
      const isText = typeof value === 'string';
      const millis = value instanceof Date ? value.getTime() : Number.NaN;
      const whole = isText ? secondsOf(value) : Math.floor(millis / 1000);
      if (Number.isNaN(whole)) return setNull(value);
      const rest = isText ? nanosOf(value) : (millis - whole * 1000) * 1e6;
      if (slots.length >= nanos.length) nanos = longer(create, nanos, slots.length + 1);
      nanos[slots.length] = rest;
      seconds.put(slots.length++, whole);
    },
    vector(length) {
      nanos = longer(create, nanos, length);
      return {
        seconds: new BigInt64Array(seconds.bytes(length), 0, length),
        nanos: nanos.subarray(0, length),
      };
    },
  };
}

const LONG_TEXT = 2 ** 20;

/**
 * Text as UTF-8. Bytes are taken as they are; in columns that are not text there is nothing else.
 *
 * A call into Node costs as much as fifty characters, so texts are put one behind the other and written together. As
 * long as they are ASCII they end where their characters do; otherwise they are written again one by one, as are those
 * that follow until the rows are handed over.
 */
function strings(isText: boolean, { slots, setNull, held }: ColumnContext): SlotValues {
  const create = (length: number): Uint32Array => new Uint32Array(length);
  let ends = create(FIRST_LENGTH);
  let data = Buffer.allocUnsafeSlow(4096);
  let used = 0;
  let pending = '';
  let firstPending = 1;
  let isAscii = true;
  return {
    set(value) {
      if (isText && typeof value === 'string') {
        if (isAscii) pending += value;
        else write(value);
        held.bytes += value.length;
        slots.length++;
      } else if (value instanceof Uint8Array) {
        writePending();
        makeRoom(value.length);
        data.set(value, used);
        used += value.length;
        held.bytes += value.length;
        slots.length++;
      } else setNull(value);
      if (slots.length >= ends.length) ends = longer(create, ends, slots.length + 1);
      ends[slots.length] = used + pending.length;
      if (pending.length >= WRITTEN_TOGETHER) writePending();
    },
    vector(length) {
      writePending();
      return { data: data.subarray(0, used), offsets: ends.subarray(0, length + 1) };
    },
    clear() {
      used = 0;
      firstPending = 1;
      isAscii = true;
    },
  };

  function writePending(): void {
    const [start, text] = [used, pending];
    pending = '';
    write(text);
    if (used !== start + text.length) {
      isAscii = false;
      used = start;
      let from = 0;
      for (let slot = firstPending; slot <= slots.length; slot++) {
        const to = (ends[slot] ?? start) - start;
        write(text.slice(from, to));
        ends[slot] = used;
        from = to;
      }
    }
    firstPending = slots.length + 1;
  }

  function write(text: string): void {
    // A code unit has three bytes at most, which would be a lot of room for a long text.
    makeRoom(text.length < LONG_TEXT ? text.length * 3 : Buffer.byteLength(text));
    used += data.write(text, used);
  }

  function makeRoom(more: number): void {
    if (used + more <= data.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(data.length * 2, used + more));
    grown.set(data.subarray(0, used));
    data = grown;
  }
}

/** Characters. */
const WRITTEN_TOGETHER = 1024;
