import { appendBase64 } from './base64.ts';
import { append, byteSink, type ByteSink } from './byte-sink.ts';
import { DAMAGED, QUOTE, stringEnd } from './json-scan.ts';
import { appendUnescaped } from './json-string.ts';
import { jsonWriter } from './json-text.ts';
import { enlarged, readText, type LeafValues } from './leaf-reader.ts';

/** Strings as they are; anything else as the JSON that Spark makes of it. */
export function stringValues(): LeafValues {
  const sink = byteSink();
  const writeJson = jsonWriter(sink);
  return bytesOf(sink, (bytes, at) => {
    if (bytes[at] !== QUOTE) return writeJson(bytes, at);
    const end = stringEnd(bytes, at + 1);
    if (end === 0) return DAMAGED;
    if (end > 0) append(sink, bytes, at + 1, end);
    else appendUnescaped(sink, bytes, at + 1, -end);
    return Math.abs(end) + 1;
  });
}

/** From texts in base64. */
export function binaryValues(): LeafValues {
  const sink = byteSink();
  const parse = (text: Uint8Array, start: number, end: number): boolean =>
    appendBase64(sink, text, start, end);
  return bytesOf(sink, (bytes, at, slot) => readText(bytes, at, slot, parse));
}

/** Values of any length, which `appendValue` puts behind those before. */
function bytesOf(sink: ByteSink, appendValue: LeafValues['write']): LeafValues {
  let offsets = new Uint32Array(1);
  return {
    grow(capacity) {
      offsets = enlarged(offsets, new Uint32Array(capacity + 1));
    },
    write(bytes, at, slot) {
      // Behind it may be what a value left that was dropped.
      sink.length = offsets[slot] as number;
      const end = appendValue(bytes, at, slot);
      offsets[slot + 1] = sink.length;
      return end;
    },
    writeNull(slot) {
      offsets[slot + 1] = offsets[slot] as number;
    },
    vector: (size, present) => ({
      data: sink.bytes.subarray(0, offsets[size]),
      offsets: offsets.subarray(0, size + 1),
      ...present,
    }),
  };
}
