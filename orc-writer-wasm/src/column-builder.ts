import { childPath } from './column-path.ts';
import type { ColumnVector } from './columns.ts';
import { SchemaMismatchError } from './errors.ts';
import { scalarValues } from './scalar-values.ts';
import type { TypeDescription } from './schema.ts';
import { FIRST_LENGTH, addNull, clearSlots, emptySlots, longer, presentBits, type Slots } from './slots.ts';

/** Collects one column value by value; the columns inside it have builders of their own. */
export interface ColumnBuilder {
  readonly slots: Readonly<Slots>;
  /** Fills the next slot. */
  readonly set: (value: unknown) => void;
  /** Fills the next slot with what the builders inside were given. */
  end(): void;
  /** The first `length` slots, which must be all; valid until `clear()`. */
  vector(length: number): ColumnVector;
  clear(): void;
}

/** What differs between types. A slot without a value exists, and its content does not matter. */
export interface SlotValues {
  readonly set: (value: unknown) => void;
  /** Makes the value from what is inside. */
  end?(): void;
  vector(length: number): ColumnVector;
  clear?(): void;
}

/** What the values of a column need to know of it. */
export interface ColumnContext {
  readonly slots: Slots;
  /** Fills the next slot with null if that is the value, and otherwise says that it does not fit. */
  readonly setNull: (value: unknown) => void;
  /** @throws {SchemaMismatchError} always */
  readonly fail: (fault: string) => never;
  /** Bytes that all columns of a row builder hold in strings and lists. */
  readonly held: { bytes: number };
}

/** `byId` gets this builder, and those inside, by the ids of their types. */
export function columnBuilder(
  type: TypeDescription,
  path: string,
  held: { bytes: number },
  byId: ColumnBuilder[],
): ColumnBuilder {
  const children = type.children.map((child, i) =>
    columnBuilder(child, childPath(type, i, path), held, byId),
  );
  const slots = emptySlots();
  const values = slotValues(type, children, { slots, setNull, fail, held });

  const builder: ColumnBuilder = {
    slots,
    set: values.set,
    end() {
      if (values.end === undefined) fail('has no columns inside');
      else values.end();
    },
    vector(length) {
      if (slots.length !== length) fail('was set in a row that was not ended');
      const vector = values.vector(length);
      const present = presentBits(slots);
      return present === undefined ? vector : { ...vector, present };
    },
    clear() {
      clearSlots(slots);
      values.clear?.();
      for (const child of children) child.clear();
    },
  };
  byId[type.id] = builder;
  return builder;

  function setNull(value: unknown): void {
    if (value !== null && value !== undefined)
      fail(`is ${type.category}, which a ${typeof value} does not fit`);
    addNull(slots);
  }

  function fail(fault: string): never {
    const place = path === '' ? 'the row' : `column ${path}`;
    throw new SchemaMismatchError('bad-value', `${place} ${fault}`);
  }
}

const NOT_ENDED = 'was not ended after columns inside it were set';

function slotValues(
  type: TypeDescription,
  children: readonly ColumnBuilder[],
  context: ColumnContext,
): SlotValues {
  const [first, second] = children;
  if (type.category === 'struct') return structValues(type.fieldNames, children, context);
  if (type.category === 'uniontype') return unionValues(children, context);
  if (first === undefined) return scalarValues(type, context);
  return second === undefined ? listValues(first, context) : mapValues(first, second, context);
}

function structValues(
  names: readonly string[],
  children: readonly ColumnBuilder[],
  { slots, setNull, fail }: ColumnContext,
): SlotValues {
  const fields = children.map((child, i) => ({ name: names[i] ?? '', slots: child.slots, set: child.set }));
  return {
    set(value) {
      const isValue = typeof value === 'object' && value !== null;
      const { length } = slots;
      if (isValue) slots.length++;
      else setNull(value);
      for (const field of fields) {
        if (field.slots.length !== length) fail(NOT_ENDED);
        field.set(isValue ? Reflect.get(value, field.name) : null);
      }
    },
    end() {
      for (const field of fields) {
        if (field.slots.length === slots.length) field.set(null);
        else if (field.slots.length !== slots.length + 1) fail(`has more than one value of ${field.name}`);
      }
      slots.length++;
    },
    vector: (length) => ({ fields: children.map((child) => child.vector(length)) }),
  };
}

