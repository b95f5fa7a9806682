import { hash } from 'node:crypto';
import { PLAIN, beginCanonical, copy, writeValue, type CanonicalText } from './canonical.ts';
import { END, NUMBER, OBJECT, START, STRING, kindOf, type JsonText } from './json.ts';
import { charactersEnd, charactersStart, findMember } from './strings.ts';

/**
 * Writes the text of an id: an object's canonical form, a string's characters, an integer's digits. Answers
 * false, or leaves a fault in `out`, for what cannot be an id.
 */
export function writeId(out: CanonicalText, text: JsonText, node: number): boolean {
  beginCanonical(out, text, 0);
  switch (kindOf(text, node)) {
    case OBJECT:
      out.length = writeValue(out, 0, text, node, PLAIN);
      return true;
    case STRING:
      return writeCharacters(out, text, node);
    case NUMBER:
      return writeInteger(out, text, node);
    default:
      return false;
  }
}

function writeCharacters(out: CanonicalText, text: JsonText, node: number): boolean {
  const end = charactersEnd(text, node);
  if (end < 0) out.fault = 'unsupported-value';
  else out.length = copy(text.bytes, charactersStart(text, node), end, out.bytes, 0);
  return end < 0 || out.length > 0;
}

function writeInteger(out: CanonicalText, text: JsonText, node: number): boolean {
  const start = text.nodes[node + START] as number;
  const end = text.nodes[node + END] as number;
  for (let at = start; at < end; at++) {
    const character = text.bytes[at] as number;
    const isSign = character === 0x2d && at === start;
    if (!isSign && (character < 0x30 || character > 0x39)) return false;
  }
  out.length = copy(text.bytes, start, end, out.bytes, 0);
  return true;
}

/**
 * The table's shard of an id, 0 to 255: the first two characters of its `id` member, or of a string id, read as
 * hex; when they are not hex, the first byte of the SHA-256 of the id's text.
 */
export function idPart(id: CanonicalText, text: JsonText, node: number): number {
  const kind = kindOf(text, node);
  const member = kind === OBJECT ? findMember(text, node, ID_MEMBER) : node;
  if (member !== undefined && kindOf(text, member) === STRING) {
    const part = hexByte(text, member);
    if (part >= 0) return part;
  }
  return hash('sha256', id.bytes.subarray(0, id.length), 'buffer')[0] as number;
}

/** The byte that a string's first two characters spell, or -1. */
function hexByte(text: JsonText, node: number): number {
  const end = charactersEnd(text, node);
  const start = charactersStart(text, node);
  if (end - start < 2) return -1;
  const high = hexDigit(text.bytes[start] as number);
  const low = hexDigit(text.bytes[start + 1] as number);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const lower = character | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

const ID_MEMBER = new TextEncoder().encode('id');
