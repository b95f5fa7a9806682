import type { CompressBlock, StreamPurpose } from './compression.ts';
import type { HelperCrew } from './helper-crew.ts';

/** A chunk that waits for its bytes. */
export interface Unmade {
  bytes: Uint8Array;
}

/** The chunks that a writer leaves to helpers. */
export interface ChunkQueue {
  /** Takes the block, copied, if there is room for it. */
  offer(chunk: Unmade, block: Uint8Array, purpose: StreamPurpose): boolean;
  /** Returns when all that was taken is made: what waits is made here, what a helper has in hand is waited for. */
  settle(): void;
  /** What is not made yet never will be. */
  close(): void;
}

/** Handing over costs as much as compressing so few bytes. */
const SMALLEST_OFFERED = 1024;

/** `patienceMs` is how long a helper may have a block in hand before all helpers are given up. */
export function chunkQueue(
  crew: HelperCrew,
  compress: CompressBlock,
  place: (chunk: Unmade, bytes: Uint8Array) => void,
  patienceMs: number,
): ChunkQueue {
  const { ring, slots } = crew;
  const chunks: (Unmade | undefined)[] = Array.from({ length: slots });
  let isLost = false;

  return {
    offer(chunk, block, purpose) {
      if (isLost || block.length < SMALLEST_OFFERED) return false;
      const slot = ring.nextSlot;
      if (chunks[slot] !== undefined && ring.isDone(slot)) collect(slot);
      if (chunks[slot] !== undefined) return false;
      ring.add(block, purpose);
      chunks[slot] = chunk;
      return true;
    },
    settle() {
      for (let slot = ring.take(); slot !== undefined; slot = ring.take()) makeHere(slot);
      for (const slot of chunks.keys()) {
        if (chunks[slot] === undefined) continue;
        // The slots of a helper that is given up are not used again: it may still write into one.
        isLost ||= !ring.awaitChunk(slot, patienceMs);
        if (isLost && !ring.isDone(slot)) makeHere(slot);
        else collect(slot);
      }
    },
    close() {
      for (let slot = ring.take(); slot !== undefined; slot = ring.take()) chunks[slot] = undefined;
      crew.release(!isLost && chunks.every((chunk, slot) => chunk === undefined || ring.isDone(slot)));
    },
  };

  function collect(slot: number): void {
    const bytes = ring.collect(slot);
    if (bytes === undefined) makeHere(slot);
    else finish(slot, bytes);
  }

  function makeHere(slot: number): void {
    const { block, purpose } = ring.job(slot);
    finish(slot, compress(block, purpose));
  }

  function finish(slot: number, bytes: Uint8Array): void {
    const chunk = chunks[slot];
    chunks[slot] = undefined;
    if (chunk !== undefined) place(chunk, bytes);
  }
}
