import type { ChunkedStream, FinishedStream } from './chunked-stream.ts';
import { region } from './core.ts';
import { SLACK, type Workspace } from './workspace.ts';

/** A place between two values of a stream: the byte at which a run begins, and the values of it to skip. */
export interface RunPosition {
  readonly byte: number;
  readonly skip: number;
}

/** One stream of integers in RLE v2. */
export interface IntegerStream {
  readonly heldBytes: number;
  /** Where the next `count` 64-bit values have to be put. Valid until memory is allocated. */
  room(count: number): number;
  /** Encodes the `count` values put there; those of a run that is still open wait for the next ones. */
  push(count: number): void;
  position(): RunPosition;
  finish(): FinishedStream;
}

/** Room that `encodeIntegers` needs for its result. */
const BYTES_A_VALUE = 10;
const BYTES_MORE = 512 + SLACK;

export function integerStream(
  { core, output }: Workspace,
  target: ChunkedStream,
  { signed, aligned }: { readonly signed: boolean; readonly aligned: boolean },
): IntegerStream {
  const values = region(core);
  let waiting = 0;

  return {
    get heldBytes() {
      return target.heldBytes + waiting * 8;
    },
    room: (count) => values.reserve((waiting + count) * 8 + SLACK, waiting * 8) + waiting * 8,
    push: (count) => encode(waiting + count, false),
    position: () => ({ byte: target.size, skip: waiting }),
    finish() {
      encode(waiting, true);
      return target.finish();
    },
  };

  function encode(count: number, final: boolean): void {
    if (count === 0) return;
    const out = output.reserve(count * BYTES_A_VALUE + BYTES_MORE);
    const { address } = values;
    const written = core.kernels.encodeIntegers(
      address,
      count,
      Number(signed),
      Number(aligned),
      Number(final),
      out,
    );
    const used = core.result(0);
    target.write(core.bytes.subarray(out, out + written));
    core.bytes.copyWithin(address, address + used * 8, address + count * 8);
    waiting = count - used;
  }
}

/** What a row index entry says about a stream of runs; without a position it is the beginning. */
export function locateRun(
  stream: FinishedStream,
  { byte, skip }: RunPosition = { byte: 0, skip: 0 },
): number[] {
  return [...stream.locate(byte), skip];
}
