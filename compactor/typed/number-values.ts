import {
  FIRST_OF_FALSE,
  FIRST_OF_TRUE,
  isNumber,
  literalEnd,
  misfitAt,
  numberEnd,
  QUOTE,
  skipValue,
} from './json-scan.ts';
import { enlarged, readText, type LeafValues } from './leaf-reader.ts';
import { parseLong, writeLong } from './longs.ts';
import { asciiText, floatValue, integerValue, singleValue } from './numbers.ts';
import { packBits } from './presence.ts';

export function booleanValues(): LeafValues {
  let values = new Uint8Array(0);
  return {
    grow(capacity) {
      values = enlarged(values, new Uint8Array(capacity));
    },
    write(bytes, at, slot) {
      const first = bytes[at];
      if (first !== FIRST_OF_TRUE && first !== FIRST_OF_FALSE) return misfitAt(skipValue(bytes, at));
      values[slot] = first === FIRST_OF_TRUE ? 1 : 0;
      return literalEnd(bytes, at);
    },
    vector: (size, present) => ({ bits: packBits(values.subarray(0, size), 1), ...present }),
  };
}

/** Spark takes 128 to 255 as well, and makes them negative. */
export function tinyintValues(): LeafValues {
  let values = new Int8Array(0);
  return {
    grow(capacity) {
      values = enlarged(values, new Int8Array(capacity));
    },
    write(bytes, at, slot) {
      const end = integerEnd(bytes, at, -128, 255);
      if (end >= 0) values[slot] = integerValue(bytes, at, end);
      return end;
    },
    vector: (size, present) => ({ values: values.subarray(0, size), ...present }),
  };
}

/** `smallint` and `int`, of 16 and 32 bits. */
export function integerValues(bits: 16 | 32): LeafValues {
  const limit = 2 ** (bits - 1);
  let values = new Int32Array(0);
  return {
    grow(capacity) {
      values = enlarged(values, new Int32Array(capacity));
    },
    write(bytes, at, slot) {
      const end = integerEnd(bytes, at, -limit, limit - 1);
      if (end >= 0) values[slot] = integerValue(bytes, at, end);
      return end;
    },
    vector: (size, present) => ({ values: values.subarray(0, size), ...present }),
  };
}

export function bigintValues(): LeafValues {
  let values = new BigInt64Array(0);
  let words = new Int32Array(0);
  return {
    grow(capacity) {
      values = enlarged(values, new BigInt64Array(capacity));
      words = new Int32Array(values.buffer);
    },
    write(bytes, at, slot) {
      const end = numberAt(bytes, at);
      if (end < 0) return end;
      if (end - at <= MAXIMUM_EXACT_DIGITS) {
        const value = integerValue(bytes, at, end);
        if (Number.isNaN(value)) return misfitAt(end);
        writeLong(words, slot, value);
      } else {
        const value = parseLong(asciiText(bytes, at, end));
        if (value === undefined) return misfitAt(end);
        values[slot] = value;
      }
      return end;
    },
    vector: (size, present) => ({ values: values.subarray(0, size), ...present }),
  };
}

export function floatValues(): LeafValues {
  let values = new Float32Array(0);
  return {
    grow(capacity) {
      values = enlarged(values, new Float32Array(capacity));
    },
    write(bytes, at, slot) {
      const end = isNumber(bytes, at) ? numberEnd(bytes, at) : wordEnd(bytes, at);
      if (end >= 0) values[slot] = bytes[at] === QUOTE ? word : singleValue(bytes, at, end);
      return end;
    },
    vector: (size, present) => ({ values: values.subarray(0, size), ...present }),
  };
}

export function doubleValues(): LeafValues {
  let values = new Float64Array(0);
  return {
    grow(capacity) {
      values = enlarged(values, new Float64Array(capacity));
    },
    write(bytes, at, slot) {
      const end = isNumber(bytes, at) ? numberEnd(bytes, at) : wordEnd(bytes, at);
      if (end >= 0) values[slot] = bytes[at] === QUOTE ? word : floatValue(bytes, at, end);
      return end;
    },
    vector: (size, present) => ({ values: values.subarray(0, size), ...present }),
  };
}

/** Where the number at `at` ends; anything else is a misfit. */
export function numberAt(bytes: Uint8Array, at: number): number {
  return isNumber(bytes, at) ? numberEnd(bytes, at) : misfitAt(skipValue(bytes, at));
}

function integerEnd(bytes: Uint8Array, at: number, least: number, most: number): number {
  const end = numberAt(bytes, at);
  if (end < 0) return end;
  const value = integerValue(bytes, at, end);
  return value >= least && value <= most ? end : misfitAt(end);
}

/** Where the string at `at` ends if it says a number that JSON cannot, which is then in `word`. */
function wordEnd(bytes: Uint8Array, at: number): number {
  return readText(bytes, at, 0, (text, start, end) => {
    const value = WORDS.get(asciiText(text, start, Math.min(end, start + LONGEST_WORD + 1)));
    word = value ?? word;
    return value !== undefined;
  });
}

const MAXIMUM_EXACT_DIGITS = 15;
const WORDS = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['+Infinity', Infinity],
  ['+INF', Infinity],
  ['-Infinity', -Infinity],
  ['-INF', -Infinity],
]);
const LONGEST_WORD = '+Infinity'.length;
let word = 0;
