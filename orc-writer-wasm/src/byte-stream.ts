import { readChunk, type Decompress } from './compression.ts';
import { CorruptStreamError } from './errors.ts';

/** The numbers of a row index entry, taken one after the other; a number that is missing is 0 (ORC-621). */
export interface Positions {
  next(): number;
}

/** The decompressed bytes of one stream. */
export interface ByteStream {
  /** The bytes that follow, as many as come easily; undefined at the end. */
  next(): Uint8Array | undefined;
  /** Exactly `length` bytes. */
  take(length: number): Uint8Array;
  seek(positions: Positions): void;
}

/** Portions of a stream that is not compressed. */
const PORTION_BYTES = 256 * 1024;

export function byteStream(
  stream: Uint8Array,
  decompress: Decompress | undefined,
  blockSize: number,
): ByteStream {
  let at = 0;
  let rest: Uint8Array | undefined;

  const bytes: ByteStream = {
    next() {
      const held = rest;
      rest = undefined;
      if (held !== undefined && held.length > 0) return held;
      if (at >= stream.length) return undefined;
      if (decompress === undefined) {
        const portion = stream.subarray(at, at + PORTION_BYTES);
        at += portion.length;
        return portion;
      }
      const { content, next } = readChunk(stream, at, decompress, blockSize);
      at = next;
      return content;
    },
    take(length) {
      const parts: Uint8Array[] = [];
      let missing = length;
      while (missing > 0) {
        const part = bytes.next();
        if (part === undefined)
          throw new CorruptStreamError('short-stream', 'a stream holds less than it should');
        const used = part.subarray(0, missing);
        if (used.length < part.length) rest = part.subarray(used.length);
        parts.push(used);
        missing -= used.length;
      }
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, length);
    },
    seek(positions) {
      at = positions.next();
      rest = undefined;
      if (decompress === undefined || at >= stream.length) {
        if (decompress !== undefined) positions.next();
        return;
      }
      const inside = positions.next();
      rest = bytes.next()?.subarray(inside);
    },
  };
  return bytes;
}
