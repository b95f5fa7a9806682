/** The slots of a column that is being filled, one for each row of what it is inside of. */
export interface Slots {
  /** Slots that are filled. */
  length: number;
  hasNull: boolean;
  /** A bit a slot, least significant first, 1 for a value. Those not filled are 1. */
  present: Uint8Array;
}

export function emptySlots(): Slots {
  return { length: 0, hasNull: false, present: new Uint8Array(FIRST_LENGTH).fill(255) };
}

export const FIRST_LENGTH = 256;

/** Fills a slot with null. */
export function addNull(slots: Slots): void {
  const { length } = slots;
  const byte = length >> 3;
  reservePresent(slots, length + 1);
  slots.present[byte] = (slots.present[byte] ?? 0) & ~(1 << (length & 7));
  slots.hasNull = true;
  slots.length++;
}

/** The bits of all slots; undefined if none is null. */
export function presentBits(slots: Slots): Uint8Array | undefined {
  if (!slots.hasNull) return undefined;
  reservePresent(slots, slots.length);
  return slots.present.subarray(0, (slots.length + 7) >> 3);
}

function reservePresent(slots: Slots, length: number): void {
  slots.present = longer((size) => new Uint8Array(size).fill(255), slots.present, (length + 7) >> 3);
}

export function clearSlots(slots: Slots): void {
  if (slots.hasNull) slots.present.fill(255);
  slots.hasNull = false;
  slots.length = 0;
}

interface Elements<T> {
  readonly length: number;
  set(values: T): void;
}

/** An array of at least `length` with the content of `array`, which it is if that is long enough. */
export function longer<T extends Elements<T>>(create: (length: number) => T, array: T, length: number): T {
  if (length <= array.length) return array;
  const made = create(Math.max(length, array.length * 2));
  made.set(array);
  return made;
}
