import { lengthOf, readRanges, union, without, type ByteRange } from './byte-ranges.ts';
import { HEADER_BYTES } from './compression.ts';
import { MemoryLimitError, type ErrorPlace } from './errors.ts';
import type { StreamInformation } from './metadata.ts';
import type { ByteSource } from './source.ts';

/** A stream with its place in the file. */
export interface PlacedStream extends StreamInformation {
  readonly from: number;
  readonly to: number;
}

/** The bytes of a stream as far as they are in memory; offsets count from its beginning. */
export interface StreamBytes {
  readonly length: number;
  readonly place: ErrorPlace;
  /**
   * `length` bytes, which must be in the stream.
   *
   * @throws {BytesNotFetched} when they are not in memory
   */
  read(at: number, length: number): Uint8Array;
  /** How many bytes lie in memory from `at` on, in one piece. */
  inMemory(at: number): number;
  /** Nothing before `at` is read again. */
  release(at: number): void;
}

/** Not an error of the file: what is to be decoded next has to be fetched. */
export class BytesNotFetched extends Error {
  readonly stream: StreamBytes;
  readonly range: ByteRange;

  constructor(stream: StreamBytes, range: ByteRange) {
    super('bytes of a stream have not been fetched');
    this.stream = stream;
    this.range = range;
  }
}

/**
 * What is in memory of the streams of a stripe. Reading in order goes in rounds: all of them are fetched together, each
 * as far ahead as its part of all bytes says, so that they last for about the same rows. As soon as one is half used
 * up, the next round begins, while what is there is decoded.
 */
export interface StripeBytes {
  stream(column: number, kind: StreamInformation['kind']): StreamBytes | undefined;
  /**
   * Says what will be read, by stream; what is not said is fetched when it is asked for. Whole streams are fetched at
   * once.
   */
  plan(
    wanted: (stream: PlacedStream) => readonly ByteRange[],
    isWhole: (stream: PlacedStream) => boolean,
  ): void;
  /** Waits for the first round. */
  begin(): Promise<void>;
  /** Waits until the bytes that were missing are there. */
  fetch(missing: BytesNotFetched): Promise<void>;
  /** Begins the next round, if it is time for it. */
  fetchAhead(): void;
  /** Waits until nothing is under way any more. */
  stop(): Promise<void>;
}

/**
 * The parts of the window: what streams hold ahead by their length, half of that again in pieces used up in part, what
 * short streams get so that it is a chunk, and gaps.
 */
const AHEAD = 1 / 2;
const LEAST = 1 / 8;
const WASTE = 1 / 16;

interface HeldStream extends StreamBytes {
  readonly placed: PlacedStream;
  /** In order. */
  pieces: Piece[];
  /** Not yet fetched, in order. */
  wanted: ByteRange[];
  /** Bytes to hold ahead. */
  share: number;
  /** Nothing before it is needed, but for the chunk before it when reading jumps ahead within a chunk. */
  released: number;
  jumps: boolean;
}

interface Piece extends ByteRange {
  readonly bytes: Uint8Array;
}

export interface FetchLimits {
  /** Bytes to hold of all streams together. */
  readonly windowBytes: number;
  /** What a batch may make of that at most. */
  readonly memoryLimit: number;
  readonly blockSize: number;
}

