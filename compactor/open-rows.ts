import type { RowIdentities } from './row-identities.ts';

/** The best row of each key that has gone in and not come out yet. */
export interface OpenRows {
  add(rows: RowIdentities, size: number): void;
  /** Takes the rows out, up to the first one that is wrong. */
  take(rows: RowIdentities, size: number): 'unknown' | 'not-best' | 'changed' | undefined;
  size(): number;
  /** Of the best rows of all keys so far, and of those taken out. */
  checksums(): { readonly expected: bigint; readonly taken: bigint };
}

/** Whether the first priority, at its index, comes before the second. */
export type IsBetter = (a: Float64Array, at: number, b: Float64Array, bt: number) => boolean;

/** Numbers in a priority. */
export const PRIORITY = 5;

/** Of an entry for which rows competed that are as good as each other and yet differ: any of them may come out. */
export const ANY_WITNESS = -(2 ** 31);

/**
 * A hash table with chains, asked twice for every row. An entry is 64 bytes, so that it is one line of the processor's
 * cache: as integers the key, the next entry of its chain, a witness and the fingerprint, as doubles the priority.
 * Entry 0 is none.
 */
export function openRows(isBetter: IsBetter): OpenRows {
  let capacity = 1 << 14;
  let heads = new Int32Array(capacity);
  let ints = new Int32Array(capacity * INTS);
  let doubles = new Float64Array(ints.buffer);
  let free = 0;
  let used = 1;
  let count = 0;
  /** Gets what is touched, so that touching is not optimised away. */
  const touched = new Int32Array(1);
  const expected = sum64();
  const taken = sum64();

  function find(low: number, high: number): number {
    let entry = heads[low & (capacity - 1)] as number;
    while (entry !== 0 && (ints[entry * INTS] !== low || ints[entry * INTS + 1] !== high)) {
      entry = ints[entry * INTS + NEXT] as number;
    }
    return entry;
  }

  /** Brings the entries of the next rows into the processor's cache, all at once instead of one after the other. */
  function touch({ keys }: RowIdentities, from: number, size: number): void {
    const to = Math.min(from + TOUCHED, size);
    let sum = 0;
    for (let row = from; row < to; row++) {
      sum ^= ints[(heads[(keys[row * 2] as number) & (capacity - 1)] as number) * INTS] as number;
    }
    touched[0] = sum;
  }

  function isEqual({ priorities }: RowIdentities, row: number, entry: number): boolean {
    const at = entry * DOUBLES + FIRST_DOUBLE;
    for (let i = 0; i < PRIORITY; i++) {
      if (doubles[at + i] !== priorities[row * PRIORITY + i]) return false;
    }
    return true;
  }

  function write(entry: number, rows: RowIdentities, row: number): void {
    const at = entry * DOUBLES + FIRST_DOUBLE;
    for (let i = 0; i < PRIORITY; i++) doubles[at + i] = rows.priorities[row * PRIORITY + i] as number;
    ints[entry * INTS + WITNESS] = rows.witnesses[row] as number;
    ints[entry * INTS + FINGERPRINT] = rows.fingerprints[row * 2] as number;
    ints[entry * INTS + FINGERPRINT + 1] = rows.fingerprints[row * 2 + 1] as number;
    expected.add(rows.fingerprints, row);
  }

  function insert(low: number, high: number): number {
    let entry = free;
    if (entry !== 0) {
      free = ints[entry * INTS + NEXT] as number;
    } else {
      if (used === capacity) grow();
      entry = used++;
    }
    ints[entry * INTS] = low;
    ints[entry * INTS + 1] = high;
    link(entry);
    count += 1;
    return entry;
  }

  function link(entry: number): void {
    const bucket = (ints[entry * INTS] as number) & (capacity - 1);
    ints[entry * INTS + NEXT] = heads[bucket] as number;
    heads[bucket] = entry;
  }

  function remove(entry: number): void {
    const bucket = (ints[entry * INTS] as number) & (capacity - 1);
    const following = ints[entry * INTS + NEXT] as number;
    if (heads[bucket] === entry) {
      heads[bucket] = following;
    } else {
      let before = heads[bucket] as number;
      while (ints[before * INTS + NEXT] !== entry) before = ints[before * INTS + NEXT] as number;
      ints[before * INTS + NEXT] = following;
    }
    ints[entry * INTS + NEXT] = free;
    free = entry;
    count -= 1;
  }

  /** Only when every entry is in use. */
  function grow(): void {
    const old = ints;
    capacity *= 2;
    heads = new Int32Array(capacity);
    ints = new Int32Array(capacity * INTS);
    ints.set(old);
    doubles = new Float64Array(ints.buffer);
    for (let entry = 1; entry < used; entry++) link(entry);
  }

  return {
    add(rows, size) {
      for (let row = 0; row < size; row++) {
        if (row % TOUCHED === 0) touch(rows, row, size);
        const low = rows.keys[row * 2] as number;
        const high = rows.keys[row * 2 + 1] as number;
        const entry = find(low, high);
        if (entry === 0) {
          write(insert(low, high), rows, row);
        } else if (isBetter(rows.priorities, row * PRIORITY, doubles, entry * DOUBLES + FIRST_DOUBLE)) {
          expected.subtract(ints, entry * (INTS / 2) + FINGERPRINT / 2);
          write(entry, rows, row);
        } else if (ints[entry * INTS + WITNESS] !== rows.witnesses[row] && isEqual(rows, row, entry)) {
          ints[entry * INTS + WITNESS] = ANY_WITNESS;
        }
      }
    },

    take(rows, size) {
      for (let row = 0; row < size; row++) {
        if (row % TOUCHED === 0) touch(rows, row, size);
        const entry = find(rows.keys[row * 2] as number, rows.keys[row * 2 + 1] as number);
        if (entry === 0) return 'unknown';
        if (!isEqual(rows, row, entry)) return 'not-best';
        const witness = ints[entry * INTS + WITNESS];
        if (
          (witness !== rows.witnesses[row] && witness !== ANY_WITNESS) ||
          ints[entry * INTS + FINGERPRINT] !== rows.fingerprints[row * 2] ||
          ints[entry * INTS + FINGERPRINT + 1] !== rows.fingerprints[row * 2 + 1]
        ) {
          return 'changed';
        }
        taken.add(rows.fingerprints, row);
        remove(entry);
      }
      return undefined;
    },

    size: () => count,
    checksums: () => ({ expected: expected.value(), taken: taken.value() }),
  };
}

