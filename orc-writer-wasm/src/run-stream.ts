import type { ChunkedStream, FinishedStream, Position } from './chunked-stream.ts';
import { region } from './core.ts';
import { SLACK, type Workspace } from './workspace.ts';

/** A place between two values of a stream: the byte at which a run begins, and the values of it to skip. */
export interface RunPosition {
  readonly byte: number;
  readonly skip: number;
}

/** One stream of run-length encoded values. */
export interface RunStream {
  readonly heldBytes: number;
  /** Where the next `count` values have to be put. Valid until memory is allocated. */
  room(count: number): number;
  /** Encodes the `count` values put there; those of a run that is still open wait for the next ones. */
  push(count: number): void;
  position(): RunPosition;
  finish(): FinishedStream;
}

/** 64-bit integers in RLE v2. */
export function integerStream(
  workspace: Workspace,
  target: ChunkedStream,
  { signed, aligned }: { readonly signed: boolean; readonly aligned: boolean },
): RunStream {
  const { kernels } = workspace.core;
  return runStream(
    workspace,
    target,
    { valueBytes: 8, worstBytes: 10, moreBytes: 512 },
    (at, count, final, out) => kernels.encodeIntegers(at, count, Number(signed), Number(aligned), final, out),
  );
}

/** Bytes in byte RLE. */
export function byteRunStream(workspace: Workspace, target: ChunkedStream): RunStream {
  const { kernels } = workspace.core;
  return runStream(
    workspace,
    target,
    { valueBytes: 1, worstBytes: 2, moreBytes: 2 },
    (at, count, final, out) => kernels.encodeBytes(at, count, final, out),
  );
}

function runStream(
  { core, output }: Workspace,
  target: ChunkedStream,
  /** Of a value in memory, and the room that `encode` needs for its result: so much a value and so much more. */
  { valueBytes, worstBytes, moreBytes }: Record<'valueBytes' | 'worstBytes' | 'moreBytes', number>,
  encode: (values: number, count: number, final: number, out: number) => number,
): RunStream {
  const values = region(core);
  let waiting = 0;

  return {
    get heldBytes() {
      return target.heldBytes + waiting * valueBytes;
    },
    room(count) {
      const used = waiting * valueBytes;
      return values.reserve(used + count * valueBytes + SLACK, used) + used;
    },
    push: (count) => take(waiting + count, false),
    position: () => ({ byte: target.size, skip: waiting }),
    finish() {
      take(waiting, true);
      return target.finish();
    },
  };

  function take(count: number, final: boolean): void {
    if (count === 0) return;
    const out = output.reserve(count * worstBytes + moreBytes + SLACK);
    const { address } = values;
    const written = encode(address, count, Number(final), out);
    const used = core.result(0);
    target.write(core.bytes.subarray(out, out + written));
    core.bytes.copyWithin(address, address + used * valueBytes, address + count * valueBytes);
    waiting = count - used;
  }
}

/** What a row index entry says about a stream of runs; without a position it is the beginning. */
export function locateRun(
  stream: FinishedStream,
  { byte, skip }: RunPosition = { byte: 0, skip: 0 },
): Position[] {
  return [...stream.locate(byte), skip];
}
