import { chunkQueue, type Unmade } from './chunk-queue.ts';
import { blockCompressor, type CompressionSettings, type StreamPurpose } from './compression.ts';
import { borrowCrew } from './helper-crew.ts';

/** A chunk that is made, or will be: `bytes` is empty until `settle()` at the latest. */
export interface Chunk {
  readonly bytes: Uint8Array;
}

/** Copies the block. */
export type MakeChunk = (block: Uint8Array, purpose: StreamPurpose) => Chunk;

/**
 * Makes the chunks of one writer, on its thread and on `workers` - 1 helpers. Blocks wait in a ring for whoever is
 * free; when the ring is full, the writer's thread makes the chunk at once. So a helper that is slow to start only
 * means that this thread does more, and the chunks are the same whoever makes them.
 */
export interface ChunkMakers {
  /** Undefined for NONE, which has no chunks. */
  readonly make: MakeChunk | undefined;
  /** Returns when all chunks are made. */
  settle(): void;
  /** Bytes of all blocks. */
  readonly blockBytes: number;
  /** Bytes of the chunks made of them: of all only when nothing was added since `settle()`. */
  readonly chunkBytes: number;
  /** Gives the helpers back; chunks that are not made yet never will be. */
  close(): void;
}

/** The ring takes no more than `ringBytes`; if that is too little for a block, there are no helpers. */
export function chunkMakers(
  settings: CompressionSettings,
  workers: number,
  ringBytes: number,
  { borrow = borrowCrew, patienceMs = PATIENCE_MS } = {},
): ChunkMakers {
  const compress = blockCompressor(settings);
  const crew = compress === undefined ? undefined : borrow(workers - 1, settings, ringBytes);
  const queue = compress && crew && chunkQueue(crew, compress, place, patienceMs);
  let blockBytes = 0;
  let chunkBytes = 0;

  return {
    make:
      compress &&
      ((block, purpose) => {
        blockBytes += block.length;
        const chunk = { bytes: NOTHING };
        if (queue?.offer(chunk, block, purpose) !== true) place(chunk, compress(block, purpose));
        return chunk;
      }),
    settle: () => queue?.settle(),
    get blockBytes() {
      return blockBytes;
    },
    get chunkBytes() {
      return chunkBytes;
    },
    close: () => queue?.close(),
  };

  function place(chunk: Unmade, bytes: Uint8Array): void {
    chunk.bytes = bytes;
    chunkBytes += bytes.length;
  }
}

const NOTHING = new Uint8Array(0);

/** Only a thread that died needs so long for a block. */
const PATIENCE_MS = 10_000;
