import type { ChunkedStream, FinishedStream, Position } from './chunked-stream.ts';
import { region } from './core.ts';
import { SLACK, type Workspace } from './workspace.ts';

/** Bits where the kernels find them, least significant first from `bit`; address 0 means ones without end. */
export interface BitSource {
  readonly address: number;
  readonly bit: number;
}

export const ONES: BitSource = { address: 0, bit: 0 };

/** One stream of bits: collected for the stripe, then run-length encoded as bytes. */
export interface BitStream {
  /** Bits so far. */
  readonly size: number;
  /** Appends those of `count` bits that `select` has a one for; returns how many of them are ones. */
  append(source: BitSource, select: BitSource, count: number): number;
  /** The stream, and the row index positions of the bits with these numbers. */
  finish(starts: readonly number[]): {
    readonly stream: FinishedStream;
    readonly positions: readonly Position[][];
  };
  /** Forgets the bits. */
  clear(): void;
}

export function bitStream({ core, output, keepers }: Workspace, target: ChunkedStream): BitStream {
  const { kernels } = core;
  const bits = region(core);
  let size = 0;
  keepers.push(() => (size >> 3) * 4);

  return {
    get size() {
      return size;
    },
    append(source, select, count) {
      const address = bits.reserve(((size + count) >> 3) + SLACK, (size + 7) >> 3);
      const ones = kernels.packBits(
        source.address,
        source.bit,
        select.address,
        select.bit,
        count,
        address,
        size,
      );
      size += core.result(0);
      return ones;
    },
    finish(starts) {
      const byteCount = (size + 7) >> 3;
      const out = output.reserve(byteCount * 2 + SLACK);
      let used = 0;
      const places = starts.map((start) => {
        const byte = start >> 3;
        encodeUpTo(byte, false);
        return { byte: target.size, skip: byte - used, bit: start & 7 };
      });
      encodeUpTo(byteCount, true);
      size = 0;
      const stream = target.finish();
      return { stream, positions: places.map(({ byte, skip, bit }) => [...stream.locate(byte), skip, bit]) };

      function encodeUpTo(end: number, final: boolean): void {
        const written = kernels.encodeBytes(bits.address + used, end - used, Number(final), out);
        target.write(core.bytes.subarray(out, out + written));
        used += core.result(0);
      }
    },
    clear() {
      size = 0;
    },
  };
}