/** @throws {MemoryLimitError} from `fetch` when a batch needs more than `memoryLimit` bytes */
export function stripeBytes(
  source: ByteSource,
  stripe: number,
  streams: readonly PlacedStream[],
  { windowBytes, memoryLimit, blockSize }: FetchLimits,
): StripeBytes {
  const held = streams.map((placed) => heldStream(placed, stripe, blockSize));
  let round: Promise<void> | undefined;

  return {
    stream: (column, kind) => held.find(({ placed }) => placed.column === column && placed.kind === kind),
    plan(wanted, isWhole) {
      for (const stream of held) {
        const ranges = wanted(stream.placed);
        stream.wanted = union(ranges);
        stream.share = lengthOf(stream.wanted);
        stream.jumps = ranges.length > 1;
      }
      const total = held.reduce((sum, stream) => sum + stream.share, 0);
      if (total <= windowBytes) return;
      const least = Math.min(HEADER_BYTES + blockSize, Math.floor((windowBytes * LEAST) / held.length));
      for (const stream of held) {
        if (isWhole(stream.placed)) continue;
        const part = Math.ceil((stream.share * windowBytes * AHEAD) / total);
        stream.share = Math.min(stream.share, Math.max(least, part));
      }
    },
    begin: () => load(nextRound()),
    async fetch({ stream, range }) {
      await settle();
      const parts = nextRound();
      const asking = held.find((each) => each === stream);
      if (asking === undefined) throw new TypeError('the stream is of another stripe');
      const coming = parts.filter((part) => part.stream === asking).flatMap(({ ranges }) => ranges);
      const [missing] = without([range], union([...asking.pieces, ...coming]));
      if (missing !== undefined) {
        // A chunk may be larger than the share, and a batch that takes more than was thought gets twice as much every time.
        asking.share = Math.max(asking.share, range.to - range.from);
        const more = Math.max(asking.share, missing.from - asking.released);
        const to = Math.min(asking.length, Math.max(missing.to, missing.from + more));
        const ranges = without([{ from: missing.from, to }], union([...asking.pieces, ...coming]));
        parts.push({ stream: asking, ranges });
      }
      await load(parts);
    },
    fetchAhead() {
      if (round !== undefined || !held.some(isLow)) return;
      const coming = load(nextRound()).then(() => {
        round = undefined;
      });
      // A failure is kept for when the bytes are missing.
      coming.catch(() => {});
      round = coming;
    },
    stop: async () => {
      await round?.catch(() => {});
    },
  };

  async function settle(): Promise<void> {
    const awaited = round;
    round = undefined;
    await awaited;
  }

  function nextRound(): { stream: HeldStream; ranges: ByteRange[] }[] {
    return held
      .filter((stream) => ahead(stream) <= stream.share * (3 / 4))
      .map((stream) => ({ stream, ranges: first(stream.wanted, stream.share - ahead(stream)) }));
  }

  async function load(parts: readonly { stream: HeldStream; ranges: readonly ByteRange[] }[]): Promise<void> {
    const all = parts.flatMap(({ stream, ranges }) => ranges.map((range) => ({ stream, range })));
    const coming = all.reduce((sum, { range }) => sum + range.to - range.from, 0);
    const present = held.reduce((sum, stream) => sum + lengthOf(stream.pieces), 0);
    if (present + coming > Math.max(memoryLimit, windowBytes)) {
      throw new MemoryLimitError('memory-limit', 'a batch needs more bytes than the limit', { stripe });
    }
    for (const { stream, ranges } of parts) stream.wanted = without(stream.wanted, ranges);
    const bytes = await readRanges(
      source,
      all.map(({ stream: { placed }, range }) => ({
        from: placed.from + range.from,
        to: placed.from + range.to,
      })),
      windowBytes * WASTE,
    );
    all.forEach(({ stream, range }, i) => {
      stream.pieces.push({ ...range, bytes: bytes[i] ?? NOTHING });
    });
    for (const { stream } of parts) stream.pieces.sort((a, b) => a.from - b.from);
  }
}

const NOTHING = new Uint8Array(0);

function ahead({ pieces, released }: HeldStream): number {
  return lengthOf(pieces, released);
}

function isLow(stream: HeldStream): boolean {
  return stream.wanted.length > 0 && ahead(stream) < stream.share / 2;
}

/** The first `most` bytes of ordered ranges. */
function first(ranges: readonly ByteRange[], most: number): ByteRange[] {
  let left = most;
  return ranges.flatMap(({ from, to }) => {
    const length = Math.min(left, to - from);
    left -= length;
    return length > 0 ? [{ from, to: from + length }] : [];
  });
}

function heldStream(placed: PlacedStream, stripe: number, blockSize: number): HeldStream {
  const { column, kind } = placed;
  const stream: HeldStream = {
    placed,
    length: placed.to - placed.from,
    place: { stripe, column, stream: kind },
    pieces: [],
    wanted: [],
    share: 0,
    released: 0,
    jumps: false,
    read(at, length) {
      const piece = pieceAt(at);
      const there = piece?.bytes.subarray(at - piece.from, at - piece.from + length);
      if (there?.length === length) return there;
      if (there === undefined || there.length === 0) {
        throw new BytesNotFetched(stream, { from: at, to: at + length });
      }
      return Buffer.concat([there, stream.read(at + there.length, length - there.length)]);
    },
    inMemory(at) {
      const piece = pieceAt(at);
      return piece === undefined ? 0 : piece.to - at;
    },
    release(at) {
      stream.released = at;
      const from = stream.jumps ? at - blockSize - HEADER_BYTES : at;
      while ((stream.pieces[0]?.to ?? Infinity) <= from) stream.pieces.shift();
    },
  };
  return stream;

  function pieceAt(at: number): Piece | undefined {
    return stream.pieces.find(({ from, to }) => from <= at && at < to);
  }
}
