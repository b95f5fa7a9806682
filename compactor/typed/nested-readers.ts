import {
  DAMAGED,
  misfitAt,
  OPEN_BRACE,
  OPEN_BRACKET,
  skipValue,
  walkArray,
  walkObject,
} from './json-scan.ts';
import { enlarged } from './leaf-reader.ts';
import { UNKNOWN, type FindMember } from './member-table.ts';
import { FIRST_CAPACITY, presence, presentBits, pushSlot } from './presence.ts';
import { readValue, type Notes, type ValueReader } from './value-reader.ts';

/** A field that does not fit is null and the struct stays; `fields` are in the order of the names `find` knows. */
export function structReader(fields: readonly ValueReader[], find: FindMember, notes: Notes): ValueReader {
  const slots = presence();
  return {
    slots,
    read(bytes, at) {
      if (bytes[at] !== OPEN_BRACE) return misfitAt(skipValue(bytes, at));
      const end = walkObject(bytes, at, readMember);
      if (end < 0) return DAMAGED;
      takeSlot(0);
      return end;
    },
    pushNull: () => takeSlot(1),
    truncate(size) {
      slots.size = size;
      for (const field of fields) field.truncate(Math.min(size, field.slots.size));
    },
    vector: () => ({ fields: fields.map((field) => field.vector()), ...presentBits(slots) }),
  };

  function readMember(bytes: Uint8Array, key: number, keyEnd: number, at: number): number {
    const found = find(bytes, key, keyEnd);
    if (found === UNKNOWN) return skipValue(bytes, at);
    const field = fields[found < 0 ? ~found : found] as ValueReader;
    if (field.slots.size > slots.size) {
      if (found < 0) return skipValue(bytes, at);
      field.truncate(slots.size);
    }
    const end = readValue(field, bytes, at);
    if (end >= DAMAGED) return end;
    notes.hasMisfit = true;
    field.pushNull();
    return ~end;
  }

  function takeSlot(isNull: 0 | 1): void {
    pushSlot(slots, isNull);
    for (const field of fields) {
      if (field.slots.size < slots.size) field.pushNull();
    }
  }
}

/** An element that does not fit makes the whole array one that does not. */
export function listReader(element: ValueReader): ValueReader {
  const children = childSlots((size) => element.truncate(size));
  return {
    slots: children.slots,
    read(bytes, at) {
      if (bytes[at] !== OPEN_BRACKET) return misfitAt(skipValue(bytes, at));
      const end = walkArray(bytes, at, readElement);
      return children.close(end, element.slots.size, bytes, at);
    },
    pushNull: children.pushNull,
    truncate: children.truncate,
    vector: () => ({ child: element.vector(), ...children.vector() }),
  };

  function readElement(bytes: Uint8Array, at: number): number {
    return readValue(element, bytes, at);
  }
}

/** As {@link listReader}; the keys are read as strings. */
export function mapReader(key: ValueReader, value: ValueReader): ValueReader {
  const children = childSlots((size) => {
    key.truncate(size);
    value.truncate(size);
  });
  return {
    slots: children.slots,
    read(bytes, at) {
      if (bytes[at] !== OPEN_BRACE) return misfitAt(skipValue(bytes, at));
      const end = walkObject(bytes, at, readEntry);
      return children.close(end, value.slots.size, bytes, at);
    },
    pushNull: children.pushNull,
    truncate: children.truncate,
    vector: () => ({ key: key.vector(), value: value.vector(), ...children.vector() }),
  };

  function readEntry(bytes: Uint8Array, name: number, _nameEnd: number, at: number): number {
    const end = readValue(value, bytes, at);
    if (end >= 0) key.read(bytes, name - 1);
    return end;
  }
}

/** Slots of which each has any number of a child's slots. */
function childSlots(truncateChild: (size: number) => void) {
  const slots = presence();
  let offsets = new Uint32Array(FIRST_CAPACITY + 1);
  return {
    slots,
    /** Takes a slot up to the child's `size`, or drops what was read for it if the walk ended with a fault. */
    close(end: number, size: number, bytes: Uint8Array, at: number): number {
      if (end >= 0) {
        push(0, size);
        return end;
      }
      truncateChild(offsets[slots.size] as number);
      return end === DAMAGED ? DAMAGED : misfitAt(skipValue(bytes, at));
    },
    pushNull: () => push(1, offsets[slots.size] as number),
    truncate: (size: number) => {
      slots.size = size;
      truncateChild(offsets[size] as number);
    },
    vector: () => ({ offsets: offsets.subarray(0, slots.size + 1), ...presentBits(slots) }),
  };

  function push(isNull: 0 | 1, size: number): void {
    pushSlot(slots, isNull);
    if (slots.size >= offsets.length) offsets = enlarged(offsets, new Uint32Array(offsets.length * 2));
    offsets[slots.size] = size;
  }
}