/** Where the elements of each slot end; `element` is a column that holds them. */
function listEnds(element: ColumnBuilder, { slots, setNull, fail, held }: ColumnContext) {
  const create = (length: number): Uint32Array => new Uint32Array(length);
  let ends = create(FIRST_LENGTH);
  let ended = 0;
  return { begin, end, endNull, offsets, clear, elements: () => ended };

  function begin(): void {
    if (element.slots.length !== ended) fail(NOT_ENDED);
  }

  function end(): void {
    slots.length++;
    keepEnd();
  }

  function endNull(value: unknown): void {
    setNull(value);
    keepEnd();
  }

  function offsets(length: number): Uint32Array {
    return ends.subarray(0, length + 1);
  }

  function clear(): void {
    ended = 0;
  }

  function keepEnd(): void {
    held.bytes += (element.slots.length - ended) * BYTES_AN_ELEMENT;
    ended = element.slots.length;
    ends = longer(create, ends, slots.length + 1);
    ends[slots.length] = ended;
  }
}

const BYTES_AN_ELEMENT = 8;

function listValues(element: ColumnBuilder, context: ColumnContext): SlotValues {
  const { begin, end, endNull, elements, offsets, clear } = listEnds(element, context);
  return {
    set(value) {
      begin();
      if (!Array.isArray(value)) return endNull(value);
      for (const each of value) element.set(each);
      end();
    },
    end,
    vector: (length) => ({ offsets: offsets(length), child: element.vector(elements()) }),
    clear,
  };
}

function mapValues(key: ColumnBuilder, value: ColumnBuilder, context: ColumnContext): SlotValues {
  const { begin, end, endNull, elements, offsets, clear } = listEnds(key, context);
  return {
    set(map) {
      begin();
      if (!(map instanceof Map)) return endNull(map);
      for (const [name, each] of map) {
        key.set(name);
        value.set(each);
      }
      end();
    },
    end() {
      if (value.slots.length !== key.slots.length) context.fail('has not one value a key');
      end();
    },
    vector: (length) => ({
      offsets: offsets(length),
      key: key.vector(elements()),
      value: value.vector(elements()),
    }),
    clear,
  };
}

function unionValues(
  variants: readonly ColumnBuilder[],
  { slots, setNull, fail }: ColumnContext,
): SlotValues {
  const create = (length: number): Uint8Array => new Uint8Array(length);
  let tags = create(FIRST_LENGTH);
  return {
    set(value) {
      if (variants.some((variant) => variant.slots.length !== slots.length)) fail(NOT_ENDED);
      if (typeof value !== 'object' || value === null || !('tag' in value) || !('value' in value)) {
        setNull(value);
        for (const variant of variants) variant.set(null);
        return;
      }
      const variant = typeof value.tag === 'number' ? variants[value.tag] : undefined;
      if (variant === undefined) fail('has no such variant');
      else variant.set(value.value);
      end();
    },
    end,
    vector(length) {
      tags = longer(create, tags, length);
      return { tags: tags.subarray(0, length), children: variants.map((variant) => variant.vector(length)) };
    },
  };

  /** The variant that was set is the value. */
  function end(): void {
    const isSet = (variant: ColumnBuilder): boolean => variant.slots.length > slots.length;
    const tag = variants.findIndex(isSet);
    if (tag === -1 || tag !== variants.findLastIndex(isSet)) fail('has not one variant that was set');
    tags = longer(create, tags, slots.length + 1);
    tags[slots.length++] = tag;
    variants.forEach((variant, i) => i === tag || variant.set(null));
  }
}
