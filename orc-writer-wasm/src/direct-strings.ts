import { chunkedStream } from './chunked-stream.ts';
import type { ColumnContext } from './column-writer.ts';
import type { FinishedValues } from './grouped-column.ts';
import { integerStream, locateRun, type RunPosition } from './run-stream.ts';
import type { ValueStatistics } from './statistics.ts';
import { SLACK } from './workspace.ts';

export type StringCategory = 'string' | 'binary' | 'char' | 'varchar';

/** Strings one after the other: DATA holds the bytes, LENGTH the lengths. */
export interface DirectStrings {
  readonly heldBytes: number;
  startGroup(): void;
  /** Takes `count` strings by address and length. */
  append(addresses: number, lengths: number, count: number): void;
  endGroup(): void;
  finish(): FinishedValues;
}

/** Strings that do not lie behind one another are brought together in portions. */
const PORTION_BYTES = 2 ** 20;

export function directStrings(context: ColumnContext, category: StringCategory): DirectStrings {
  const { workspace, makeChunk, blockSize, aligned } = context;
  const { core, output } = workspace;
  const { kernels } = core;
  const data = chunkedStream(makeChunk, blockSize, 'values');
  const lengthStream = integerStream(workspace, chunkedStream(makeChunk, blockSize, 'structure'), {
    signed: false,
    aligned,
  });
  let starts: { readonly data: number; readonly length: RunPosition }[] = [];
  let values: ValueStatistics[] = [];
  let minimum: Uint8Array | undefined;
  let maximum: Uint8Array | undefined;
  let sum = 0;

  return {
    get heldBytes() {
      return data.heldBytes + lengthStream.heldBytes;
    },
    startGroup() {
      starts.push({ data: data.size, length: lengthStream.position() });
    },
    append(addresses, lengths, count) {
      if (count === 0) return;
      const bytes = kernels.widenLengths(lengths, count, lengthStream.room(count));
      lengthStream.push(count);
      sum += bytes;
      if (category !== 'binary') widenExtremes(addresses, lengths, count);
      if (kernels.areAdjacent(addresses, lengths, count, bytes) !== 0) {
        const start = address(addresses, 0);
        data.write(core.bytes.subarray(start, start + bytes));
      } else {
        writePortions(addresses, lengths, count);
      }
    },
    endGroup() {
      values.push(
        category === 'binary'
          ? { kind: 'binary', sum: BigInt(sum) }
          : { kind: 'string', sum: BigInt(sum), ...(minimum && maximum ? { minimum, maximum } : {}) },
      );
      minimum = undefined;
      maximum = undefined;
      sum = 0;
    },
    finish() {
      const dataBytes = data.finish();
      const lengths = lengthStream.finish();
      const groups = values.map((group, i) => ({
        positions: [...dataBytes.locate(starts[i]?.data ?? 0), ...locateRun(lengths, starts[i]?.length)],
        values: group,
      }));
      starts = [];
      values = [];
      return {
        encoding: { kind: 'DIRECT_V2' },
        streams: [
          { kind: 'DATA', stream: dataBytes },
          { kind: 'LENGTH', stream: lengths },
        ],
        groups,
      };
    },
  };

  function address(addresses: number, index: number): number {
    return (core.int32[addresses / 4 + index] ?? 0) >>> 0;
  }

  function string(addresses: number, lengths: number, index: number): Uint8Array {
    const start = address(addresses, index);
    return core.bytes.subarray(start, start + address(lengths, index));
  }

  function widenExtremes(addresses: number, lengths: number, count: number): void {
    kernels.stringExtremes(addresses, lengths, count);
    const lowest = string(addresses, lengths, core.result(0));
    const highest = string(addresses, lengths, core.result(1));
    if (minimum === undefined || Buffer.compare(lowest, minimum) < 0) minimum = lowest.slice();
    if (maximum === undefined || Buffer.compare(highest, maximum) > 0) maximum = highest.slice();
  }

  function writePortions(addresses: number, lengths: number, count: number): void {
    const out = output.reserve(PORTION_BYTES + SLACK);
    let done = 0;
    while (done < count) {
      const at = done * 4;
      const gathered = kernels.gatherStrings(addresses + at, lengths + at, count - done, PORTION_BYTES, out);
      if (gathered === 0) {
        data.write(string(addresses, lengths, done));
        done++;
      } else {
        data.write(core.bytes.subarray(out, out + core.result(0)));
        done += gathered;
      }
    }
  }
}
