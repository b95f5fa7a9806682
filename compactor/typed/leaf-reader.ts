import type { ColumnVector } from 'orc-writer-wasm';
import { byteSink } from './byte-sink.ts';
import { DAMAGED, misfitAt, QUOTE, skipValue, stringEnd } from './json-scan.ts';
import { appendUnescaped } from './json-string.ts';
import { FIRST_CAPACITY, presence, presentBits, pushSlot } from './presence.ts';
import type { ValueReader } from './value-reader.ts';

/** Where the values of a type without children go, by their slots. */
export interface LeafValues {
  /** Makes room for `capacity` slots and keeps what there is; called before anything else. */
  readonly grow: (capacity: number) => void;
  /** As `ValueReader.read`. */
  readonly write: (bytes: Uint8Array, at: number, slot: number) => number;
  /** If the slot of a null must hold something. */
  readonly writeNull?: (slot: number) => void;
  readonly vector: (size: number, present: { readonly present?: Uint8Array }) => ColumnVector;
}

export function leafReader({ grow, write, writeNull, vector }: LeafValues): ValueReader {
  const slots = presence();
  let capacity = FIRST_CAPACITY;
  grow(capacity);
  return {
    slots,
    read(bytes, at) {
      reserveSlot();
      const end = write(bytes, at, slots.size);
      if (end >= 0) pushSlot(slots, 0);
      return end;
    },
    pushNull() {
      reserveSlot();
      writeNull?.(slots.size);
      pushSlot(slots, 1);
    },
    truncate(size) {
      slots.size = size;
    },
    vector: () => vector(slots.size, presentBits(slots)),
  };

  function reserveSlot(): void {
    if (slots.size < capacity) return;
    capacity *= 2;
    grow(capacity);
  }
}

/** `larger` with what there was. */
export function enlarged<T extends { set(values: T): void }>(values: T, larger: T): T {
  larger.set(values);
  return larger;
}

/** Puts what a text says into a slot; false if it says nothing of the type. */
export type ParseText = (text: Uint8Array, start: number, end: number, slot: number) => boolean;

/** Has the characters of the string at `at` parsed; anything else there is a misfit. */
export function readText(bytes: Uint8Array, at: number, slot: number, parse: ParseText): number {
  if (bytes[at] !== QUOTE) return misfitAt(skipValue(bytes, at));
  const quote = stringEnd(bytes, at + 1);
  if (quote === 0) return DAMAGED;
  if (quote > 0) return parse(bytes, at + 1, quote, slot) ? quote + 1 : misfitAt(quote + 1);
  scratch.length = 0;
  appendUnescaped(scratch, bytes, at + 1, -quote);
  return parse(scratch.bytes, 0, scratch.length, slot) ? -quote + 1 : misfitAt(-quote + 1);
}

/** Room for the characters of a string that has escapes. */
const scratch = byteSink();