/** Rows whose entries are fetched together. */
const TOUCHED = 32;

/** Of an entry: integers and doubles in all, and where they are. */
const INTS = 16;
const DOUBLES = INTS / 2;
const NEXT = 2;
const WITNESS = 3;
const FINGERPRINT = 4;
const FIRST_DOUBLE = 3;

/** A sum modulo 2^64 of numbers that are pairs of 32 bits, without a BigInt for each. */
export function sum64(): {
  add(pairs: Int32Array, index: number): void;
  subtract(pairs: Int32Array, index: number): void;
  value(): bigint;
} {
  let low = 0;
  let high = 0;
  return {
    add(pairs, index) {
      const sum = low + ((pairs[index * 2] as number) >>> 0);
      low = sum >>> 0;
      high = (high + (pairs[index * 2 + 1] as number) + (sum > MOST_UINT32 ? 1 : 0)) | 0;
    },
    subtract(pairs, index) {
      const difference = low - ((pairs[index * 2] as number) >>> 0);
      low = difference >>> 0;
      high = (high - (pairs[index * 2 + 1] as number) - (difference < 0 ? 1 : 0)) | 0;
    },
    value: () => (BigInt(high >>> 0) << 32n) | BigInt(low),
  };
}

const MOST_UINT32 = 0xffff_ffff;
