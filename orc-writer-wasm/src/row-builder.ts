import { childPath } from './column-path.ts';
import { daysOf, nanosOf } from './calendar-text.ts';
import type { ColumnBatch, ColumnVector } from './columns.ts';
import { parseDecimal, trimDecimal } from './decimal.ts';
import { SchemaMismatchError } from './errors.ts';
import type { TypeDescription } from './schema.ts';

/** Collects rows given as objects into columns whose memory is used again and again. */
export interface RowBuilder {
  /** Rows collected. */
  readonly size: number;
  /** @throws {SchemaMismatchError} when a value does not fit its column; the row is then half there */
  add(row: object): void;
  /** What was collected, valid until the next `add`, which begins anew. */
  take(): ColumnBatch;
}

/** The fields of `schema`, a struct; a field that is missing is null. */
export function rowBuilder(schema: TypeDescription): RowBuilder {
  const { fieldNames } = schema;
  const columns = schema.children.map((type, i) => columnBuilder(type, childPath(schema, i, '')));
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(row) {
      if (size === 0) for (const column of columns) column.clear();
      columns.forEach((column, i) => column.add(Reflect.get(row, fieldNames[i] ?? '')));
      size++;
    },
    take() {
      const batch = { size, columns: columns.map((column) => column.vector()) };
      size = 0;
      return batch;
    },
  };
}

interface ColumnBuilder {
  add(value: unknown): void;
  vector(): ColumnVector;
  clear(): void;
}

/** The slots of a column; `put` fills the next one, for a null with anything. */
interface SlotBuilder {
  put(value: unknown): void;
  putNull(): void;
  vector(): ColumnVector;
  clear(): void;
}

function columnBuilder(type: TypeDescription, path: string): ColumnBuilder {
  const slots = slotBuilder(type, path);
  const present = bits();
  let hasNull = false;
  return {
    add(value) {
      const isNull = value === null || value === undefined;
      present.push(!isNull);
      hasNull ||= isNull;
      if (isNull) slots.putNull();
      else slots.put(value);
    },
    vector: () => (hasNull ? { ...slots.vector(), present: present.taken() } : slots.vector()),
    clear() {
      hasNull = false;
      present.clear();
      slots.clear();
    },
  };
}

