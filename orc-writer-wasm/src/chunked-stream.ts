import type { ChunkMaker, StreamPurpose } from './compression.ts';

/** Collects the bytes of one stream, block by block, into the form it has in the file. */
export interface ChunkedStream {
  /** Bytes written since the last `finish()`, before compression. */
  readonly size: number;
  /** Bytes held for the stripe, partly compressed. */
  readonly heldBytes: number;
  /** Copies; `bytes` may be wasm memory. */
  write(bytes: Uint8Array): void;
  /** Hands over the stream and begins an empty one. */
  finish(): FinishedStream;
}

export interface FinishedStream {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
  /** How a row index points at a byte: [chunk, bytes inside] if the file is compressed, otherwise [byte]. */
  locate(byte: number): number[];
}

const SMALLEST_BUFFER = 4096;

export function chunkedStream(
  makeChunk: ChunkMaker | undefined,
  blockSize: number,
  purpose: StreamPurpose,
): ChunkedStream {
  let pending = Buffer.alloc(0);
  let held = 0;
  let size = 0;
  let length = 0;
  let pieces: Uint8Array[] = [];
  let chunkStarts: number[] = [];

  return {
    get size() {
      return size;
    },
    get heldBytes() {
      return length + held;
    },
    write(bytes) {
      size += bytes.length;
      let from = 0;
      while (from < bytes.length) {
        if (held === 0 && bytes.length - from >= blockSize) {
          const block = bytes.subarray(from, from + blockSize);
          keep(makeChunk === undefined ? Buffer.from(block) : makeChunk(block, purpose));
          from += blockSize;
          continue;
        }
        const taken = Math.min(blockSize - held, bytes.length - from);
        makeRoom(held + taken);
        pending.set(bytes.subarray(from, from + taken), held);
        held += taken;
        from += taken;
        if (held === blockSize) sealPending();
      }
    },
    finish() {
      if (held > 0) sealPending();
      const starts = chunkStarts;
      const finished: FinishedStream = {
        pieces,
        length,
        locate(byte) {
          if (makeChunk === undefined) return [byte];
          // The end of a full chunk is not the start of the next one: there may be none, and then readers fail.
          const number = byte === 0 ? 0 : Math.floor((byte - 1) / blockSize);
          return [starts[number] ?? 0, byte - number * blockSize];
        },
      };
      size = 0;
      length = 0;
      pieces = [];
      chunkStarts = [];
      return finished;
    },
  };

  function makeRoom(needed: number): void {
    if (needed <= pending.length) return;
    const capacity = Math.min(blockSize, Math.max(SMALLEST_BUFFER, 2 ** Math.ceil(Math.log2(needed))));
    const grown = Buffer.allocUnsafeSlow(capacity);
    grown.set(pending.subarray(0, held));
    pending = grown;
  }

  function sealPending(): void {
    const block = pending.subarray(0, held);
    held = 0;
    if (makeChunk === undefined) {
      keep(block);
      pending = Buffer.alloc(0);
    } else {
      keep(makeChunk(block, purpose));
    }
  }

  function keep(piece: Uint8Array): void {
    chunkStarts.push(length);
    pieces.push(piece);
    length += piece.length;
  }
}
