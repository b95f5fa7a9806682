import { charactersEnd, charactersStart } from './strings.ts';
import type { JsonText } from './json.ts';

/** The characters of one string, kept for comparing: most lines repeat what the line before them said. */
export interface LastText {
  bytes: Uint8Array;
  /** -1 for none. */
  length: number;
}

export function noLastText(): LastText {
  return { bytes: new Uint8Array(512), length: -1 };
}

/** Whether the string at `node`, or its absence, is the same as the last time. */
export function isLastText(last: LastText, text: JsonText, node: number | undefined): boolean {
  if (node === undefined) return last.length < 0;
  const end = charactersEnd(text, node);
  const start = charactersStart(text, node);
  if (end - start !== last.length) return false;
  for (let index = 0; index < last.length; index++) {
    if (text.bytes[start + index] !== last.bytes[index]) return false;
  }
  return true;
}

export function rememberText(last: LastText, text: JsonText, node: number | undefined): void {
  if (node === undefined) {
    last.length = -1;
    return;
  }
  const end = charactersEnd(text, node);
  const start = charactersStart(text, node);
  last.length = end - start;
  if (last.bytes.length < last.length) last.bytes = new Uint8Array(last.length * 2);
  last.bytes.set(text.bytes.subarray(start, end));
}
