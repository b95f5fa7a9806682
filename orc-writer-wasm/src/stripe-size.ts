import type { ChunkMakers } from './chunk-makers.ts';

/** What the open stripe comes to, as far as it is known. It depends on the rows alone, not on who makes chunks when. */
export interface StripeSize {
  /** Chunks that are known count as they are, blocks since then by the ratio so far, `heldBytes` uncompressed. */
  estimate(heldBytes: number): number;
  /** Bytes of memory at most, with `keptBytes` that columns keep besides. */
  memory(heldBytes: number, keptBytes: number): number;
  /** Gets to know of all chunks. */
  settle(): void;
  /** Another stripe begins; all chunks of the last one are made. */
  restart(): void;
}

/** `bufferBytes` is what the blocks that are being filled take when the stripe is large. */
export function stripeSize(chunks: ChunkMakers, bufferBytes: number): StripeSize {
  let blockBytes = 0;
  let chunkBytes = 0;
  let start = { blockBytes: 0, chunkBytes: 0 };

  return {
    estimate(heldBytes) {
      const ratio = blockBytes === 0 ? 1 : chunkBytes / blockBytes;
      return chunkBytes - start.chunkBytes + (chunks.blockBytes - blockBytes) * ratio + heldBytes;
    },
    memory(heldBytes, keptBytes) {
      const unknown = chunks.blockBytes - blockBytes;
      const buffers = Math.min(bufferBytes, chunks.blockBytes - start.blockBytes + heldBytes);
      return chunkBytes - start.chunkBytes + unknown + heldBytes + buffers + keptBytes;
    },
    settle,
    restart() {
      settle();
      start = { blockBytes, chunkBytes };
    },
  };

  function settle(): void {
    chunks.settle();
    ({ blockBytes, chunkBytes } = chunks);
  }
}
