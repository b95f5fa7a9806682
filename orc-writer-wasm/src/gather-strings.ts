import type { ColumnVector, Dictionary } from './columns.ts';
import { region, type Core, type Region } from './core.ts';
import { MemoryLimitError, type SchemaMismatchError } from './errors.ts';
import type { Gatherer } from './gather.ts';
import { PICK_BYTES, type Picks } from './picks.ts';
import { slotArrays } from './slot-arrays.ts';
import { stringSets } from './string-sets.ts';
import { SLACK } from './workspace.ts';

/** Dictionaries are joined up to so many bytes of strings; above it strings are gathered as they are. */
const MOST_JOINED_BYTES = 32 * 2 ** 20;

/**
 * STRING, BINARY, CHAR and VARCHAR. As long as all picked rows have their strings by number, the result has so too, in
 * a dictionary that joins those of all batches and stays the same until a new one comes.
 */
export function stringGatherer(core: Core, badVector: () => SchemaMismatchError): Gatherer {
  const { kernels } = core;
  const sets = stringSets(core);
  const setOfSlot: number[] = [];
  /** Of each slot where its numbers are, or 0, and its set; of each set where it begins in the joined dictionary. */
  const numbers = slotArrays(core);
  const setNumbers = slotArrays(core);
  const bases = slotArrays(core);
  /** What the joined dictionary is made of, with the numbers that their sets had then. */
  const joinedSets = new Map<Dictionary, number>();
  let joined: Dictionary | undefined;
  const stringPicks = region(core);
  const gatheredNumbers = region(core);
  const gatheredOffsets = region(core);
  const gatheredData = region(core);

  return {
    load(slot, vector, rows) {
      const before = setOfSlot[slot];
      if (before !== undefined) sets.release(before);
      const number = setOf(vector, rows);
      setOfSlot[slot] = number;
      setNumbers.set(slot, number);
      if ('ids' in vector) numbers.load(slot, vector.ids.subarray(0, rows));
      else numbers.set(slot, 0);
    },
    gather: (picks) => gatherNumbers(picks) ?? gatherStrings(picks),
  };

  function setOf(vector: ColumnVector, rows: number): number {
    if ('ids' in vector) {
      const { dictionary } = vector;
      return sets.share(dictionary.isStable === true ? dictionary : copyOf(dictionary));
    }
    if (!('data' in vector)) throw badVector();
    return sets.add({ data: vector.data, offsets: vector.offsets.subarray(0, rows + 1) });
  }

  function gatherNumbers({ address, count }: Picks): (() => ColumnVector) | undefined {
    const dictionary = joinDictionaries();
    if (dictionary === undefined) return undefined;
    const out = gatheredNumbers.reserve(count * 4 + SLACK);
    const areNumbered = kernels.gatherNumbers(
      address,
      count,
      numbers.table,
      setNumbers.table,
      bases.table,
      out,
    );
    if (areNumbered === 0) return undefined;
    return () => ({ ids: new Uint32Array(kernels.memory.buffer, out, count), dictionary });
  }

  function joinDictionaries(): Dictionary | undefined {
    // A dictionary that was gone and came back has another set.
    const isJoined = [...sets.shared].every(
      ([dictionary, { number }]) => joinedSets.get(dictionary) === number,
    );
    if (isJoined) return joined;
    const wanted = [...sets.shared.keys()];
    joinedSets.clear();
    joined = undefined;
    const bytes = wanted.reduce((sum, { data }) => sum + data.length, 0);
    if (bytes > MOST_JOINED_BYTES) return undefined;
    let entries = 0;
    for (const [dictionary, { number }] of sets.shared) {
      joinedSets.set(dictionary, number);
      bases.set(number, entries);
      entries += Math.max(0, dictionary.offsets.length - 1);
    }
    joined = joinedDictionary(wanted, entries);
    return joined;
  }

  function gatherStrings({ address, count }: Picks): () => ColumnVector {
    const picks = { address: stringPicks.reserve(count * PICK_BYTES), count };
    kernels.pickNumbered(address, count, numbers.table, setNumbers.table, picks.address);
    const { at, total } = gatherOffsets(core, picks, sets.offsets.table, gatheredOffsets);
    const out = gatheredData.reserve(total + SLACK);
    kernels.gatherData(picks.address, count, sets.offsets.table, sets.data.table, out);
    return () => ({
      data: core.bytes.subarray(out, out + total),
      offsets: new Uint32Array(kernels.memory.buffer, at, count + 1),
    });
  }
}

/** Batches are borrowed, and it is joined with others when that is over. */
function copyOf({ data, offsets }: Dictionary): Dictionary {
  return { data: new Uint8Array(data), offsets: new Uint32Array(offsets) };
}

function joinedDictionary(dictionaries: readonly Dictionary[], entries: number): Dictionary {
  const offsets = new Uint32Array(entries + 1);
  let at = 0;
  let end = 0;
  for (const { offsets: own } of dictionaries) {
    const [first = 0] = own;
    for (let i = 1; i < own.length; i++) offsets[++at] = end + (own[i] ?? 0) - first;
    end = offsets[at] ?? 0;
  }
  const data = dictionaries.map((each) => each.data.subarray(each.offsets[0] ?? 0, each.offsets.at(-1) ?? 0));
  return { data: Buffer.concat(data), offsets, isStable: true };
}

/** The offsets of picked rows, and what they come to. */
export function gatherOffsets(
  core: Core,
  { address, count }: Picks,
  table: number,
  out: Region,
): { readonly at: number; readonly total: number } {
  const at = out.reserve((count + 1) * 4 + SLACK);
  const total = core.kernels.gatherOffsets(address, count, table, at);
  if (total < 0) {
    throw new MemoryLimitError('memory-limit', `${count} merged rows have over 2 GiB in one column`);
  }
  return { at, total };
}
