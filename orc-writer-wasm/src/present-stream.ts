import type { ChunkedStream, FinishedStream } from './chunked-stream.ts';
import { region } from './core.ts';
import { copyIn, SLACK, type Workspace } from './workspace.ts';

/** Which rows of the stripe so far have a value. */
export interface PresentStream {
  /** The row that comes next begins a row group. */
  startGroup(): void;
  /** Takes rows `from` to `to`; `present` as in `ColumnVector`. Returns where the kernels find these bits. */
  append(present: Uint8Array | undefined, from: number, to: number): PresentBits;
  /** The stream, and its part of each row index entry; undefined when no row was null. */
  finish(): { readonly stream: FinishedStream; readonly groups: readonly number[][] } | undefined;
}

/** Arguments of the kernels: address 0 means that every row has a value. */
export interface PresentBits {
  readonly address: number;
  readonly bit: number;
}

const ALL: PresentBits = { address: 0, bit: 0 };

export function presentStream(workspace: Workspace, target: ChunkedStream): PresentStream {
  const { core, output } = workspace;
  const { kernels } = core;
  const bits = region(core);
  let rows = 0;
  let ones = 0;
  let groupStarts: number[] = [];

  return {
    startGroup() {
      groupStarts.push(rows);
    },
    append(present, from, to) {
      const count = to - from;
      if (present === undefined) {
        // As long as there is no null there are no bits either.
        if (ones < rows) pack(0, 0, count);
        rows += count;
        ones += count;
        return ALL;
      }
      const address = copyIn(core, workspace.present, present.subarray(from >> 3, (to + 7) >> 3));
      const bit = from & 7;
      if (ones === rows) {
        bits.reserve(((rows + count) >> 3) + SLACK);
        kernels.packPresent(0, 0, rows, bits.address, 0);
      }
      ones += pack(address, bit, count);
      rows += count;
      return { address, bit };
    },
    finish() {
      const result = ones === rows ? undefined : encode();
      rows = 0;
      ones = 0;
      groupStarts = [];
      return result;
    },
  };

  function pack(source: number, sourceBit: number, count: number): number {
    const address = bits.reserve(((rows + count) >> 3) + SLACK, (rows + 7) >> 3);
    return kernels.packPresent(source, sourceBit, count, address, rows);
  }

  function encode(): { stream: FinishedStream; groups: number[][] } {
    const byteCount = (rows + 7) >> 3;
    const out = output.reserve(byteCount * 2 + SLACK);
    let used = 0;
    const places = groupStarts.map((row) => {
      const byte = row >> 3;
      encodeUpTo(byte, false);
      return { byte: target.size, skip: byte - used, bit: row & 7 };
    });
    encodeUpTo(byteCount, true);
    const stream = target.finish();
    return { stream, groups: places.map(({ byte, skip, bit }) => [...stream.locate(byte), skip, bit]) };

    function encodeUpTo(end: number, final: boolean): void {
      const written = kernels.encodeBytes(bits.address + used, end - used, Number(final), out);
      target.write(core.bytes.subarray(out, out + written));
      used += core.result(0);
    }
  }
}
