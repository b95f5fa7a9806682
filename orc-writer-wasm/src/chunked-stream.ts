import type { Chunk, MakeChunk } from './chunk-makers.ts';
import type { StreamPurpose } from './compression.ts';

/** Collects the bytes of one stream, block by block, into the form it has in the file. */
export interface ChunkedStream {
  /** Bytes written since the last `finish()`, before compression. */
  readonly size: number;
  /** Those of them that were not given to `makeChunk`. */
  readonly heldBytes: number;
  /** Copies; `bytes` may be wasm memory. */
  write(bytes: Uint8Array): void;
  /** Hands over the stream and begins an empty one. */
  finish(): FinishedStream;
}

export interface FinishedStream {
  /** Like `length` it is known when the chunks are made. */
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
  /** How a row index points at a byte: [chunk, bytes inside] if the file is compressed, otherwise [byte]. */
  locate(byte: number): Position[];
}

/** A number of a row index entry; where a chunk begins can be asked when the chunks are made. */
export type Position = number | (() => number);

const SMALLEST_BUFFER = 4096;

export function chunkedStream(
  makeChunk: MakeChunk | undefined,
  blockSize: number,
  purpose: StreamPurpose,
): ChunkedStream {
  let pending = Buffer.alloc(0);
  let held = 0;
  let size = 0;
  let chunks: Chunk[] = [];

  return {
    get size() {
      return size;
    },
    get heldBytes() {
      return makeChunk === undefined ? size : held;
    },
    write(bytes) {
      size += bytes.length;
      let from = 0;
      while (from < bytes.length) {
        if (held === 0 && bytes.length - from >= blockSize) {
          const block = bytes.subarray(from, from + blockSize);
          chunks.push(makeChunk?.(block, purpose) ?? { bytes: Buffer.from(block) });
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
      const finished = finishedStream(chunks, makeChunk === undefined ? undefined : blockSize);
      size = 0;
      chunks = [];
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
      chunks.push({ bytes: block });
      pending = Buffer.alloc(0);
    } else {
      chunks.push(makeChunk(block, purpose));
    }
  }
}

/** `blockSize` is that of a file with chunks. */
function finishedStream(chunks: readonly Chunk[], blockSize: number | undefined): FinishedStream {
  let ends: number[] | undefined;
  return {
    get pieces() {
      return chunks.map(({ bytes }) => bytes);
    },
    get length() {
      return endOf(chunks.length);
    },
    locate(byte) {
      if (blockSize === undefined) return [byte];
      // The end of a full chunk is not the start of the next one: there may be none, and then readers fail.
      const before = byte === 0 ? 0 : Math.floor((byte - 1) / blockSize);
      return [() => endOf(before), byte - before * blockSize];
    },
  };

  /** Where the first `count` chunks end. */
  function endOf(count: number): number {
    if (ends === undefined) {
      let end = 0;
      ends = [0, ...chunks.map(({ bytes }) => (end += bytes.length))];
    }
    return ends[count] ?? 0;
  }
}
