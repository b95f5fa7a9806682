import type { ByteStream, Positions } from './byte-stream.ts';
import { region, type Core } from './core.ts';
import { CorruptStreamError } from './errors.ts';
import { SLACK } from './workspace.ts';

/** A stream of runs, decoded as far as it is asked for. */
export interface RunReader {
  /**
   * The address of the next `count` values; valid until the next call. They must not be changed: a batch may be read
   * twice.
   */
  read(count: number): number;
  seek(positions: Positions): void;
}

/** 64-bit integers in RLE v2, or v1 in encodings without a version. */
export function integerReader(
  core: Core,
  stream: ByteStream,
  { signed, version }: { readonly signed: boolean; readonly version: 1 | 2 },
): RunReader {
  const { kernels } = core;
  const decode = version === 1 ? 'decodeIntegers1' : 'decodeIntegers';
  return runReader(core, stream, { valueBytes: 8, longestRun: 512 }, (source, length, out, capacity) =>
    kernels[decode](source, length, Number(signed), out, capacity),
  );
}

/** Bytes in byte RLE. */
export function byteReader(core: Core, stream: ByteStream): RunReader {
  const { kernels } = core;
  return runReader(core, stream, { valueBytes: 1, longestRun: 130 }, (source, length, out, capacity) =>
    kernels.decodeBytes(source, length, out, capacity),
  );
}

/** 128-bit integers as varints; they are not in runs, so positions have nothing to skip. */
export function decimalReader(core: Core, stream: ByteStream): RunReader {
  const { kernels } = core;
  return runReader(core, stream, { valueBytes: 16, longestRun: 0 }, (source, length, out, capacity) =>
    kernels.decodeDecimals(source, length, out, capacity),
  );
}

/** Values decoded at a time, unless more are asked for. */
const FIRST_VALUES = 8192;
/** Bytes taken from a stream at a time. A chunk stays outside, and wasm memory has room for little more than this. */
const PORTION = 8 * 1024;

function runReader(
  core: Core,
  stream: ByteStream,
  { valueBytes, longestRun }: Record<'valueBytes' | 'longestRun', number>,
  decode: (source: number, length: number, out: number, capacity: number) => number,
): RunReader {
  const { place } = stream;
  const input = region(core);
  const values = region(core);
  let inputFrom = 0;
  let inputTo = 0;
  /** The values of this batch begin at `kept`, the ones to read at `from`; decoded is up to `to`. */
  let kept = 0;
  let from = 0;
  let to = 0;
  stream.checkpoints.push({
    keep() {
      kept = from;
    },
    restore() {
      from = kept;
    },
  });

  return {
    read,
    seek(positions) {
      stream.seek(positions);
      inputFrom = 0;
      inputTo = 0;
      kept = 0;
      from = 0;
      to = 0;
      const skip = longestRun === 0 ? 0 : positions.next();
      if (skip > longestRun) {
        throw new CorruptStreamError('bad-position', 'a row index entry skips more than a run', place);
      }
      read(skip);
      kept = from;
    },
  };

  function read(count: number): number {
    if (to - from < count) fill(count);
    const address = values.address + from * valueBytes;
    from += count;
    return address;
  }

  function fill(count: number): void {
    if (kept > 0) {
      const { address } = values;
      core.bytes.copyWithin(address, address + kept * valueBytes, address + to * valueBytes);
      from -= kept;
      to -= kept;
      kept = 0;
    }
    const wanted = from + count;
    while (to < wanted) {
      // What a damaged file asks for is not there, so room grows with what is.
      const capacity = Math.min(wanted, Math.max(FIRST_VALUES, to * 2)) + longestRun;
      values.reserve(capacity * valueBytes + SLACK, to * valueBytes);
      const source = input.address + inputFrom;
      const decoded = decode(source, inputTo - inputFrom, values.address + to * valueBytes, capacity - to);
      if (decoded < 0) throw new CorruptStreamError('bad-run', 'a run cannot be decoded', place);
      inputFrom += core.result(0);
      to += decoded;
      if (decoded === 0) refill();
    }
  }

  function refill(): void {
    const more = stream.next(PORTION);
    if (more === undefined)
      throw new CorruptStreamError('short-stream', 'a stream holds less than it should', place);
    const left = inputTo - inputFrom;
    if (left > 0) core.bytes.copyWithin(input.address, input.address + inputFrom, input.address + inputTo);
    input.reserve(left + more.length + SLACK, left);
    core.bytes.set(more, input.address + left);
    inputFrom = 0;
    inputTo = left + more.length;
  }
}
