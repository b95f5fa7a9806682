import { parseDecimal, type DecimalType } from './decimal.ts';
import { isNumber, misfitAt, numberEnd } from './json-scan.ts';
import { enlarged, readText, type LeafValues } from './leaf-reader.ts';
import { writeLong } from './longs.ts';

/** Decimals from numbers and from texts, in which commas are passed over. */
export function decimalValues(type: DecimalType): LeafValues {
  const store = type.precision <= 18 ? shortStore() : longStore();
  return {
    grow: store.grow,
    write(bytes, at, slot) {
      if (!isNumber(bytes, at)) return readText(bytes, at, slot, parseWithoutCommas);
      const end = numberEnd(bytes, at);
      return end < 0 || parse(bytes, at, end, slot) ? end : misfitAt(end);
    },
    vector: store.vector,
  };

  function parse(text: Uint8Array, start: number, end: number, slot: number): boolean {
    const value = parseDecimal(text, start, end, type);
    if (value === undefined) return false;
    store.put(slot, value);
    return true;
  }

  function parseWithoutCommas(text: Uint8Array, start: number, end: number, slot: number): boolean {
    const whole = text.subarray(start, end);
    if (!whole.includes(COMMA)) return parse(text, start, end, slot);
    const rest = whole.filter((character) => character !== COMMA);
    return parse(rest, 0, rest.length, slot);
  }
}

interface Store extends Pick<LeafValues, 'grow' | 'vector'> {
  put(slot: number, value: number | bigint): void;
}

function shortStore(): Store {
  let values = new BigInt64Array(0);
  let words = new Int32Array(0);
  return {
    grow(capacity) {
      values = enlarged(values, new BigInt64Array(capacity));
      words = new Int32Array(values.buffer);
    },
    put(slot, value) {
      if (typeof value === 'number') writeLong(words, slot, value);
      else values[slot] = value;
    },
    vector: (size, present) => ({ values: values.subarray(0, size), ...present }),
  };
}

function longStore(): Store {
  let low = new BigUint64Array(0);
  let high = new BigInt64Array(0);
  return {
    grow(capacity) {
      low = enlarged(low, new BigUint64Array(capacity));
      high = enlarged(high, new BigInt64Array(capacity));
    },
    put(slot, value) {
      const whole = BigInt(value);
      low[slot] = whole;
      high[slot] = whole >> 64n;
    },
    vector: (size, present) => ({ low: low.subarray(0, size), high: high.subarray(0, size), ...present }),
  };
}

const COMMA = 0x2c;
