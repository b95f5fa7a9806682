import { chunkedStream } from './chunked-stream.ts';
import type { ColumnContext, ColumnWriter } from './column-writer.ts';
import type { ColumnVector, UnionVector } from './columns.ts';
import { SchemaMismatchError } from './errors.ts';
import { groupedColumn } from './grouped-column.ts';
import { byteRunStream, locateRun, type RunPosition } from './run-stream.ts';
import { copyIn } from './workspace.ts';

/** UNION: DATA is the tag of each value; each variant has the rows of its tag. */
export function unionColumn(
  context: ColumnContext,
  children: readonly ColumnWriter[],
  name: string,
): ColumnWriter {
  const { workspace, makeChunk, blockSize } = context;
  const { core } = workspace;
  const { kernels } = core;
  const data = byteRunStream(workspace, chunkedStream(makeChunk, blockSize, 'values'));
  let starts: RunPosition[] = [];

  return groupedColumn(context, {
    get heldBytes() {
      return children.reduce((sum, child) => sum + child.heldBytes, data.heldBytes);
    },
    startGroup() {
      starts.push(data.position());
      for (const child of children) child.startGroup();
    },
    append(vector, from, to, { address, bit, count, mask }, batch) {
      const { tags, children: vectors } = partsOf(vector, to);
      const given = copyIn(core, workspace.input, tags.subarray(from, to));
      const target = data.room(to - from);
      kernels.copyBytes(given, to - from, address, bit, target);
      if (kernels.areTags(target, count, children.length) === 0) {
        throw new SchemaMismatchError('bad-value', `column ${name}: a tag is not below ${children.length}`);
      }
      data.push(count);
      children.forEach((child, tag) => {
        const variant = vectors[tag];
        if (variant !== undefined) child.append(variant, from, to, batch, tagged(tags, from, to, tag, mask));
      });
    },
    endGroup() {
      for (const child of children) child.endGroup();
    },
    finish() {
      const stream = data.finish();
      const groups = starts.map((start) => ({ positions: locateRun(stream, start) }));
      starts = [];
      return {
        encoding: { kind: 'DIRECT' },
        streams: [{ kind: 'DATA', stream }],
        groups,
        children: children.flatMap((child) => child.finishStripe()),
      };
    },
  });

  function partsOf(vector: ColumnVector, to: number): UnionVector {
    if ('tags' in vector && vector.tags.length >= to && vector.children.length === children.length) {
      return vector;
    }
    throw new SchemaMismatchError(
      'bad-vector',
      `column ${name} (uniontype) needs a tag a row and ${children.length} children`,
    );
  }
}

/** The slots that have this tag and a value. */
function tagged(
  tags: Uint8Array,
  from: number,
  to: number,
  tag: number,
  mask: Uint8Array | undefined,
): Uint8Array {
  const slots = new Uint8Array((to + 7) >> 3);
  for (let i = from; i < to; i++) {
    const byte = i >> 3;
    const bit = 1 << (i & 7);
    if (tags[i] === tag && (mask === undefined || ((mask[byte] ?? 0) & bit) !== 0)) {
      slots[byte] = (slots[byte] ?? 0) | bit;
    }
  }
  return slots;
}
