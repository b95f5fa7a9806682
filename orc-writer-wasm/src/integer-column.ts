import { chunkedStream } from './chunked-stream.ts';
import type { ColumnContext, ColumnWriter } from './column-writer.ts';
import type { ColumnVector } from './columns.ts';
import { SchemaMismatchError } from './errors.ts';
import { groupedColumn } from './grouped-column.ts';
import type { PresentBits } from './present-stream.ts';
import { integerStream, locateRun, type RunPosition } from './run-stream.ts';
import type { IntegerStatistics, ValueStatistics } from './statistics.ts';
import { copyIn, type Workspace } from './workspace.ts';

export type IntegerCategory = 'smallint' | 'int' | 'bigint' | 'date';

/** SMALLINT, INT, BIGINT and DATE: DATA is signed RLE v2. */
export function integerColumn(
  context: ColumnContext,
  id: number,
  category: IntegerCategory,
  name: string,
): ColumnWriter {
  const { workspace, makeChunk, blockSize, aligned } = context;
  const data = integerStream(workspace, chunkedStream(makeChunk, blockSize, 'values'), {
    signed: true,
    aligned,
  });
  const statistics = integerStatistics(workspace);
  const bloom = context.bloomFilter(id);
  let starts: RunPosition[] = [];
  let values: ValueStatistics[] = [];

  return groupedColumn(
    context,
    {
      get heldBytes() {
        return data.heldBytes;
      },
      startGroup() {
        starts.push(data.position());
      },
      append(vector, from, to, present) {
        const given = copyIn(workspace.core, workspace.input, slots(vector, from, to));
        const target = data.room(to - from);
        const count = copy(given, to - from, present, target);
        statistics.add(target, count);
        bloom?.addLongs(target, count);
        data.push(count);
      },
      endGroup() {
        const group = statistics.take();
        values.push(category === 'date' ? dates(group) : group);
      },
      finish() {
        const stream = data.finish();
        const groups = values.map((group, i) => ({ positions: locateRun(stream, starts[i]), values: group }));
        starts = [];
        values = [];
        return { encoding: { kind: 'DIRECT_V2' }, streams: [{ kind: 'DATA', stream }], groups };
      },
    },
    bloom,
  );

  function copy(given: number, rows: number, { address, bit }: PresentBits, target: number): number {
    const { kernels } = workspace.core;
    return category === 'bigint'
      ? kernels.copyLongs(given, rows, address, bit, target)
      : kernels.widenIntegers(given, rows, address, bit, target);
  }

  function slots(vector: ColumnVector, from: number, to: number): Int32Array | BigInt64Array {
    const given = 'values' in vector ? vector.values : undefined;
    const wanted = category === 'bigint' ? BigInt64Array : Int32Array;
    if (!(given instanceof wanted) || given.length < to) {
      throw new SchemaMismatchError(
        'bad-vector',
        `column ${name} (${category}) needs values: ${wanted.name} of one slot a row`,
      );
    }
    return given.subarray(from, to);
  }
}

function dates({ minimum, maximum }: IntegerStatistics): ValueStatistics {
  if (minimum === undefined || maximum === undefined) return { kind: 'date' };
  return { kind: 'date', minimum: Number(minimum), maximum: Number(maximum) };
}

const STATE_BYTES = 32;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/** Minimum, maximum and sum of a row group, kept in wasm memory while it grows. */
export function integerStatistics({ core }: Workspace) {
  const state = core.allocate(STATE_BYTES);
  let count = 0;
  reset();

  return {
    add(values: number, added: number): void {
      core.kernels.integerStatistics(values, added, state);
      count += added;
    },
    take(): IntegerStatistics {
      const [minimum = 0n, maximum = 0n, sum = 0n] = core.int64.subarray(state / 8, state / 8 + 3);
      const hasOverflown = core.int32[state / 4 + 6] !== 0;
      const isEmpty = count === 0;
      reset();
      return {
        kind: 'integer',
        ...(isEmpty ? {} : { minimum, maximum }),
        ...(hasOverflown ? {} : { sum }),
      };
    },
  };

  function reset(): void {
    count = 0;
    core.int64.set([MOST, LEAST, 0n, 0n], state / 8);
  }
}
