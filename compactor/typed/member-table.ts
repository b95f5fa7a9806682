import { byteSink } from './byte-sink.ts';
import { appendUnescaped } from './json-string.ts';

/**
 * Finds members by name: answers the number of the name, `~number` if the name is the same only but for its case, or
 * {@link UNKNOWN}. `end` is as `stringEnd` gives it.
 */
export type FindMember = (bytes: Uint8Array, start: number, end: number) => number;

/** No number, and no complement of one. */
export const UNKNOWN = 0x7fff_ffff;

/** Of names that are all different, or different but for case if case does not count. */
export function memberTable(names: readonly string[], caseSensitive: boolean): FindMember {
  const encoded = names.map((name) => encoder.encode(name));
  const folded = new Map(names.map((name, number) => [foldedName(name), number]));
  // By a hash of the length and of the first and last letter, which is enough to pass over most unwanted names.
  const buckets: (number[] | undefined)[] = Array.from({ length: BUCKETS }, () => undefined);
  encoded.forEach((name, number) => (buckets[hashOf(name, 0, name.length)] ??= []).push(number));
  if (!caseSensitive) {
    for (const name of folded.keys()) {
      const bytes = encoder.encode(name);
      buckets[hashOf(bytes, 0, bytes.length)] ??= [];
    }
  }

  return (bytes, start, end) => {
    if (end >= 0) return find(bytes, start, end);
    scratch.length = 0;
    appendUnescaped(scratch, bytes, start, -end);
    return find(scratch.bytes, 0, scratch.length);
  };

  function find(bytes: Uint8Array, start: number, end: number): number {
    const bucket = buckets[hashOf(bytes, start, end)];
    if (bucket !== undefined) {
      for (const number of bucket) {
        if (isEqual(encoded[number] as Uint8Array, bytes, start, end)) return number;
      }
    }
    if (caseSensitive || (bucket === undefined && isAscii(bytes, start, end))) return UNKNOWN;
    const number = folded.get(foldedName(decoder.decode(bytes.subarray(start, end))));
    return number === undefined ? UNKNOWN : ~number;
  }
}

function isEqual(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) {
    if (name[i] !== bytes[start + i]) return false;
  }
  return true;
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if ((bytes[at] as number) >= 0x80) return false;
  }
  return true;
}

/** Of names in ASCII that are the same but for their case it is the same. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  const first = (bytes[start] as number) | LOWER;
  const last = (bytes[end - 1] as number) | LOWER;
  return ((end - start) * 31 + first * 7 + last) % BUCKETS;
}

function foldedName(name: string): string {
  return name.toLowerCase();
}

const BUCKETS = 256;
/** The bit that makes an ASCII letter lower-case. */
const LOWER = 0x20;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** Room for a name without its escapes. */
const scratch = byteSink();
