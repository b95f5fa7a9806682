import { DOLLAR, END, ESCAPE, NEXT, NODE, START, UNDERSCORE, type JsonText } from './json.ts';

/** Characters as they are. */
export const AS_THEY_ARE: StringRules = { sanitise: false, stripLineBreaks: false };

/** What is done to the characters of a string on the way from its source text to the canonical one. */
export interface StringRules {
  /** Replace `$` and `_archived…`, drop NUL, as `domain.md` 4.6 lists them. */
  readonly sanitise: boolean;
  /** Drop CR and LF that no backslash precedes; only with `sanitise`. */
  readonly stripLineBreaks: boolean;
}

const DOLLAR_SIGN = 0x24;
const BACKSLASH = 0x5c;
const ARCHIVED = new TextEncoder().encode('_archived');
const REMOVED = new TextEncoder().encode('_removed');

/** Whether the string's canonical characters are its source bytes. */
export function isVerbatim(text: JsonText, node: number, rules: StringRules): boolean {
  const kind = text.nodes[node] as number;
  if ((kind & ESCAPE) !== 0) return false;
  if (!rules.sanitise || (kind & (DOLLAR | UNDERSCORE)) === 0) return true;
  if ((kind & DOLLAR) !== 0) return false;
  const end = text.nodes[node + END] as number;
  return findArchived(text.bytes, text.nodes[node + START] as number, end) === end;
}

/**
 * Writes the characters of a string, unescaped and sanitised, as UTF-8 into the text's free room, from
 * `text.free` on. Answers the end of what was written, or -1 for a lone surrogate, which UTF-8 cannot hold.
 */
export function decodeString(text: JsonText, node: number, rules: StringRules): number {
  const { bytes, nodes } = text;
  const end = nodes[node + END] as number;
  let out = text.free;
  let previous = 0;
  for (let at = nodes[node + START] as number; at < end;) {
    let character = bytes[at] as number;
    if (character === BACKSLASH) {
      const escape = bytes[at + 1] as number;
      at += 2;
      if (escape === 0x75) {
        let codePoint = hex4(bytes, at);
        at += 4;
        if (codePoint >= 0xd800 && codePoint <= 0xdfff) {
          const isPair = at + 6 <= end && bytes[at] === BACKSLASH && bytes[at + 1] === 0x75;
          const low = isPair ? hex4(bytes, at + 2) : 0;
          if (codePoint > 0xdbff || low < 0xdc00 || low > 0xdfff) return -1;
          codePoint = 0x10000 + ((codePoint - 0xd800) << 10) + (low - 0xdc00);
          at += 6;
        }
        if (codePoint > 0x7f) {
          out = encode(codePoint, bytes, out);
          previous = codePoint;
          continue;
        }
        character = codePoint;
      } else character = unescape(escape);
    } else at += 1;

    if (rules.sanitise) {
      if (character === 0) {
        previous = character;
        continue;
      }
      if (rules.stripLineBreaks && (character === 0x0a || character === 0x0d) && previous !== BACKSLASH) {
        previous = character;
        continue;
      }
      if (character === DOLLAR_SIGN) {
        bytes[out++] = 0x64;
        character = 0x5f;
      }
    }
    bytes[out++] = character;
    previous = character;
  }
  return rules.sanitise ? replaceArchived(bytes, text.free, out) : out;
}

/** `_archived` becomes `_removed`, left to right, in place. */
function replaceArchived(bytes: Uint8Array, start: number, end: number): number {
  let found = findArchived(bytes, start, end);
  if (found === end) return end;
  let out = found;
  let at = found;
  while (at < end) {
    if (at === found) {
      bytes.set(REMOVED, out);
      out += REMOVED.length;
      at += ARCHIVED.length;
      found = findArchived(bytes, at, end);
    } else bytes[out++] = bytes[at++] as number;
  }
  return out;
}

