import type { FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';

/** Where a file goes: a function that takes the next bytes, an open file, or a stream. Who opened it closes it. */
export type Sink = ((chunk: Uint8Array) => void | Promise<void>) | FileHandle | Writable;

/** Writes pieces one after the other; a piece may be kept by the receiver. */
export type WritePieces = (pieces: readonly Uint8Array[]) => Promise<void>;

export function sinkWriter(sink: Sink): WritePieces {
  if (typeof sink === 'function') {
    return async (pieces) => {
      for (const piece of pieces) await sink(piece);
    };
  }
  if ('writev' in sink && 'fd' in sink) return (pieces) => writeFully(sink, pieces);
  return async (pieces) => {
    for (const piece of pieces) await writeToStream(sink, piece);
  };
}

/** The operating system's limit for one call is 1,024 buffers. */
const PIECES_A_CALL = 256;

async function writeFully(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  for (let i = 0; i < pieces.length; i += PIECES_A_CALL) {
    let rest = pieces.slice(i, i + PIECES_A_CALL);
    while (rest.length > 0) {
      const { bytesWritten } = await file.writev(rest);
      rest = withoutFirst(rest, bytesWritten);
    }
  }
}

function withoutFirst(pieces: Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  const first = pieces.findIndex((piece) => {
    if (piece.length > left) return true;
    left -= piece.length;
    return false;
  });
  if (first === -1) return [];
  const rest = pieces.slice(first);
  rest[0] = rest[0]?.subarray(left) ?? new Uint8Array(0);
  return rest;
}

function writeToStream(stream: Writable, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.write(piece, (error) => {
      stream.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}
