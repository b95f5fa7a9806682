import type { ColumnBatch, Dictionary } from 'orc-writer-wasm';
import { ANY_WITNESS, PRIORITY, type IsBetter } from './open-rows.ts';
import { COLUMN, halvesIn, intsIn, stringsIn, timestampsIn, type Strings } from './part-columns.ts';

/**
 * Which rows are the same, and which of them is wanted.
 *
 * - `changes`: the same id and fingerprint; the highest generation, then the newest (equal unless the program that read
 *   them was changed meanwhile), a DELETE before an INSERT, then the smallest source object and line.
 * - `newest`: the same id; the newest, a DELETE before an INSERT, the smallest fingerprint, then the highest generation.
 * - `delete-wins`: the same id; a DELETE before an INSERT, the newest, the smallest fingerprint, then the highest
 *   generation.
 */
export type Rule = 'changes' | 'newest' | 'delete-wins';

/** What a proof has to know of the rows of a batch; valid until the next batch. */
export interface RowIdentities {
  /** Of each row a pair that is equal for rows that are the same. */
  readonly keys: Int32Array;
  /** {@link PRIORITY} numbers a row, to be compared by `isBetter`. */
  readonly priorities: Float64Array;
  readonly fingerprints: Int32Array;
  /** A digest of samples of everything else. */
  readonly witnesses: Int32Array;
}

export function rowIdentities(rule: Rule): {
  of(batch: ColumnBatch): RowIdentities;
  readonly isBetter: IsBetter;
} {
  const names = rule === 'changes' ? sourceNames() : undefined;
  let rows = roomFor(1_024);

  function of(batch: ColumnBatch): RowIdentities {
    if (rows.witnesses.length < batch.size) rows = roomFor(batch.size);
    const filled: FilledRows = { ...rows, fingerprints: halvesIn(batch, COLUMN.fingerprint) };
    fillVersions(batch, filled);
    fillWitnesses(batch, filled);
    if (names === undefined) {
      fillIdKeys(batch, filled);
      fillAges(batch, filled, rule === 'delete-wins');
    } else {
      fillRecordKeys(batch, filled);
      fillOrigins(batch, filled, names.of(stringsIn(batch, COLUMN.sourceObject), batch.size));
    }
    return filled;
  }

  return { of, isBetter: names?.isBetter ?? isSmaller };
}

interface FilledRows extends RowIdentities {
  /** How old each row is, in milliseconds before 1970. */
  readonly ages: Float64Array;
  /** The first letter of its type. */
  readonly types: Uint8Array;
}

function roomFor(rows: number): Omit<FilledRows, 'fingerprints'> {
  return {
    keys: new Int32Array(rows * 2),
    priorities: new Float64Array(rows * PRIORITY),
    witnesses: new Int32Array(rows),
    ages: new Float64Array(rows),
    types: new Uint8Array(rows),
  };
}

