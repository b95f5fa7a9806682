import type { Dictionary } from './columns.ts';
import type { Core } from './core.ts';
import { slotArrays, type SlotArrays } from './slot-arrays.ts';

/** Strings in wasm memory: those of a batch, or a dictionary that several batches share. */
export interface StringSets {
  readonly offsets: SlotArrays;
  readonly data: SlotArrays;
  /** The dictionaries in use, with the numbers of their sets. */
  readonly shared: ReadonlyMap<Dictionary, { readonly number: number }>;
  /** The number of a set of its own for these strings. */
  add(strings: Dictionary): number;
  /** The number of the set that has this dictionary. */
  share(dictionary: Dictionary): number;
  /** One batch less needs the set. */
  release(number: number): void;
}

export function stringSets(core: Core): StringSets {
  const offsets = slotArrays(core);
  const data = slotArrays(core);
  const shared = new Map<Dictionary, { readonly number: number; uses: number }>();
  const dictionaryOf = new Map<number, Dictionary>();
  const free: number[] = [];
  let count = 0;

  return {
    offsets,
    data,
    shared,
    add,
    share(dictionary) {
      const held = shared.get(dictionary);
      if (held !== undefined) {
        held.uses++;
        return held.number;
      }
      const number = add(dictionary);
      shared.set(dictionary, { number, uses: 1 });
      dictionaryOf.set(number, dictionary);
      return number;
    },
    release(number) {
      const dictionary = dictionaryOf.get(number);
      const held = dictionary === undefined ? undefined : shared.get(dictionary);
      if (dictionary !== undefined && held !== undefined) {
        if (--held.uses > 0) return;
        shared.delete(dictionary);
        dictionaryOf.delete(number);
      }
      free.push(number);
    },
  };

  function add(strings: Dictionary): number {
    const number = free.pop() ?? count++;
    const [start = 0] = strings.offsets;
    offsets.load(number, strings.offsets.length > 1 ? strings.offsets : ONE_EMPTY);
    data.load(number, strings.data.subarray(start, strings.offsets.at(-1)), start);
    return number;
  }
}

/** A null has number 0, which must be somewhere even where there are no strings. */
const ONE_EMPTY = Uint32Array.of(0, 0);
