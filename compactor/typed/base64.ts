import { reserve, type ByteSink } from './byte-sink.ts';

/**
 * Appends the bytes that a text says in base64 to `sink`; false if it is not base64. As Spark's parser has it: padding
 * is required and may be in the middle, spaces and control characters may stand between the groups of four.
 */
export function appendBase64(sink: ByteSink, text: Uint8Array, start: number, end: number): boolean {
  reserve(sink, end - start);
  for (let at = start; at < end;) {
    if ((text[at] as number) <= SPACE) {
      at++;
      continue;
    }
    if (at + 4 > end) return false;
    const isShort = text[at + 3] === PADDING;
    const isShorter = isShort && text[at + 2] === PADDING;
    const bits =
      (valueAt(text, at) << 18) |
      (valueAt(text, at + 1) << 12) |
      ((isShorter ? 0 : valueAt(text, at + 2)) << 6) |
      (isShort ? 0 : valueAt(text, at + 3));
    if (bits < 0) return false;
    sink.bytes[sink.length++] = bits >> 16;
    if (!isShorter) sink.bytes[sink.length++] = bits >> 8;
    if (!isShort) sink.bytes[sink.length++] = bits;
    at += 4;
  }
  return true;
}

/** Six bits, or -1, which stays negative wherever it is shifted to. */
function valueAt(text: Uint8Array, at: number): number {
  return VALUES[text[at] as number] as number;
}

const SPACE = 0x20;
const PADDING = 0x3d;
const DIGITS = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const VALUES = new Int8Array(256).fill(-1);
DIGITS.forEach((letter, value) => {
  VALUES[letter] = value;
});
