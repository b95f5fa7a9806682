import type { ChunkMakers } from './chunk-makers.ts';

/** What the open stripe comes to, as far as it is known. It depends on the rows alone, not on who makes chunks when. */
export interface StripeSize {
  /** Chunks that are known count as they are, blocks since then by the ratio so far, `heldBytes` uncompressed. */
  estimate(heldBytes: number): number;
  /** Gets to know of all chunks. */
  settle(): void;
  /** Another stripe begins; all chunks of the last one are made. */
  restart(): void;
}

export function stripeSize(chunks: ChunkMakers): StripeSize {
  let blockBytes = 0;
  let chunkBytes = 0;
  let start = 0;

  return {
    estimate(heldBytes) {
      const ratio = blockBytes === 0 ? 1 : chunkBytes / blockBytes;
      return chunkBytes - start + (chunks.blockBytes - blockBytes) * ratio + heldBytes;
    },
    settle,
    restart() {
      settle();
      start = chunkBytes;
    },
  };

  function settle(): void {
    chunks.settle();
    ({ blockBytes, chunkBytes } = chunks);
  }
}
