import type { ColumnVector } from './columns.ts';
import { region, type Core } from './core.ts';
import { SchemaMismatchError } from './errors.ts';
import { listGatherer, structGatherer, unionGatherer } from './gather-nested.ts';
import { numberGatherer, type NumberForm } from './gather-numbers.ts';
import { stringGatherer } from './gather-strings.ts';
import { childPath } from './column-path.ts';
import type { Picks } from './picks.ts';
import type { TypeDescription } from './schema.ts';
import { slotArrays } from './slot-arrays.ts';
import { SLACK } from './workspace.ts';

/** Keeps one column of several batches, one a slot, and brings picked rows of them together. */
export interface Gatherer {
  /** Copies a vector of `rows` rows, as `Reader.batches()` gives it; what the slot had before is gone. */
  load(slot: number, vector: ColumnVector, rows: number): void;
  /** Returns what makes the vector once all columns are gathered; it is valid until memory is allocated. */
  gather(picks: Picks): () => ColumnVector;
}

export function gatherer(core: Core, type: TypeDescription, name: string): Gatherer {
  const presence = slotArrays(core);
  const slotsWithNulls = new Set<number>();
  const bits = region(core);
  const values = valueGatherer(core, type, name);

  return {
    load(slot, vector, rows) {
      if (vector.present === undefined) {
        slotsWithNulls.delete(slot);
        presence.set(slot, 0);
      } else {
        slotsWithNulls.add(slot);
        presence.load(slot, vector.present);
      }
      values.load(slot, vector, rows);
    },
    gather(picks) {
      const view = values.gather(picks);
      if (slotsWithNulls.size === 0) return view;
      const bytes = (picks.count + 7) >> 3;
      const out = bits.reserve(bytes + SLACK);
      const ones = core.kernels.gatherBits(picks.address, picks.count, presence.table, out);
      return ones === picks.count
        ? view
        : () => ({ ...view(), present: core.bytes.subarray(out, out + bytes) });
    },
  };
}

/** The most digits of a decimal that readers give as one 64-bit number. */
const SHORT_PRECISION = 18;

function valueGatherer(core: Core, type: TypeDescription, name: string): Gatherer {
  const numbers = (form: NumberForm): Gatherer => numberGatherer(core, form, badVector);
  switch (type.category) {
    case 'boolean':
      return numbers('bits');
    case 'tinyint':
      return numbers('bytes');
    case 'smallint':
    case 'int':
    case 'date':
      return numbers('ints');
    case 'bigint':
      return numbers('longs');
    case 'float':
      return numbers('floats');
    case 'double':
      return numbers('doubles');
    case 'decimal':
      return numbers((type.precision ?? 0) > SHORT_PRECISION ? 'decimals' : 'longs');
    case 'timestamp':
    case 'timestamp with local time zone':
      return numbers('timestamps');
    case 'string':
    case 'binary':
    case 'char':
    case 'varchar':
    case 'geometry':
    case 'geography':
      return stringGatherer(core, badVector);
    case 'struct':
      return structGatherer(children(), badVector);
    case 'array':
    case 'map':
      return listGatherer(core, children(), badVector);
    case 'uniontype':
      return unionGatherer(core, children(), badVector);
  }

  function children(): Gatherer[] {
    return type.children.map((child, i) => gatherer(core, child, childPath(type, i, name)));
  }

  function badVector(): SchemaMismatchError {
    return new SchemaMismatchError(
      'bad-vector',
      `column ${name} (${type.category}) has a vector of another form than readers give`,
    );
  }
}
