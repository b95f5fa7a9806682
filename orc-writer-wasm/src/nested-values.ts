import type { Slots } from './bit-reader.ts';
import type { ColumnReader, ValueReader } from './column-reader.ts';
import { integersOf, streamOf, type ColumnSource } from './column-source.ts';
import { region } from './core.ts';
import { CorruptStreamError } from './errors.ts';
import { byteReader } from './run-reader.ts';
import { readOffsets } from './string-values.ts';
import { SLACK } from './workspace.ts';

/** STRUCT: every field has a slot where the struct has one, and values where that is not null. */
export function structValues(_: ColumnSource, fields: readonly ColumnReader[]): ValueReader {
  return {
    read: (size, present) => ({ fields: fields.map((field) => field.read(size, existing(present))) }),
    seek(__, positionsOf) {
      for (const field of fields) field.seek(positionsOf);
    },
  };
}

/** LIST and MAP. */
export function listValues(source: ColumnSource, children: readonly ColumnReader[]): ValueReader {
  const { core } = source;
  const lengths = integersOf(source, 'LENGTH', false);
  const offsetCells = region(core);
  return {
    read(size, { count, address }) {
      const dense = lengths.read(count);
      const out = offsetCells.reserve((size + 1) * 4);
      const { total, starts: offsets } = readOffsets(core, dense, size, address, out);
      const [first, second] = children.map((child) => child.read(total));
      if (first === undefined) throw new TypeError('a list or map has no child');
      return second === undefined ? { offsets, child: first } : { offsets, key: first, value: second };
    },
    seek(positions, positionsOf) {
      lengths.seek(positions);
      for (const child of children) child.seek(positionsOf);
    },
  };
}

/** UNION. */
export function unionValues(source: ColumnSource, children: readonly ColumnReader[]): ValueReader {
  const { core } = source;
  const { kernels } = core;
  const data = byteReader(core, streamOf(source, 'DATA'));
  const tagCells = region(core);
  const masks = children.map(() => region(core));
  return {
    read(size, { count, address }) {
      const dense = data.read(count);
      if (kernels.areTags(dense, count, children.length) === 0) {
        throw new CorruptStreamError('bad-tag', 'a union has a tag without a variant');
      }
      const tags = tagCells.reserve(size);
      kernels.spreadBytes(dense, size, address, tags);
      return {
        tags: core.bytes.slice(tags, tags + size),
        children: children.map((child, tag) => child.read(size, tagged(tag))),
      };

      function tagged(tag: number): Slots {
        const target = masks[tag]?.reserve((size >> 3) + SLACK) ?? 0;
        const matching = kernels.matchTags(tags, size, address, tag, target);
        return {
          address: target,
          count: matching,
          bits: core.bytes.slice(target, target + ((size + 7) >> 3)),
        };
      }
    },
    seek(positions, positionsOf) {
      data.seek(positions);
      for (const child of children) child.seek(positionsOf);
    },
  };
}

/** Of a child, by the slots in which its parent has a value. */
function existing(present: Slots): Slots | undefined {
  return present.bits === undefined ? undefined : present;
}
