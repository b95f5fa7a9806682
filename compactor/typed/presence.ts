/** Which slots are null: a byte a slot, 1 for null. */
export interface Presence {
  size: number;
  nulls: Uint8Array;
}

export function presence(): Presence {
  return { size: 0, nulls: new Uint8Array(FIRST_CAPACITY) };
}

/** What {@link presence} has room for at first. */
export const FIRST_CAPACITY = 1_024;

/** Takes a slot, for a null or for a value. */
export function pushSlot(slots: Presence, isNull: 0 | 1): void {
  if (slots.size === slots.nulls.length) slots.nulls = enlarged(slots.nulls);
  slots.nulls[slots.size++] = isNull;
}

/** A bit a slot, 1 for a value, or nothing if all are values. */
export function presentBits({ size, nulls }: Presence): { readonly present?: Uint8Array } {
  const used = nulls.subarray(0, size);
  return used.includes(1) ? { present: packBits(used, 0) } : {};
}

/** A bit for each byte, least significant first, 1 for those that are `value`. */
export function packBits(bytes: Uint8Array, value: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8));
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === value) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
  }
  return bits;
}

function enlarged(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}
