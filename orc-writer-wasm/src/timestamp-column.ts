import { chunkedStream } from './chunked-stream.ts';
import type { ColumnContext, ColumnWriter } from './column-writer.ts';
import type { ColumnVector } from './columns.ts';
import { region } from './core.ts';
import { SchemaMismatchError } from './errors.ts';
import { groupedColumn } from './grouped-column.ts';
import { integerStream, locateRun, type RunPosition } from './run-stream.ts';
import type { PresentBits } from './present-stream.ts';
import type { Instant, ValueStatistics } from './statistics.ts';
import { copyIn, type Workspace } from './workspace.ts';

/** TIMESTAMP: DATA holds seconds from 2015, SECONDARY nanoseconds; the wall clock is that of UTC. */
export function timestampColumn(context: ColumnContext, id: number, name: string): ColumnWriter {
  const { workspace, makeChunk, blockSize, aligned, preEpochFraction } = context;
  const { core } = workspace;
  const { kernels } = core;
  const seconds = integerStream(workspace, chunkedStream(makeChunk, blockSize, 'values'), {
    signed: true,
    aligned,
  });
  const nanos = integerStream(workspace, chunkedStream(makeChunk, blockSize, 'structure'), {
    signed: false,
    aligned,
  });
  const millis = region(core);
  const statistics = timestampStatistics(workspace);
  const bloom = context.bloomFilter(id);
  let starts: (readonly [RunPosition, RunPosition])[] = [];
  let values: ValueStatistics[] = [];

  return groupedColumn(
    context,
    {
      get heldBytes() {
        return seconds.heldBytes + nanos.heldBytes;
      },
      startGroup() {
        starts.push([seconds.position(), nanos.position()]);
      },
      append(vector, from, to, present) {
        const rows = to - from;
        // Both rooms first: the second may move memory, but not the first region.
        const secondsAt = seconds.room(rows);
        const nanosAt = nanos.room(rows);
        const count = copyParts(vector, from, to, present, secondsAt, nanosAt);
        refuse(kernels.checkTimestamps(secondsAt, nanosAt, count, Number(preEpochFraction === 'apache')));
        statistics.add(secondsAt, nanosAt, count);
        if (bloom !== undefined) {
          const whole = workspace.values.reserve(count * 8);
          kernels.toMillis(secondsAt, nanosAt, count, whole);
          bloom.addLongs(whole, count);
        }
        kernels.encodeTimestamps(secondsAt, nanosAt, count);
        seconds.push(count);
        nanos.push(count);
      },
      endGroup() {
        values.push(statistics.take());
      },
      finish() {
        const data = seconds.finish();
        const secondary = nanos.finish();
        const groups = values.map((group, i) => ({
          positions: [...locateRun(data, starts[i]?.[0]), ...locateRun(secondary, starts[i]?.[1])],
          values: group,
        }));
        starts = [];
        values = [];
        return {
          encoding: { kind: 'DIRECT_V2' },
          streams: [
            { kind: 'DATA', stream: data },
            { kind: 'SECONDARY', stream: secondary },
          ],
          groups,
        };
      },
    },
    bloom,
  );

  function copyParts(
    vector: ColumnVector,
    from: number,
    to: number,
    { address, bit }: PresentBits,
    secondsAt: number,
    nanosAt: number,
  ): number {
    if ('millis' in vector && vector.millis instanceof Float64Array && vector.millis.length >= to) {
      const given = copyIn(core, workspace.input, vector.millis.subarray(from, to));
      const dense = millis.reserve((to - from) * 8);
      const count = kernels.copyLongs(given, to - from, address, bit, dense);
      refuse(kernels.splitMillis(dense, count, secondsAt, nanosAt));
      return count;
    }
    if (
      'seconds' in vector &&
      vector.seconds instanceof BigInt64Array &&
      vector.nanos instanceof Int32Array &&
      Math.min(vector.seconds.length, vector.nanos.length) >= to
    ) {
      const givenSeconds = copyIn(core, workspace.input, vector.seconds.subarray(from, to));
      kernels.copyLongs(givenSeconds, to - from, address, bit, secondsAt);
      const givenNanos = copyIn(core, workspace.input, vector.nanos.subarray(from, to));
      return kernels.widenIntegers(givenNanos, to - from, address, bit, nanosAt);
    }
    throw new SchemaMismatchError(
      'bad-vector',
      `column ${name} (timestamp) needs seconds: BigInt64Array and nanos: Int32Array, or millis: Float64Array`,
    );
  }

  function refuse(fault: number): void {
    const message = faults[fault];
    if (message !== undefined) throw new SchemaMismatchError('bad-value', `column ${name}: ${message}`);
  }
}

const faults: readonly (string | undefined)[] = [
  undefined,
  'nanoseconds are not between 0 and 999,999,999',
  'ORC cannot store fractions of the last second before 1970 (ORC-763)',
  'milliseconds are not a whole number',
];

const STATE_BYTES = 32;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

function timestampStatistics({ core }: Workspace) {
  const state = core.allocate(STATE_BYTES);
  let count = 0;
  reset();

  return {
    add(seconds: number, nanos: number, added: number): void {
      core.kernels.timestampStatistics(seconds, nanos, added, state);
      count += added;
    },
    take(): ValueStatistics {
      const [lowest = 0n, lowestNanos = 0n, highest = 0n, highestNanos = 0n] = core.int64.subarray(
        state / 8,
        state / 8 + 4,
      );
      const isEmpty = count === 0;
      reset();
      if (isEmpty) return { kind: 'timestamp' };
      return {
        kind: 'timestamp',
        minimum: instant(lowest, lowestNanos),
        maximum: instant(highest, highestNanos),
      };
    },
  };

  function reset(): void {
    count = 0;
    core.int64.set([MOST, 0n, LEAST, 0n], state / 8);
  }
}

function instant(seconds: bigint, nanos: bigint): Instant {
  return { millis: seconds * 1000n + nanos / 1_000_000n, nanos: Number(nanos % 1_000_000n) };
}
