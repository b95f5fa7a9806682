import type { ColumnVector } from './columns.ts';
import { region, type Core } from './core.ts';
import type { SchemaMismatchError } from './errors.ts';
import type { Gatherer } from './gather.ts';
import { PICK_BYTES } from './picks.ts';
import { gatherOffsets } from './gather-strings.ts';
import { slotArrays } from './slot-arrays.ts';
import { SLACK } from './workspace.ts';

/** STRUCT: every field has a slot a row. */
export function structGatherer(fields: readonly Gatherer[], badVector: () => SchemaMismatchError): Gatherer {
  return {
    load(slot, vector, rows) {
      if (!('fields' in vector)) throw badVector();
      loadAll(fields, vector.fields, slot, rows, badVector);
    },
    gather(picks) {
      const views = fields.map((field) => field.gather(picks));
      return () => ({ fields: views.map((view) => view()) });
    },
  };
}

/** LIST and MAP: the elements of picked rows are picks of their own. */
export function listGatherer(
  core: Core,
  children: readonly Gatherer[],
  badVector: () => SchemaMismatchError,
): Gatherer {
  const offsets = slotArrays(core);
  const gatheredOffsets = region(core);
  const elements = region(core);
  return {
    load(slot, vector, rows) {
      const vectors =
        'child' in vector ? [vector.child] : 'key' in vector ? [vector.key, vector.value] : undefined;
      if (vectors === undefined || !('offsets' in vector)) throw badVector();
      offsets.load(slot, vector.offsets.subarray(0, rows + 1));
      loadAll(children, vectors, slot, vector.offsets[rows] ?? 0, badVector);
    },
    gather(picks) {
      const { at, total } = gatherOffsets(core, picks, offsets.table, gatheredOffsets);
      const address = elements.reserve(total * PICK_BYTES + SLACK);
      core.kernels.expandPicks(picks.address, picks.count, offsets.table, address);
      const views = children.map((child) => child.gather({ address, count: total }));
      return () => {
        const gathered = new Uint32Array(core.kernels.memory.buffer, at, picks.count + 1);
        const [first, second] = views.map((view) => view());
        if (first === undefined) throw badVector();
        return second === undefined
          ? { offsets: gathered, child: first }
          : { offsets: gathered, key: first, value: second };
      };
    },
  };
}

/** UNION: every variant has a slot a row. */
export function unionGatherer(
  core: Core,
  variants: readonly Gatherer[],
  badVector: () => SchemaMismatchError,
): Gatherer {
  const tags = slotArrays(core);
  const gatheredTags = region(core);
  return {
    load(slot, vector, rows) {
      if (!('tags' in vector)) throw badVector();
      tags.load(slot, vector.tags);
      loadAll(variants, vector.children, slot, rows, badVector);
    },
    gather(picks) {
      const out = gatheredTags.reserve(picks.count + SLACK);
      core.kernels.gatherValues(picks.address, picks.count, tags.table, 1, out);
      const views = variants.map((variant) => variant.gather(picks));
      return () => ({
        tags: core.bytes.subarray(out, out + picks.count),
        children: views.map((view) => view()),
      });
    },
  };
}

function loadAll(
  gatherers: readonly Gatherer[],
  vectors: readonly ColumnVector[],
  slot: number,
  rows: number,
  badVector: () => SchemaMismatchError,
): void {
  gatherers.forEach((each, i) => {
    const vector = vectors[i];
    if (vector === undefined) throw badVector();
    each.load(slot, vector, rows);
  });
}