const isSmaller: IsBetter = (a, at, b, bt) => {
  for (let i = 0; i < PRIORITY; i++) {
    const difference = (a[at + i] as number) - (b[bt + i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
};

/** The fingerprint, and of the id what keeps two records apart whose fingerprints are equal by chance. */
function fillRecordKeys(batch: ColumnBatch, { keys, fingerprints }: FilledRows): void {
  const { data, offsets, ids } = stringsIn(batch, COLUMN.id);
  for (let row = 0; row < batch.size; row++) {
    const index = ids === undefined ? row : (ids[row] as number);
    const end = offsets[index + 1] as number;
    let tail = end - (offsets[index] as number);
    for (let at = Math.max(end - 8, offsets[index] as number); at < end; at++) {
      tail = Math.imul(tail ^ (data[at] as number), FNV_PRIME);
    }
    keys[row * 2] = fingerprints[row * 2] as number;
    keys[row * 2 + 1] = (fingerprints[row * 2 + 1] as number) ^ tail;
  }
}

/** 64 bits of hash of the id: two FNV-1a that differ in where they begin and in what they multiply with. */
function fillIdKeys(batch: ColumnBatch, { keys }: FilledRows): void {
  const { data, offsets, ids } = stringsIn(batch, COLUMN.id);
  for (let row = 0; row < batch.size; row++) {
    const index = ids === undefined ? row : (ids[row] as number);
    const end = offsets[index + 1] as number;
    let low = FNV_BASIS;
    let high = 0x9e37_79b9 | 0;
    for (let at = offsets[index] as number; at < end; at++) {
      const byte = data[at] as number;
      low = Math.imul(low ^ byte, FNV_PRIME);
      high = Math.imul(high ^ byte, OTHER_PRIME);
    }
    keys[row * 2] = low ^ (low >>> 15);
    keys[row * 2 + 1] = high;
  }
}

function fillOrigins(batch: ColumnBatch, { priorities, ages, types }: FilledRows, sources: Int32Array): void {
  const generations = halvesIn(batch, COLUMN.generation);
  const lines = intsIn(batch, COLUMN.sourceLine);
  for (let row = 0; row < batch.size; row++) {
    const at = row * PRIORITY;
    priorities[at] = -signed64(generations, row);
    priorities[at + 1] = ages[row] as number;
    priorities[at + 2] = types[row] as number;
    priorities[at + SOURCE] = sources[row] as number;
    priorities[at + 4] = lines[row] as number;
  }
}

function fillAges(
  batch: ColumnBatch,
  { priorities, ages, types, fingerprints }: FilledRows,
  doDeletesWin: boolean,
): void {
  const generations = halvesIn(batch, COLUMN.generation);
  const [first, second] = doDeletesWin ? [types, ages] : [ages, types];
  for (let row = 0; row < batch.size; row++) {
    const at = row * PRIORITY;
    priorities[at] = first[row] as number;
    priorities[at + 1] = second[row] as number;
    priorities[at + 2] = fingerprints[row * 2 + 1] as number;
    priorities[at + 3] = (fingerprints[row * 2] as number) >>> 0;
    priorities[at + 4] = -signed64(generations, row);
  }
}

function fillVersions(batch: ColumnBatch, { ages, types: letters }: FilledRows): void {
  const { seconds, nanos } = timestampsIn(batch);
  const { data, offsets, ids } = stringsIn(batch, COLUMN.dbType);
  for (let row = 0; row < batch.size; row++) {
    // Versions are of whole milliseconds.
    ages[row] = -(signed64(seconds, row) * 1000 + (nanos[row] as number) / 1e6);
    letters[row] = data[offsets[ids === undefined ? row : (ids[row] as number)] as number] as number;
  }
}

/** Exact up to 2^53. */
function signed64(pairs: Int32Array, index: number): number {
  return (pairs[index * 2 + 1] as number) * 2 ** 32 + ((pairs[index * 2] as number) >>> 0);
}

/** Length and some bytes of val, with the date and the type: enough to see columns that do not belong together. */
function fillWitnesses(batch: ColumnBatch, { witnesses, ages, types }: FilledRows): void {
  const vals = stringsIn(batch, COLUMN.val);
  for (let row = 0; row < batch.size; row++) {
    const index = vals.ids === undefined ? row : (vals.ids[row] as number);
    const start = vals.offsets[index] as number;
    const length = (vals.offsets[index + 1] as number) - start;
    let digest = Math.imul(length ^ (ages[row] as number), FNV_PRIME) ^ (types[row] as number);
    for (let sample = 1; sample < SAMPLES && length > 0; sample++) {
      digest =
        Math.imul(digest, FNV_PRIME) ^ (vals.data[start + ((length * sample) >> SAMPLE_SHIFT)] as number);
    }
    witnesses[row] = digest === ANY_WITNESS ? 0 : digest;
  }
}

/** Where the number of a source object's name is in a priority. */
const SOURCE = 3;

const FNV_PRIME = 0x0100_0193;
const FNV_BASIS = 0x811c_9dc5 | 0;
const OTHER_PRIME = 0x85eb_ca6b | 0;
const SAMPLE_SHIFT = 3;
const SAMPLES = 1 << SAMPLE_SHIFT;

/** Numbers for the names of source objects, so that they are compared as text only where rows compete. */
function sourceNames(): { of(strings: Strings, size: number): Int32Array; isBetter: IsBetter } {
  const names: Buffer[] = [];
  const numbers = new Map<string, number>();
  const ofDictionary = new WeakMap<Dictionary, Int32Array>();
  let ofRows = new Int32Array(0);

  function numberOf(bytes: Uint8Array): number {
    const name = Buffer.from(bytes);
    const text = name.toString('latin1');
    const number = numbers.get(text) ?? names.push(name) - 1;
    numbers.set(text, number);
    return number;
  }

  function numberAll({ data, offsets }: Pick<Strings, 'data' | 'offsets'>, count: number): Int32Array {
    return Int32Array.from({ length: count }, (_, i) => numberOf(data.subarray(offsets[i], offsets[i + 1])));
  }

  return {
    of(strings, size) {
      const { ids, dictionary } = strings;
      if (ids === undefined || dictionary === undefined) return numberAll(strings, size);
      let ofEntries = ofDictionary.get(dictionary);
      if (ofEntries === undefined) {
        ofEntries = numberAll(dictionary, dictionary.offsets.length - 1);
        ofDictionary.set(dictionary, ofEntries);
      }
      if (ofRows.length < size) ofRows = new Int32Array(size);
      for (let row = 0; row < size; row++) ofRows[row] = ofEntries[ids[row] as number] as number;
      return ofRows;
    },
    isBetter(a, at, b, bt) {
      for (let i = 0; i < PRIORITY; i++) {
        const [one, other] = [a[at + i] as number, b[bt + i] as number];
        if (one === other) continue;
        return i === SOURCE ? Buffer.compare(names[one] as Buffer, names[other] as Buffer) < 0 : one < other;
      }
      return false;
    },
  };
}