/** Where `_archived` begins, or `end`. */
function findArchived(bytes: Uint8Array, start: number, end: number): number {
  search: for (let at = start; at <= end - ARCHIVED.length; at++) {
    for (let index = 0; index < ARCHIVED.length; index++) {
      if (bytes[at + index] !== ARCHIVED[index]) continue search;
    }
    return at;
  }
  return end;
}

/** Writes UTF-8 as the inside of a JSON string: only quotes, backslashes and control characters are escaped. */
export function escapeInto(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  to: number,
): number {
  let at = to;
  for (let index = start; index < end; index++) {
    const character = bytes[index] as number;
    if (character >= 0x20 && character !== 0x22 && character !== BACKSLASH) {
      out[at++] = character;
      continue;
    }
    out[at++] = BACKSLASH;
    const short = SHORT_ESCAPES[character] as number;
    if (short !== 0) out[at++] = short;
    else {
      out[at++] = 0x75;
      out[at++] = 0x30;
      out[at++] = 0x30;
      out[at++] = HEX_DIGITS.charCodeAt(character >> 4);
      out[at++] = HEX_DIGITS.charCodeAt(character & 15);
    }
  }
  return at;
}

const HEX_DIGITS = '0123456789abcdef';
const SHORT_ESCAPES = new Uint8Array(128);
for (const [character, escape] of ['""', '\\\\', '\bb', '\ff', '\nn', '\rr', '\tt']) {
  SHORT_ESCAPES[(character as string).charCodeAt(0)] = (escape as string).charCodeAt(0);
}

function unescape(escape: number): number {
  switch (escape) {
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return escape;
  }
}

function hex4(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = at; index < at + 4; index++) {
    const character = bytes[index] as number;
    value = (value << 4) | (character <= 0x39 ? character - 0x30 : (character & 0x0f) + 9);
  }
  return value;
}

function encode(codePoint: number, bytes: Uint8Array, to: number): number {
  let at = to;
  if (codePoint < 0x800) bytes[at++] = 0xc0 | (codePoint >> 6);
  else {
    if (codePoint < 0x10000) bytes[at++] = 0xe0 | (codePoint >> 12);
    else {
      bytes[at++] = 0xf0 | (codePoint >> 18);
      bytes[at++] = 0x80 | ((codePoint >> 12) & 0x3f);
    }
    bytes[at++] = 0x80 | ((codePoint >> 6) & 0x3f);
  }
  bytes[at++] = 0x80 | (codePoint & 0x3f);
  return at;
}

/** Whether a string's characters are `name`. */
export function isString(text: JsonText, node: number, name: Uint8Array): boolean {
  const end = charactersEnd(text, node);
  const start = charactersStart(text, node);
  if (end - start !== name.length) return false;
  for (let index = 0; index < name.length; index++) {
    if (text.bytes[start + index] !== name[index]) return false;
  }
  return true;
}

/** The value of an object's last member so named, or undefined. */
export function findMember(text: JsonText, object: number, name: Uint8Array): number | undefined {
  const { nodes } = text;
  const end = nodes[object + NEXT] as number;
  let found: number | undefined;
  for (let key = object + NODE; key < end; key = nodes[key + NODE + NEXT] as number) {
    if (isString(text, key, name)) found = key + NODE;
  }
  return found;
}

/** A string's characters; undefined for a lone surrogate. */
export function stringValue(text: JsonText, node: number): string | undefined {
  const end = charactersEnd(text, node);
  return end < 0 ? undefined : utf8(text.bytes, charactersStart(text, node), end);
}

/** Where a string's characters begin, in the text or, unescaped by {@link charactersEnd}, in its free room. */
export function charactersStart(text: JsonText, node: number): number {
  const isEscaped = ((text.nodes[node] as number) & ESCAPE) !== 0;
  return isEscaped ? text.free : (text.nodes[node + START] as number);
}

/** Where they end; -1 for a lone surrogate. */
export function charactersEnd(text: JsonText, node: number): number {
  const isEscaped = ((text.nodes[node] as number) & ESCAPE) !== 0;
  return isEscaped ? decodeString(text, node, AS_THEY_ARE) : (text.nodes[node + END] as number);
}

export function utf8(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}
