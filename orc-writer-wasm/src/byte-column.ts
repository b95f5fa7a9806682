import { chunkedStream } from './chunked-stream.ts';
import type { ColumnContext, ColumnWriter } from './column-writer.ts';
import { SchemaMismatchError } from './errors.ts';
import { groupedColumn } from './grouped-column.ts';
import { integerStatistics } from './integer-column.ts';
import { byteRunStream, locateRun, type RunPosition } from './run-stream.ts';
import type { ValueStatistics } from './statistics.ts';
import { copyIn } from './workspace.ts';

/** BYTE (tinyint): DATA is byte RLE. */
export function byteColumn(context: ColumnContext, id: number, name: string): ColumnWriter {
  const { workspace, makeChunk, blockSize } = context;
  const { core } = workspace;
  const data = byteRunStream(workspace, chunkedStream(makeChunk, blockSize, 'values'));
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
      append(vector, from, to, { address, bit, count }) {
        if (!('values' in vector && vector.values instanceof Int8Array && vector.values.length >= to)) {
          throw new SchemaMismatchError(
            'bad-vector',
            `column ${name} (tinyint) needs values: Int8Array of one slot a row`,
          );
        }
        const given = copyIn(core, workspace.input, vector.values.subarray(from, to));
        const target = data.room(to - from);
        core.kernels.copyBytes(given, to - from, address, bit, target);
        const wide = workspace.values.reserve(count * 8);
        core.kernels.widenBytes(target, count, wide);
        statistics.add(wide, count);
        bloom?.addLongs(wide, count);
        data.push(count);
      },
      endGroup() {
        values.push(statistics.take());
      },
      finish() {
        const stream = data.finish();
        const groups = values.map((group, i) => ({ positions: locateRun(stream, starts[i]), values: group }));
        starts = [];
        values = [];
        return { encoding: { kind: 'DIRECT' }, streams: [{ kind: 'DATA', stream }], groups };
      },
    },
    bloom,
  );
}
