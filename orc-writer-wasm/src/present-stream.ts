import { bitStream, ONES, type BitSource } from './bit-stream.ts';
import type { ChunkedStream, FinishedStream, Position } from './chunked-stream.ts';
import { SchemaMismatchError } from './errors.ts';
import { copyIn, type Workspace } from './workspace.ts';

/** Which rows of the stripe so far have a value. A column inside another has rows only where that one has a value. */
export interface PresentStream {
  /** The row that comes next begins a row group. */
  startGroup(): void;
  /** Takes the slots `from` to `to`; `present` and `existing` as `present` in `ColumnVector`. */
  append(
    present: Uint8Array | undefined,
    from: number,
    to: number,
    existing: Uint8Array | undefined,
  ): PresentBits;
  /** The stream, and its part of each row index entry; undefined when no row was null. */
  finish(): { readonly stream: FinishedStream; readonly positions: readonly Position[][] } | undefined;
}

/** The slots that have a value, and where the kernels find these bits. */
export interface PresentBits extends BitSource {
  /** The same by slot number, as in `ColumnVector`. */
  readonly mask: Uint8Array | undefined;
  /** Slots that exist, null or not. */
  readonly rows: number;
  /** Those with a value. */
  readonly count: number;
}

export function presentStream(workspace: Workspace, target: ChunkedStream): PresentStream {
  const { core } = workspace;
  const bits = bitStream(workspace, target);
  let rows = 0;
  let ones = 0;
  let groupStarts: number[] = [];

  return {
    startGroup() {
      groupStarts.push(rows);
    },
    append(present, from, to, existing) {
      const slots = to - from;
      const exists = load(existing, workspace.selection);
      const added =
        existing === undefined ? slots : core.kernels.countBits(exists.address, exists.bit, slots);
      if (present === undefined) {
        // As long as there is no null there are no bits either.
        if (ones < rows) bits.append(ONES, ONES, added);
        rows += added;
        ones += added;
        return { ...exists, mask: existing, rows: added, count: added };
      }
      if (present.length * 8 < to) throw new SchemaMismatchError('bad-vector', TOO_FEW_BITS);
      const mask = existing === undefined ? present : both(present, existing, from, to);
      const source = load(mask, workspace.present);
      if (ones === rows) {
        bits.clear();
        bits.append(ONES, ONES, rows);
      }
      const count = bits.append(source, exists, slots);
      rows += added;
      ones += count;
      return { ...source, mask, rows: added, count };

      function load(given: Uint8Array | undefined, region: Workspace['present']): BitSource {
        if (given === undefined) return ONES;
        return { address: copyIn(core, region, given.subarray(from >> 3, (to + 7) >> 3)), bit: from & 7 };
      }
    },
    finish() {
      const result = ones === rows ? undefined : bits.finish(groupStarts);
      bits.clear();
      rows = 0;
      ones = 0;
      groupStarts = [];
      return result;
    },
  };
}

const TOO_FEW_BITS = 'present has fewer bits than there are slots';

/** Bits that are ones in both, for the slots `from` to `to`. */
export function both(a: Uint8Array, b: Uint8Array, from: number, to: number): Uint8Array {
  const result = new Uint8Array((to + 7) >> 3);
  for (let i = from >> 3; i < result.length; i++) result[i] = (a[i] ?? 0) & (b[i] ?? 0);
  return result;
}
