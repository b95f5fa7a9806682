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

/** A hash table with chains, in typed arrays: it is asked twice for every row. Entry 0 is none. */
export function openRows(isBetter: IsBetter): OpenRows {
  let capacity = 1 << 14;
  let heads = new Int32Array(capacity);
  let next = new Int32Array(capacity);
  let keys = new Int32Array(capacity * 2);
  let priorities = new Float64Array(capacity * PRIORITY);
  let fingerprints = new Int32Array(capacity * 2);
  let witnesses = new Int32Array(capacity);
  let free = 0;
  let used = 1;
  let count = 0;
  const expected = sum64();
  const taken = sum64();

  function find(low: number, high: number): number {
    let entry = heads[low & (capacity - 1)] as number;
    while (entry !== 0 && (keys[entry * 2] !== low || keys[entry * 2 + 1] !== high)) {
      entry = next[entry] as number;
    }
    return entry;
  }

  function isEqual(rows: RowIdentities, row: number, entry: number): boolean {
    for (let i = 0; i < PRIORITY; i++) {
      if (priorities[entry * PRIORITY + i] !== rows.priorities[row * PRIORITY + i]) return false;
    }
    return true;
  }

  function write(entry: number, rows: RowIdentities, row: number): void {
    for (let i = 0; i < PRIORITY; i++) {
      priorities[entry * PRIORITY + i] = rows.priorities[row * PRIORITY + i] as number;
    }
    fingerprints[entry * 2] = rows.fingerprints[row * 2] as number;
    fingerprints[entry * 2 + 1] = rows.fingerprints[row * 2 + 1] as number;
    witnesses[entry] = rows.witnesses[row] as number;
    expected.add(rows.fingerprints, row);
  }

  function insert(low: number, high: number): number {
    let entry = free;
    if (entry !== 0) {
      free = next[entry] as number;
    } else {
      if (used === capacity) grow();
      entry = used++;
    }
    keys[entry * 2] = low;
    keys[entry * 2 + 1] = high;
    link(entry);
    count += 1;
    return entry;
  }

  function link(entry: number): void {
    const bucket = (keys[entry * 2] as number) & (capacity - 1);
    next[entry] = heads[bucket] as number;
    heads[bucket] = entry;
  }

  function remove(entry: number): void {
    const bucket = (keys[entry * 2] as number) & (capacity - 1);
    const following = next[entry] as number;
    if (heads[bucket] === entry) {
      heads[bucket] = following;
    } else {
      let before = heads[bucket] as number;
      while (next[before] !== entry) before = next[before] as number;
      next[before] = following;
    }
    next[entry] = free;
    free = entry;
    count -= 1;
  }

  /** Only when every entry is in use. */
  function grow(): void {
    capacity *= 2;
    heads = new Int32Array(capacity);
    next = new Int32Array(capacity);
    keys = enlarged(keys, new Int32Array(capacity * 2));
    priorities = enlarged(priorities, new Float64Array(capacity * PRIORITY));
    fingerprints = enlarged(fingerprints, new Int32Array(capacity * 2));
    witnesses = enlarged(witnesses, new Int32Array(capacity));
    for (let entry = 1; entry < used; entry++) link(entry);
  }

  return {
    add(rows, size) {
      for (let row = 0; row < size; row++) {
        const low = rows.keys[row * 2] as number;
        const high = rows.keys[row * 2 + 1] as number;
        const entry = find(low, high);
        if (entry === 0) {
          write(insert(low, high), rows, row);
        } else if (isBetter(rows.priorities, row * PRIORITY, priorities, entry * PRIORITY)) {
          expected.subtract(fingerprints, entry);
          write(entry, rows, row);
        } else if (witnesses[entry] !== rows.witnesses[row] && isEqual(rows, row, entry)) {
          witnesses[entry] = ANY_WITNESS;
        }
      }
    },

    take(rows, size) {
      for (let row = 0; row < size; row++) {
        const entry = find(rows.keys[row * 2] as number, rows.keys[row * 2 + 1] as number);
        if (entry === 0) return 'unknown';
        if (!isEqual(rows, row, entry)) return 'not-best';
        if (
          (witnesses[entry] !== rows.witnesses[row] && witnesses[entry] !== ANY_WITNESS) ||
          fingerprints[entry * 2] !== rows.fingerprints[row * 2] ||
          fingerprints[entry * 2 + 1] !== rows.fingerprints[row * 2 + 1]
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

function enlarged<Numbers extends Int32Array | Float64Array>(old: Numbers, larger: Numbers): Numbers {
  larger.set(old);
  return larger;
}
