// Blocks on their way to other threads and chunks on their way back, in shared memory. One thread, the owner, adds
// jobs; it and any number of helpers take them, oldest first, each exactly once. Jobs use the slots in turn:
//
//   free ─add→ waiting ─take→ in hand ─deliver→ done ─collect→ free
//
// `ADDED` and `TAKEN` count jobs; taking one is a step of `TAKEN` that only one thread can make. A helper writes
// nothing but the room for the chunk, so the owner can still do a job that a helper took and does not deliver.

import { HEADER_BYTES, type StreamPurpose } from './compression.ts';

/** What a ring looks like, which every thread must know. */
export interface RingShape {
  /** A power of two, so that the counts of jobs may overflow. */
  readonly slots: number;
  readonly blockSize: number;
}

export interface ChunkRing {
  /** The owner's: the slot of the next job. */
  readonly nextSlot: number;
  /** The owner's: adds a job to that slot, which must be free. */
  add(block: Uint8Array, purpose: StreamPurpose): void;
  /** The slot of the oldest job that waits. It is in the hand of the caller then. */
  take(): number | undefined;
  /** A helper's: the same, but it waits for a job. */
  awaitJob(): number;
  job(slot: number): { readonly block: Uint8Array; readonly purpose: StreamPurpose };
  /** A helper's: without a chunk the owner does the job again, and meets what is wrong with it. */
  deliver(slot: number, chunk: Uint8Array | undefined): void;
  isDone(slot: number): boolean;
  /** The owner's: waits for a job in the hand of a helper; false if that takes longer. */
  awaitChunk(slot: number, mostMs: number): boolean;
  /** A copy of what was delivered. */
  collect(slot: number): Uint8Array | undefined;
}

const CONTROL_WORDS = 2;
const [ADDED, TAKEN] = [0, 1];

const SLOT_WORDS = 4;
const [IS_DONE, BLOCK_BYTES, IS_VALUES, CHUNK_BYTES] = [0, 1, 2, 3];

export function ringMemory({ slots, blockSize }: RingShape): SharedArrayBuffer {
  return new SharedArrayBuffer(wordCount(slots) * 4 + slots * slotBytes(blockSize));
}

function wordCount(slots: number): number {
  return CONTROL_WORDS + slots * SLOT_WORDS;
}

/** A block, and the longest chunk that it can become. */
export function slotBytes(blockSize: number): number {
  return 2 * blockSize + HEADER_BYTES;
}

export function chunkRing(memory: SharedArrayBuffer, { slots, blockSize }: RingShape): ChunkRing {
  const words = new Int32Array(memory, 0, wordCount(slots));

  return {
    get nextSlot() {
      return slotOf(Atomics.load(words, ADDED));
    },
    add(block, purpose) {
      const added = Atomics.load(words, ADDED);
      const slot = slotOf(added);
      words[at(slot, IS_DONE)] = 0;
      words[at(slot, BLOCK_BYTES)] = block.length;
      words[at(slot, IS_VALUES)] = Number(purpose === 'values');
      blockRoom(slot, block.length).set(block);
      Atomics.store(words, ADDED, added + 1);
      Atomics.notify(words, ADDED, 1);
    },
    take,
    awaitJob() {
      for (;;) {
        const added = Atomics.load(words, ADDED);
        const slot = take();
        if (slot !== undefined) return slot;
        Atomics.wait(words, ADDED, added);
      }
    },
    job(slot) {
      const block = blockRoom(slot, words[at(slot, BLOCK_BYTES)] ?? 0);
      return { block, purpose: words[at(slot, IS_VALUES)] === 1 ? 'values' : 'structure' };
    },
    deliver(slot, chunk) {
      if (chunk !== undefined) chunkRoom(slot, chunk.length).set(chunk);
      words[at(slot, CHUNK_BYTES)] = chunk?.length ?? 0;
      Atomics.store(words, at(slot, IS_DONE), 1);
      Atomics.notify(words, at(slot, IS_DONE));
    },
    isDone: (slot) => Atomics.load(words, at(slot, IS_DONE)) === 1,
    awaitChunk: (slot, mostMs) => Atomics.wait(words, at(slot, IS_DONE), 0, mostMs) !== 'timed-out',
    collect(slot) {
      const length = words[at(slot, CHUNK_BYTES)] ?? 0;
      return length === 0 ? undefined : chunkRoom(slot, length).slice();
    },
  };

  function take(): number | undefined {
    for (;;) {
      // In this order: what was added may grow meanwhile, but it never falls behind what was taken.
      const taken = Atomics.load(words, TAKEN);
      if (taken === Atomics.load(words, ADDED)) return undefined;
      if (Atomics.compareExchange(words, TAKEN, taken, taken + 1) === taken) return slotOf(taken);
    }
  }

  function slotOf(job: number): number {
    return job & (slots - 1);
  }

  function at(slot: number, word: number): number {
    return CONTROL_WORDS + slot * SLOT_WORDS + word;
  }

  function blockRoom(slot: number, length: number): Uint8Array {
    return new Uint8Array(memory, wordCount(slots) * 4 + slot * slotBytes(blockSize), length);
  }

  function chunkRoom(slot: number, length: number): Uint8Array {
    return new Uint8Array(memory, wordCount(slots) * 4 + slot * slotBytes(blockSize) + blockSize, length);
  }
}