function slotBuilder(type: TypeDescription, path: string): SlotBuilder {
  const unfit = (value: unknown): SchemaMismatchError =>
    new SchemaMismatchError('bad-value', `column ${path}: a ${typeof value} does not fit ${type.category}`);
  const child = (index: number): ColumnBuilder =>
    columnBuilder(type.children[index] ?? type, childPath(type, index, path));

  switch (type.category) {
    case 'boolean': {
      const values = bits();
      return {
        put(value) {
          if (typeof value !== 'boolean') throw unfit(value);
          values.push(value);
        },
        putNull: () => values.push(false),
        vector: () => ({ bits: values.taken() }),
        clear: () => values.clear(),
      };
    }
    case 'tinyint':
      return numbers((length) => new Int8Array(length), integer(8));
    case 'smallint':
      return numbers((length) => new Int32Array(length), integer(16));
    case 'int':
      return numbers((length) => new Int32Array(length), integer(32));
    case 'date':
      return numbers(
        (length) => new Int32Array(length),
        (value) => {
          if (typeof value === 'number') return integer(32)(value);
          const text = value instanceof Date ? value.toISOString().slice(0, 10) : value;
          return (typeof text === 'string' ? daysOf(text) : undefined) ?? fail(value);
        },
      );
    case 'float':
      return numbers((length) => new Float32Array(length), number);
    case 'double':
      return numbers((length) => new Float64Array(length), number);
    case 'bigint': {
      const values = growing((length) => new BigInt64Array(length));
      return {
        put: (value) => values.push(wide(value)),
        putNull: () => values.push(0n),
        vector: () => ({ values: values.taken() }),
        clear: () => values.clear(),
      };
    }
    case 'decimal': {
      const low = growing((length) => new BigUint64Array(length));
      const high = growing((length) => new BigInt64Array(length));
      const push = (value: bigint): void => {
        low.push(BigInt.asUintN(64, value));
        high.push(value >> 64n);
      };
      return {
        put: (value) => push(unscaled(value)),
        putNull: () => push(0n),
        vector: () => ({ low: low.taken(), high: high.taken() }),
        clear() {
          low.clear();
          high.clear();
        },
      };
    }
    case 'timestamp':
    case 'timestamp with local time zone': {
      const seconds = growing((length) => new BigInt64Array(length));
      const nanos = growing((length) => new Int32Array(length));
      return {
        put(value) {
          const given = value instanceof Date ? BigInt(value.getTime()) * 1_000_000n : undefined;
          const all = given ?? (typeof value === 'string' ? nanosOf(value) : undefined) ?? fail(value);
          const rest = BigInt.asUintN(64, ((all % SECOND) + SECOND) % SECOND);
          seconds.push((all - rest) / SECOND);
          nanos.push(Number(rest));
        },
        putNull() {
          seconds.push(0n);
          nanos.push(0);
        },
        vector: () => ({ seconds: seconds.taken(), nanos: nanos.taken() }),
        clear() {
          seconds.clear();
          nanos.clear();
        },
      };
    }
    case 'string':
    case 'char':
    case 'varchar':
    case 'binary':
    case 'geometry':
    case 'geography':
      return strings(['string', 'char', 'varchar'].includes(type.category), unfit);
    case 'struct': {
      const fields = type.children.map((_, i) => child(i));
      return {
        put(value) {
          if (typeof value !== 'object' || value === null) throw unfit(value);
          fields.forEach((field, i) => field.add(Reflect.get(value, type.fieldNames[i] ?? '')));
        },
        putNull() {
          for (const field of fields) field.add(null);
        },
        vector: () => ({ fields: fields.map((field) => field.vector()) }),
        clear() {
          for (const field of fields) field.clear();
        },
      };
    }
    case 'array': {
      const ends = offsets();
      const element = child(0);
      return {
        put(value) {
          if (!Array.isArray(value)) throw unfit(value);
          for (const each of value) element.add(each);
          ends.add(value.length);
        },
        putNull: () => ends.add(0),
        vector: () => ({ offsets: ends.taken(), child: element.vector() }),
        clear() {
          ends.clear();
          element.clear();
        },
      };
    }
    case 'map': {
      const ends = offsets();
      const [key, of] = [child(0), child(1)];
      return {
        put(value) {
          if (!(value instanceof Map)) throw unfit(value);
          for (const [name, each] of value) {
            key.add(name);
            of.add(each);
          }
          ends.add(value.size);
        },
        putNull: () => ends.add(0),
        vector: () => ({ offsets: ends.taken(), key: key.vector(), value: of.vector() }),
        clear() {
          ends.clear();
          key.clear();
          of.clear();
        },
      };
    }
    case 'uniontype': {
      const tags = growing((length) => new Uint8Array(length));
      const variants = type.children.map((_, i) => child(i));
      const push = (tag: number, value: unknown): void => {
        tags.push(tag);
        variants.forEach((variant, i) => variant.add(i === tag ? value : null));
      };
      return {
        put(value) {
          if (typeof value !== 'object' || value === null || !('tag' in value) || !('value' in value)) {
            throw unfit(value);
          }
          const { tag } = value;
          if (typeof tag !== 'number' || variants[tag] === undefined) throw unfit(value);
          push(tag, value.value);
        },
        putNull: () => push(0, null),
        vector: () => ({ tags: tags.taken(), children: variants.map((variant) => variant.vector()) }),
        clear() {
          tags.clear();
          for (const variant of variants) variant.clear();
        },
      };
    }
  }

  function fail(value: unknown): never {
    throw unfit(value);
  }

  function numbers(
    create: (length: number) => NumberArray,
    convert: (value: unknown) => number,
  ): SlotBuilder {
    const values = growing<number, NumberArray>(create);
    return {
      put: (value) => values.push(convert(value)),
      putNull: () => values.push(0),
      // The kind of array is the one that was created.
      vector: () => ({ values: values.taken() }) as ColumnVector,
      clear: () => values.clear(),
    };
  }

  function number(value: unknown): number {
    return typeof value === 'number' ? value : fail(value);
  }

  function integer(width: number): (value: unknown) => number {
    const limit = 2 ** (width - 1);
    return (value) =>
      Number.isInteger(value) && number(value) >= -limit && number(value) < limit
        ? number(value)
        : fail(value);
  }

  function wide(value: unknown): bigint {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    return typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? value : fail(value);
  }

  /** Exactly: a decimal is not rounded to the scale of its column. */
  function unscaled(value: unknown): bigint {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint')
      throw unfit(value);
    const parsed = parseDecimal(String(value));
    if (parsed === undefined) throw unfit(value);
    const { unscaled: digits, scale } = trimDecimal(parsed);
    const missing = (type.scale ?? 0) - scale;
    if (missing < 0) throw unfit(value);
    const all = digits * 10n ** BigInt(missing);
    return BigInt.asIntN(128, all) === all ? all : fail(value);
  }
}

