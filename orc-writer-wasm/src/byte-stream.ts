import type { Checkpoint } from './checkpoint.ts';
import { readChunk, type Decompress } from './compression.ts';
import { CorruptStreamError, withPlace, type ErrorPlace } from './errors.ts';
import type { SpentBuffers } from './spent-buffers.ts';
import type { StreamBytes } from './stripe-bytes.ts';

/** The numbers of a row index entry, taken one after the other; a number that is missing is 0 (ORC-621). */
export interface Positions {
  next(): number;
}

/** The decompressed bytes of one stream. */
export interface ByteStream {
  readonly place: ErrorPlace;
  /** Of everything that reads the stripe; who decodes what it took from here adds its own. */
  readonly checkpoints: Checkpoint[];
  /** The bytes that follow, up to `most` of them and as many as come easily; undefined at the end. They are final. */
  next(most: number): Uint8Array | undefined;
  /** Exactly `length` bytes. */
  take(length: number): Uint8Array;
  seek(positions: Positions): void;
}

/** Portions of a stream that is not compressed. */
const PORTION_BYTES = 256 * 1024;

/** @param spent - gets what was decompressed when it is used up, as its bytes are not wanted after the batch in hand */
export function byteStream(
  stream: StreamBytes,
  decompress: Decompress | undefined,
  blockSize: number,
  checkpoints: Checkpoint[],
  spent?: SpentBuffers,
): ByteStream {
  const { place } = stream;
  let at = 0;
  /** What is left of the chunk before `at`. */
  let rest: Uint8Array = NOTHING;
  /** The chunk that `rest` is of, if nothing else is. */
  let chunk: Uint8Array | undefined;
  /** Of this batch. */
  let usedUp: Uint8Array[] = [];
  let kept = { at, rest, chunk };
  checkpoints.push({
    keep() {
      // With many files open, what they have used up of their chunks would be much of all memory.
      if (decompress !== undefined && rest.length < rest.buffer.byteLength / 2) {
        leaveChunk();
        rest = new Uint8Array(rest);
        chunk = rest;
      }
      for (const bytes of usedUp) spent?.add(bytes);
      usedUp = [];
      keep();
      stream.release(at);
    },
    restore() {
      ({ at, rest, chunk } = kept);
      usedUp = [];
    },
  });

  return {
    place,
    checkpoints,
    next(most) {
      const part = portion(most);
      keep();
      return part;
    },
    take(length) {
      const whole = portion(length);
      if (length === 0 || whole?.length === length) return whole ?? NOTHING;
      const bytes = Buffer.allocUnsafeSlow(length);
      if (spent !== undefined) usedUp.push(bytes);
      let done = 0;
      for (let part = whole; ; part = portion(length - done)) {
        if (part === undefined) {
          throw new CorruptStreamError('short-stream', 'a stream holds less than it should', place);
        }
        bytes.set(part, done);
        done += part.length;
        if (done === length) return bytes;
      }
    },
    seek(positions) {
      at = positions.next();
      leaveChunk();
      rest = NOTHING;
      if (at > stream.length) throw badPosition();
      if (decompress !== undefined) {
        const inside = positions.next();
        if (at < stream.length) nextChunk(decompress);
        if (inside > rest.length) throw badPosition();
        rest = rest.subarray(inside);
      }
      keep();
    },
  };

  function portion(most: number): Uint8Array | undefined {
    if (decompress === undefined) {
      if (at === stream.length) return undefined;
      const length = Math.min(most, stream.length - at, stream.inMemory(at) || PORTION_BYTES);
      const part = stream.read(at, length);
      at += length;
      return part;
    }
    // A chunk may be empty.
    while (rest.length === 0) {
      if (at === stream.length) return undefined;
      nextChunk(decompress);
    }
    const part = rest.subarray(0, most);
    // A chunk that is used up must not stay in memory.
    rest = part.length === rest.length ? NOTHING : rest.subarray(part.length);
    return part;
  }

  function nextChunk(decompressBlock: Decompress): void {
    try {
      const { content, next, isOwn } = readChunk(stream, at, decompressBlock, blockSize);
      leaveChunk();
      rest = content;
      chunk = isOwn ? content : undefined;
      at = next;
    } catch (error) {
      throw withPlace(error, place);
    }
  }

  function leaveChunk(): void {
    if (spent !== undefined && chunk !== undefined) usedUp.push(chunk);
    chunk = undefined;
  }

  function keep(): void {
    kept = { at, rest, chunk };
  }

  function badPosition(): CorruptStreamError {
    return new CorruptStreamError('bad-position', 'a position is not in its stream', place);
  }
}

const NOTHING = new Uint8Array(0);
