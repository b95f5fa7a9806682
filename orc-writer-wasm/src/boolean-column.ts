import { bitStream, type BitSource } from './bit-stream.ts';
import { chunkedStream } from './chunked-stream.ts';
import type { ColumnContext, ColumnWriter } from './column-writer.ts';
import type { ColumnVector } from './columns.ts';
import { SchemaMismatchError } from './errors.ts';
import { groupedColumn } from './grouped-column.ts';
import { copyIn } from './workspace.ts';

/** BOOLEAN: DATA is a bit a value. */
export function booleanColumn(context: ColumnContext, name: string): ColumnWriter {
  const { workspace, makeChunk, blockSize } = context;
  const data = bitStream(workspace, chunkedStream(makeChunk, blockSize, 'values'));
  let starts: number[] = [];
  let counts: bigint[] = [];
  let trueCount = 0;

  return groupedColumn(context, {
    get heldBytes() {
      return data.size >> 3;
    },
    startGroup() {
      starts.push(data.size);
    },
    append(vector, from, to, present) {
      trueCount += data.append(bits(vector, from, to), present, to - from);
    },
    endGroup() {
      counts.push(BigInt(trueCount));
      trueCount = 0;
    },
    finish() {
      const { stream, positions } = data.finish(starts);
      const groups = counts.map((count, i) => ({
        positions: positions[i] ?? [],
        values: { kind: 'boolean' as const, trueCount: count },
      }));
      starts = [];
      counts = [];
      return { encoding: { kind: 'DIRECT' }, streams: [{ kind: 'DATA', stream }], groups };
    },
  });

  function bits(vector: ColumnVector, from: number, to: number): BitSource {
    if ('bits' in vector && vector.bits instanceof Uint8Array && vector.bits.length * 8 >= to) {
      const given = vector.bits.subarray(from >> 3, (to + 7) >> 3);
      return { address: copyIn(workspace.core, workspace.input, given), bit: from & 7 };
    }
    throw new SchemaMismatchError('bad-vector', `column ${name} (boolean) needs bits: one a row`);
  }
}
