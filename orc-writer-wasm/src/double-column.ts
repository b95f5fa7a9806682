import { chunkedStream } from './chunked-stream.ts';
import type { ColumnContext, ColumnWriter } from './column-writer.ts';
import type { ColumnVector } from './columns.ts';
import { SchemaMismatchError } from './errors.ts';
import { groupedColumn } from './grouped-column.ts';
import type { ValueStatistics } from './statistics.ts';
import { copyIn, SLACK, type Workspace } from './workspace.ts';

/** FLOAT and DOUBLE: DATA is the IEEE bytes, little-endian. */
export function doubleColumn(
  context: ColumnContext,
  id: number,
  category: 'float' | 'double',
  name: string,
): ColumnWriter {
  const { workspace, makeChunk, blockSize } = context;
  const { core } = workspace;
  const { kernels } = core;
  const data = chunkedStream(makeChunk, blockSize, 'values');
  const statistics = doubleStatistics(workspace);
  const bloom = context.bloomFilter(id);
  let starts: number[] = [];
  let values: ValueStatistics[] = [];

  return groupedColumn(
    context,
    {
      get heldBytes() {
        return data.heldBytes;
      },
      startGroup() {
        starts.push(data.size);
      },
      append(vector, from, to, { address, bit, count }) {
        const given = copyIn(core, workspace.input, slots(vector, from, to));
        const dense = workspace.output.reserve((to - from) * 8 + SLACK);
        if (category === 'double') {
          kernels.copyLongs(given, to - from, address, bit, dense);
          statistics.add(dense, count);
          bloom?.addLongs(dense, count);
          data.write(core.bytes.subarray(dense, dense + count * 8));
        } else {
          kernels.copyIntegers(given, to - from, address, bit, dense);
          const doubles = workspace.values.reserve(count * 8);
          kernels.promoteFloats(dense, count, doubles);
          statistics.add(doubles, count);
          bloom?.addLongs(doubles, count);
          data.write(core.bytes.subarray(dense, dense + count * 4));
        }
      },
      endGroup() {
        values.push(statistics.take());
      },
      finish() {
        const stream = data.finish();
        const groups = values.map((group, i) => ({
          positions: stream.locate(starts[i] ?? 0),
          values: group,
        }));
        starts = [];
        values = [];
        return { encoding: { kind: 'DIRECT' }, streams: [{ kind: 'DATA', stream }], groups };
      },
    },
    bloom,
  );

  function slots(vector: ColumnVector, from: number, to: number): Float32Array | Float64Array {
    const given = 'values' in vector ? vector.values : undefined;
    const wanted = category === 'float' ? Float32Array : Float64Array;
    if (!(given instanceof wanted) || given.length < to) {
      throw new SchemaMismatchError(
        'bad-vector',
        `column ${name} (${category}) needs values: ${wanted.name} of one slot a row`,
      );
    }
    return given.subarray(from, to);
  }
}

const STATE_BYTES = 32;

function doubleStatistics({ core }: Workspace) {
  const state = core.allocate(STATE_BYTES);
  let count = 0;
  reset();

  return {
    add(values: number, added: number): void {
      core.kernels.doubleStatistics(values, added, state);
      count += added;
    },
    take(): ValueStatistics {
      const [minimum = 0, maximum = 0, sum = 0] = core.float64.subarray(state / 8, state / 8 + 3);
      const hasNaN = core.int32[state / 4 + 6] !== 0;
      const isEmpty = count === 0;
      reset();
      if (isEmpty) return { kind: 'double', sum: 0 };
      // Java skips push-down when the sum is NaN; C++ does not look, so the bounds must let everything in.
      if (hasNaN) return { kind: 'double', minimum: -Infinity, maximum: Infinity, sum: Number.NaN };
      // Java tells the zeros apart when it compares.
      return {
        kind: 'double',
        minimum: minimum === 0 ? -0 : minimum,
        maximum: maximum === 0 ? 0 : maximum,
        sum,
      };
    },
  };

  function reset(): void {
    count = 0;
    core.float64.set([Infinity, -Infinity, 0, 0], state / 8);
  }
}
