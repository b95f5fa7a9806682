import { chunkedStream } from './chunked-stream.ts';
import type { ColumnContext, ColumnWriter } from './column-writer.ts';
import type { ColumnVector } from './columns.ts';
import type { Core } from './core.ts';
import { formatDecimal, trimDecimal } from './decimal.ts';
import { SchemaMismatchError } from './errors.ts';
import { groupedColumn } from './grouped-column.ts';
import type { PresentBits } from './present-stream.ts';
import { integerStream, locateRun, type RunPosition } from './run-stream.ts';
import type { TypeDescription } from './schema.ts';
import type { ValueStatistics } from './statistics.ts';
import { copyIn, SLACK, type Workspace } from './workspace.ts';

const LONGEST_VARINT = 19;
const VALUE_BYTES = 16;

/** DECIMAL: DATA holds unscaled values as varints of any length, SECONDARY the scale of each, always the declared one. */
export function decimalColumn(
  context: ColumnContext,
  { id, precision = 38, scale = 0 }: TypeDescription,
  name: string,
): ColumnWriter {
  const { workspace, makeChunk, blockSize, aligned } = context;
  const { core } = workspace;
  const { kernels } = core;
  const data = chunkedStream(makeChunk, blockSize, 'values');
  // Signed, whatever the specification once said (ORC-519).
  const scales = integerStream(workspace, chunkedStream(makeChunk, blockSize, 'structure'), {
    signed: true,
    aligned,
  });
  const statistics = decimalStatistics(workspace, scale);
  const bloom = context.bloomFilter(id);
  let starts: { readonly data: number; readonly scale: RunPosition }[] = [];
  let values: ValueStatistics[] = [];

  return groupedColumn(
    context,
    {
      get heldBytes() {
        return data.heldBytes + scales.heldBytes;
      },
      startGroup() {
        starts.push({ data: data.size, scale: scales.position() });
      },
      append(vector, from, to, present) {
        const { count } = present;
        const dense = join(vector, from, to, present);
        if (kernels.haveDigits(dense, count, precision) === 0) {
          throw new SchemaMismatchError('bad-value', `column ${name}: a value has over ${precision} digits`);
        }
        statistics.add(dense, count);
        bloom?.addTexts(texts(dense, count));
        const out = workspace.output.reserve(count * LONGEST_VARINT + SLACK);
        const written = kernels.encodeDecimals(dense, count, out);
        data.write(core.bytes.subarray(out, out + written));
        const scalesAt = scales.room(count) / 8;
        core.int64.fill(BigInt(scale), scalesAt, scalesAt + count);
        scales.push(count);
      },
      endGroup() {
        values.push(statistics.take());
      },
      finish() {
        const stream = data.finish();
        const secondary = scales.finish();
        const groups = values.map((group, i) => ({
          positions: [...stream.locate(starts[i]?.data ?? 0), ...locateRun(secondary, starts[i]?.scale)],
          values: group,
        }));
        starts = [];
        values = [];
        return {
          encoding: { kind: 'DIRECT_V2' },
          streams: [
            { kind: 'DATA', stream },
            { kind: 'SECONDARY', stream: secondary },
          ],
          groups,
        };
      },
    },
    bloom,
  );

  /** As Java hashes them: without zeros at their end. */
  function texts(dense: number, count: number): string[] {
    return Array.from({ length: count }, (_, i) =>
      formatDecimal(trimDecimal({ unscaled: wideInteger(core, dense / 8 + i * 2), scale })),
    );
  }

  function join(vector: ColumnVector, from: number, to: number, { address, bit }: PresentBits): number {
    const dense = workspace.values.reserve((to - from) * VALUE_BYTES);
    if ('values' in vector && vector.values instanceof BigInt64Array && vector.values.length >= to) {
      const given = copyIn(core, workspace.input, vector.values.subarray(from, to));
      kernels.joinDecimals(given, 0, to - from, address, bit, dense);
      return dense;
    }
    if (
      'low' in vector &&
      vector.low instanceof BigUint64Array &&
      vector.high instanceof BigInt64Array &&
      Math.min(vector.low.length, vector.high.length) >= to
    ) {
      const lows = copyIn(core, workspace.input, vector.low.subarray(from, to));
      const highs = copyIn(core, workspace.offsets, vector.high.subarray(from, to));
      kernels.joinDecimals(lows, highs, to - from, address, bit, dense);
      return dense;
    }
    throw new SchemaMismatchError(
      'bad-vector',
      `column ${name} (decimal) needs values: BigInt64Array, or low: BigUint64Array and high: BigInt64Array`,
    );
  }
}

/** 128 bits, by the number of their first cell of 64. */
function wideInteger({ int64 }: Core, cell: number): bigint {
  const [low = 0n, high = 0n] = int64.subarray(cell, cell + 2);
  return (high << 64n) | BigInt.asUintN(64, low);
}

const STATE_BYTES = 64;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;
const SUM_LIMIT = 10n ** 38n;

function decimalStatistics({ core }: Workspace, scale: number) {
  const state = core.allocate(STATE_BYTES);
  let count = 0;
  reset();

  return {
    add(values: number, added: number): void {
      core.kernels.decimalStatistics(values, added, state);
      count += added;
    },
    take(): ValueStatistics {
      const [minimum, maximum, sum] = [value(0), value(1), value(2)];
      const hasOverflown = core.int32[state / 4 + 12] !== 0 || sum >= SUM_LIMIT || sum <= -SUM_LIMIT;
      const isEmpty = count === 0;
      reset();
      return {
        kind: 'decimal',
        scale,
        ...(isEmpty ? {} : { minimum, maximum }),
        ...(hasOverflown ? {} : { sum }),
      };
    },
  };

  function value(index: number): bigint {
    return wideInteger(core, state / 8 + index * 2);
  }

  function reset(): void {
    count = 0;
    core.int64.set([-1n, MOST, 0n, LEAST, 0n, 0n, 0n], state / 8);
  }
}