type NumberArray = Int8Array | Int32Array | Float32Array | Float64Array;

const SECOND = 10n ** 9n;
const FIRST_LENGTH = 256;

interface Growing<V, T> {
  readonly length: number;
  push(value: V): void;
  taken(): T;
  clear(): void;
}

interface Slots<V, T> {
  readonly length: number;
  [index: number]: V;
  set(values: T): void;
  subarray(start: number, end: number): T;
}

function growing<V, T extends Slots<V, T>>(create: (length: number) => T): Growing<V, T> {
  let values = create(FIRST_LENGTH);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === values.length) {
        const more = create(length * 2);
        more.set(values);
        values = more;
      }
      values[length++] = value;
    },
    taken: () => values.subarray(0, length),
    clear() {
      length = 0;
    },
  };
}

function bits() {
  const bytes = growing<number, Uint8Array>((length) => new Uint8Array(length));
  let held = 0;
  let count = 0;
  return {
    push(bit: boolean): void {
      if (bit) held |= 1 << (count & 7);
      if ((++count & 7) !== 0) return;
      bytes.push(held);
      held = 0;
    },
    taken(): Uint8Array {
      if ((count & 7) !== 0) bytes.push(held);
      return bytes.taken();
    },
    clear(): void {
      held = 0;
      count = 0;
      bytes.clear();
    },
  };
}

function offsets() {
  const ends = growing<number, Uint32Array>((length) => new Uint32Array(length));
  let end = 0;
  ends.push(0);
  return {
    add(count: number): void {
      end += count;
      ends.push(end);
    },
    taken: () => ends.taken(),
    clear(): void {
      end = 0;
      ends.clear();
      ends.push(0);
    },
  };
}

function strings(isText: boolean, unfit: (value: unknown) => SchemaMismatchError): SlotBuilder {
  let data = Buffer.allocUnsafeSlow(4096);
  let used = 0;
  const ends = offsets();
  return {
    put(value) {
      if (isText && typeof value === 'string') {
        // A code unit has three bytes at most.
        makeRoom(value.length * 3);
        const written = data.write(value, used);
        used += written;
        ends.add(written);
      } else if (!isText && value instanceof Uint8Array) {
        makeRoom(value.length);
        data.set(value, used);
        used += value.length;
        ends.add(value.length);
      } else throw unfit(value);
    },
    putNull: () => ends.add(0),
    vector: () => ({ data: data.subarray(0, used), offsets: ends.taken() }),
    clear() {
      used = 0;
      ends.clear();
    },
  };

  function makeRoom(more: number): void {
    if (used + more <= data.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(data.length * 2, used + more));
    grown.set(data.subarray(0, used));
    data = grown;
  }
}
