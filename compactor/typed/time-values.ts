import { parseDate } from './date.ts';
import { isNumber, misfitAt } from './json-scan.ts';
import { enlarged, readText, type LeafValues } from './leaf-reader.ts';
import { parseLong, writeLong } from './longs.ts';
import { numberAt } from './number-values.ts';
import { asciiText } from './numbers.ts';
import { parseTimestamp, type Moment, type TimestampKind } from './timestamp.ts';

export function dateValues(): LeafValues {
  let values = new Int32Array(0);
  return {
    grow(capacity) {
      values = enlarged(values, new Int32Array(capacity));
    },
    write: (bytes, at, slot) => readText(bytes, at, slot, parse),
    vector: (size, present) => ({ values: values.subarray(0, size), ...present }),
  };

  function parse(text: Uint8Array, start: number, end: number, slot: number): boolean {
    const days = parseDate(text, start, end);
    values[slot] = days;
    return !Number.isNaN(days);
  }
}

/** From texts, and `timestamp` also from an integer, which is seconds since 1970. */
export function timestampValues(kind: TimestampKind): LeafValues {
  const moment: Moment = { seconds: 0, nanos: 0 };
  let seconds = new BigInt64Array(0);
  let words = new Int32Array(0);
  let nanos = new Int32Array(0);
  return {
    grow(capacity) {
      seconds = enlarged(seconds, new BigInt64Array(capacity));
      words = new Int32Array(seconds.buffer);
      nanos = enlarged(nanos, new Int32Array(capacity));
    },
    write(bytes, at, slot) {
      if (kind === 'timestamp_ntz' || !isNumber(bytes, at)) return readText(bytes, at, slot, parse);
      const end = numberAt(bytes, at);
      if (end < 0) return end;
      const value = parseLong(asciiText(bytes, at, end));
      if (value === undefined) return misfitAt(end);
      // Spark counts in microseconds and lets them overflow.
      const micros = BigInt.asIntN(64, value * 1_000_000n);
      const part = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
      put(slot, Number((micros - part) / 1_000_000n), Number(part) * 1000);
      return end;
    },
    vector: (size, present) => ({
      seconds: seconds.subarray(0, size),
      nanos: nanos.subarray(0, size),
      ...present,
    }),
  };

  function parse(text: Uint8Array, start: number, end: number, slot: number): boolean {
    if (!parseTimestamp(text, start, end, kind, moment)) return false;
    put(slot, moment.seconds, moment.nanos);
    return true;
  }

  function put(slot: number, wholeSeconds: number, rest: number): void {
    writeLong(words, slot, wholeSeconds);
    nanos[slot] = rest;
  }
}
