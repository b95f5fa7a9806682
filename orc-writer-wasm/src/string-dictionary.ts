import { chunkedStream } from './chunked-stream.ts';
import type { ColumnContext } from './column-writer.ts';
import { region } from './core.ts';
import { MemoryLimitError } from './errors.ts';
import type { FinishedValues } from './grouped-column.ts';
import { integerStream, locateRun } from './run-stream.ts';
import { SLACK } from './workspace.ts';

/**
 * The values of a string column as numbers of dictionary entries, for as long as that may be the better form.
 *
 * It gives up (`isHopeless`) when the first 1,024 values of a stripe are all different, or when at 10,000 values, at
 * 16 MiB of entries or at the end of the stripe too many are. That depends on the values alone, never on batches.
 */
export interface StringDictionary {
  readonly heldBytes: number;
  readonly count: number;
  /** Of the values, not of the entries. */
  readonly groupStarts: readonly number[];
  readonly isHopeless: boolean;
  startGroup(): void;
  /** How many values may be added before `isHopeless` must be asked. */
  readonly untilSample: number;
  /** Calls `intern` with the dictionary, the byte limit and the place for `count` numbers; it returns how many it did. */
  add(count: number, intern: (dictionary: number, maximumBytes: number, ids: number) => number): number;
  /** The values `from` to `to`, by address and length in working memory that lasts until the next call. */
  locate(from: number, to: number): { readonly addresses: number; readonly lengths: number };
  /** Whether the whole stripe repeats its values often enough. */
  readonly isWorthwhile: boolean;
  finish(): FinishedValues;
  /** Forgets everything. */
  clear(): void;
  /** Another one after every `clear()`. */
  readonly epoch: number;
}

const SMALL_SAMPLE = 1024;
const LARGE_SAMPLE = 10_000;
const MAXIMUM_BYTES = 16 * 2 ** 20;

export function stringDictionary(context: ColumnContext): StringDictionary {
  const { workspace, makeChunk, blockSize, aligned, dictionaryThreshold } = context;
  const { core } = workspace;
  const { kernels } = core;
  const ids = region(core);
  const addresses = region(core);
  const lengths = region(core);
  const data = integerStream(workspace, chunkedStream(makeChunk, blockSize, 'values'), {
    signed: false,
    aligned,
  });
  const lengthStream = integerStream(workspace, chunkedStream(makeChunk, blockSize, 'structure'), {
    signed: false,
    aligned,
  });
  const entryData = chunkedStream(makeChunk, blockSize, 'values');
  let dictionary = 0;
  let entries = 0;
  let bytes = 0;
  let count = 0;
  let isFull = false;
  let groupStarts: number[] = [];
  let epoch = 0;
  workspace.keepers.push(() => (dictionary === 0 ? 0 : tableBytes(entries, bytes) + count * 16));

  return {
    get heldBytes() {
      return bytes + count * (entries <= 2 ** 8 ? 1 : entries <= 2 ** 16 ? 2 : 3);
    },
    get count() {
      return count;
    },
    get groupStarts() {
      return groupStarts;
    },
    get epoch() {
      return epoch;
    },
    get untilSample() {
      if (count < SMALL_SAMPLE) return SMALL_SAMPLE - count;
      return count < LARGE_SAMPLE ? LARGE_SAMPLE - count : Infinity;
    },
    get isHopeless() {
      if (isFull) return true;
      if (dictionaryThreshold >= 1) return false;
      if (count === SMALL_SAMPLE) return entries === count;
      return count === LARGE_SAMPLE && isDiverse();
    },
    get isWorthwhile() {
      return count > 0 && !isDiverse();
    },
    startGroup() {
      groupStarts.push(count);
    },
    add(added, intern) {
      if (dictionary === 0) {
        dictionary = kernels.newDictionary() >>> 0;
        if (dictionary === 0) throw noMemory();
      }
      const done = intern(dictionary, MAXIMUM_BYTES, ids.reserve((count + added) * 4, count * 4) + count * 4);
      if (done === -1) throw noMemory();
      if (done < 0) return done;
      entries = core.result(0);
      bytes = core.result(1);
      count += done;
      isFull = done < added;
      return done;
    },
    locate(from, to) {
      const size = (to - from) * 4;
      addresses.reserve(size);
      lengths.reserve(size);
      kernels.locateEntries(
        dictionary,
        ids.address + from * 4,
        to - from,
        addresses.address,
        lengths.address,
      );
      return { addresses: addresses.address, lengths: lengths.address };
    },
    finish() {
      const order = core.allocate(entries * 4);
      const ranks = core.allocate(entries * 4);
      const items = core.allocate(entries * 16);
      kernels.sortDictionary(dictionary, order, ranks, items);
      core.release(items);
      lengths.reserve(entries * 4);
      addresses.reserve(entries * 4);
      kernels.locateEntries(dictionary, order, entries, addresses.address, lengths.address);
      core.release(order);
      kernels.widenLengths(lengths.address, entries, lengthStream.room(entries));
      lengthStream.push(entries);
      writeEntries();

      const groups = groupStarts.map((start, i) => {
        const size = (groupStarts[i + 1] ?? count) - start;
        const position = data.position();
        const sum = kernels.rankIds(ids.address + start * 4, size, ranks, lengths.address, data.room(size));
        const extremes = size === 0 ? {} : { minimum: entry(core.result(0)), maximum: entry(core.result(1)) };
        data.push(size);
        return { position, values: { kind: 'string' as const, ...extremes, sum: BigInt(sum) } };
      });
      core.release(ranks);
      const stream = data.finish();
      return {
        encoding: { kind: 'DICTIONARY_V2', dictionarySize: entries },
        streams: [
          { kind: 'DATA', stream },
          { kind: 'LENGTH', stream: lengthStream.finish() },
          { kind: 'DICTIONARY_DATA', stream: entryData.finish() },
        ],
        groups: groups.map(({ position, values }) => ({ positions: locateRun(stream, position), values })),
      };
    },
    clear() {
      if (dictionary !== 0) kernels.freeDictionary(dictionary);
      dictionary = 0;
      entries = 0;
      bytes = 0;
      count = 0;
      isFull = false;
      groupStarts = [];
      epoch++;
    },
  };

  function isDiverse(): boolean {
    return entries > count * dictionaryThreshold;
  }

  function entry(rank: number): Uint8Array {
    const start = (core.int32[addresses.address / 4 + rank] ?? 0) >>> 0;
    const length = core.int32[lengths.address / 4 + rank] ?? 0;
    // Not a Buffer: those share large blocks, which one small string would keep until the file is closed.
    return core.bytes.slice(start, start + length);
  }

  function writeEntries(): void {
    const out = core.allocate(bytes + SLACK);
    kernels.gatherStrings(addresses.address, lengths.address, entries, bytes, out);
    entryData.write(core.bytes.subarray(out, out + bytes));
    core.release(out);
  }
}

/** Tables double, in blocks that are twice as large for their header; and sorting needs as much again. */
function tableBytes(entries: number, bytes: number): number {
  return 3 * Math.max(32_768, bytes * 2) + 60 * Math.max(1024, entries * 2);
}

function noMemory(): MemoryLimitError {
  return new MemoryLimitError('memory-limit', 'no room for a dictionary in wasm memory');
}
