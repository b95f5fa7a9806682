import { region, type Core } from './core.ts';
import { MemoryLimitError, type SchemaMismatchError } from './errors.ts';
import type { Gatherer } from './gather.ts';
import { slotArrays } from './slot-arrays.ts';
import { SLACK } from './workspace.ts';

/** STRING, BINARY, CHAR and VARCHAR. */
export function stringGatherer(core: Core, badVector: () => SchemaMismatchError): Gatherer {
  const offsets = slotArrays(core);
  const data = slotArrays(core);
  const gatheredOffsets = region(core);
  const gatheredData = region(core);
  return {
    load(slot, vector, rows) {
      if (!('data' in vector)) throw badVector();
      const start = vector.offsets[0] ?? 0;
      offsets.load(slot, vector.offsets.subarray(0, rows + 1));
      data.load(slot, vector.data.subarray(start, vector.offsets[rows]), start);
    },
    gather({ address, count }) {
      const { at, total } = gatherOffsets(core, { address, count }, offsets.table, gatheredOffsets);
      const out = gatheredData.reserve(total + SLACK);
      core.kernels.gatherData(address, count, offsets.table, data.table, out);
      return () => ({
        data: core.bytes.subarray(out, out + total),
        offsets: new Uint32Array(core.kernels.memory.buffer, at, count + 1),
      });
    },
  };
}

/** The offsets of picked rows, and what they come to. */
export function gatherOffsets(
  core: Core,
  { address, count }: { readonly address: number; readonly count: number },
  table: number,
  out: ReturnType<typeof region>,
): { readonly at: number; readonly total: number } {
  const at = out.reserve((count + 1) * 4 + SLACK);
  const total = core.kernels.gatherOffsets(address, count, table, at);
  if (total < 0) {
    throw new MemoryLimitError('memory-limit', `${count} merged rows have over 2 GiB in one column`);
  }
  return { at, total };
}
