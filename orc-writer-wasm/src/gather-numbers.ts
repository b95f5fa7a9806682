import type { ColumnVector } from './columns.ts';
import { region, type Core } from './core.ts';
import type { SchemaMismatchError } from './errors.ts';
import type { Gatherer } from './gather.ts';
import { slotArrays } from './slot-arrays.ts';
import { SLACK } from './workspace.ts';

export type NumberForm =
  | 'bits'
  | 'bytes'
  | 'ints'
  | 'longs'
  | 'floats'
  | 'doubles'
  | 'decimals'
  | 'timestamps';

/** Columns that have an array or two of the same length. */
export function numberGatherer(core: Core, form: NumberForm, badVector: () => SchemaMismatchError): Gatherer {
  const chosen = forms[form];
  const parts = chosen.widths.map((width) => ({ width, slots: slotArrays(core), out: region(core) }));
  return {
    load(slot, vector) {
      const given = chosen.arrays(vector);
      if (given === undefined) throw badVector();
      given.forEach((array, i) => parts[i]?.slots.load(slot, array));
    },
    gather({ address, count }) {
      const places = parts.map(({ width, slots, out }) => {
        const at = out.reserve(count * width + SLACK);
        if (width < 1) core.kernels.gatherBits(address, count, slots.table, at);
        else core.kernels.gatherValues(address, count, slots.table, width, at);
        return at;
      });
      return () => chosen.view(core.kernels.memory.buffer, count, places[0] ?? 0, places[1] ?? 0);
    },
  };
}

interface Form {
  /** Of a vector of this form; undefined for another one. */
  arrays(vector: ColumnVector): readonly ArrayBufferView[] | undefined;
  /** Bytes of a value in each array. */
  readonly widths: readonly number[];
  view(memory: ArrayBuffer, count: number, first: number, second: number): ColumnVector;
}

const BIT = 1 / 8;

const forms: Readonly<Record<NumberForm, Form>> = {
  bits: {
    arrays: (vector) => ('bits' in vector ? [vector.bits] : undefined),
    widths: [BIT],
    view: (memory, count, at) => ({ bits: new Uint8Array(memory, at, (count + 7) >> 3) }),
  },
  bytes: {
    arrays: valuesOf,
    widths: [1],
    view: (memory, count, at) => ({ values: new Int8Array(memory, at, count) }),
  },
  ints: {
    arrays: valuesOf,
    widths: [4],
    view: (memory, count, at) => ({ values: new Int32Array(memory, at, count) }),
  },
  longs: {
    arrays: valuesOf,
    widths: [8],
    view: (memory, count, at) => ({ values: new BigInt64Array(memory, at, count) }),
  },
  floats: {
    arrays: valuesOf,
    widths: [4],
    view: (memory, count, at) => ({ values: new Float32Array(memory, at, count) }),
  },
  doubles: {
    arrays: valuesOf,
    widths: [8],
    view: (memory, count, at) => ({ values: new Float64Array(memory, at, count) }),
  },
  decimals: {
    arrays: (vector) => ('low' in vector ? [vector.low, vector.high] : undefined),
    widths: [8, 8],
    view: (memory, count, low, high) => ({
      low: new BigUint64Array(memory, low, count),
      high: new BigInt64Array(memory, high, count),
    }),
  },
  timestamps: {
    arrays: (vector) => ('seconds' in vector ? [vector.seconds, vector.nanos] : undefined),
    widths: [8, 4],
    view: (memory, count, seconds, nanos) => ({
      seconds: new BigInt64Array(memory, seconds, count),
      nanos: new Int32Array(memory, nanos, count),
    }),
  },
};

function valuesOf(vector: ColumnVector): readonly ArrayBufferView[] | undefined {
  return 'values' in vector ? [vector.values] : undefined;
}
