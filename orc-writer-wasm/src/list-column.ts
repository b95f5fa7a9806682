import { chunkedStream } from './chunked-stream.ts';
import type { ColumnContext, ColumnWriter } from './column-writer.ts';
import type { ColumnVector } from './columns.ts';
import { SchemaMismatchError } from './errors.ts';
import { groupedColumn } from './grouped-column.ts';
import { integerStatistics } from './integer-column.ts';
import { integerStream, locateRun, type RunPosition } from './run-stream.ts';
import type { IntegerStatistics, ValueStatistics } from './statistics.ts';
import { copyIn } from './workspace.ts';

/** LIST and MAP: LENGTH is how many elements a row has; they are rows of the one or two columns inside. */
export function listColumn(
  context: ColumnContext,
  children: readonly ColumnWriter[],
  name: string,
): ColumnWriter {
  const { workspace, makeChunk, blockSize, aligned } = context;
  const { core } = workspace;
  const lengths = integerStream(workspace, chunkedStream(makeChunk, blockSize, 'structure'), {
    signed: false,
    aligned,
  });
  const statistics = integerStatistics(workspace);
  let starts: RunPosition[] = [];
  let values: ValueStatistics[] = [];

  return groupedColumn(context, {
    get heldBytes() {
      return children.reduce((sum, child) => sum + child.heldBytes, lengths.heldBytes);
    },
    startGroup() {
      starts.push(lengths.position());
      for (const child of children) child.startGroup();
    },
    append(vector, from, to, { address, bit, count, mask }, batch) {
      const { offsets, vectors } = partsOf(vector, to);
      const given = copyIn(core, workspace.offsets, offsets.subarray(from, to + 1));
      const target = lengths.room(to - from);
      if (core.kernels.listLengths(given, to - from, address, bit, target) < 0) {
        throw new SchemaMismatchError('bad-vector', `column ${name} needs offsets that rise`);
      }
      statistics.add(target, count);
      lengths.push(count);
      const [start = 0, end = 0] = [offsets[from], offsets[to]];
      const existing = mask === undefined ? undefined : elementsOf(offsets, from, to, mask);
      children.forEach((child, i) => {
        const elements = vectors[i];
        if (elements !== undefined) child.append(elements, start, end, batch, existing);
      });
    },
    endGroup() {
      values.push(childCounts(statistics.take()));
      for (const child of children) child.endGroup();
    },
    finish() {
      const stream = lengths.finish();
      const groups = values.map((group, i) => ({ positions: locateRun(stream, starts[i]), values: group }));
      starts = [];
      values = [];
      return {
        encoding: { kind: 'DIRECT_V2' },
        streams: [{ kind: 'LENGTH', stream }],
        groups,
        children: children.flatMap((child) => child.finishStripe()),
      };
    },
  });

  function partsOf(vector: ColumnVector, to: number): { offsets: Uint32Array; vectors: ColumnVector[] } {
    const isMap = children.length === 2;
    const fits = isMap ? 'key' in vector : 'child' in vector;
    if (fits && 'offsets' in vector && vector.offsets.length > to) {
      if ('key' in vector) return { offsets: vector.offsets, vectors: [vector.key, vector.value] };
      if ('child' in vector) return { offsets: vector.offsets, vectors: [vector.child] };
    }
    throw new SchemaMismatchError(
      'bad-vector',
      `column ${name} needs offsets of one more than its rows, and ${isMap ? 'key and value' : 'child'}`,
    );
  }
}

function childCounts({ minimum, maximum, sum = 0n }: IntegerStatistics): ValueStatistics {
  if (minimum === undefined || maximum === undefined) return { kind: 'collection', total: 0n };
  return { kind: 'collection', minimum, maximum, total: sum };
}

/** The elements of the rows in the mask; undefined if those of the others are none. */
function elementsOf(
  offsets: Uint32Array,
  from: number,
  to: number,
  mask: Uint8Array,
): Uint8Array | undefined {
  const areAll = rangesOf((row) => !has(row)).next().done === true;
  if (areAll) return undefined;
  const elements = new Uint8Array(((offsets[to] ?? 0) + 7) >> 3);
  for (const [start, end] of rangesOf(has)) {
    for (let i = start; i < end; i++) elements[i >> 3] = (elements[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return elements;

  function has(row: number): boolean {
    return (((mask[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
  }

  function* rangesOf(isWanted: (row: number) => boolean): Generator<readonly [number, number]> {
    for (let row = from; row < to; row++) {
      const [start = 0, end = 0] = [offsets[row], offsets[row + 1]];
      if (start < end && isWanted(row)) yield [start, end];
    }
  }
}
