import { isUtf8 } from 'node:buffer';

/**
 * A strict JSON scanner (RFC 8259) over UTF-8 bytes that builds no values.
 *
 * It leaves a tape of nodes, four integers each: kind and flags, first byte, byte after the last, and the node
 * after this value's subtree. A string's bytes are those between its quotes, still escaped; an object's members
 * follow it as key, value, key, value …; an array's elements follow it. Numbers stay the text they were, so
 * nothing is rounded, and keys are never property names, so `__proto__` is a key like any other.
 */
export interface JsonText {
  /** The text in [0, length), a NUL that stops every loop, and room to unescape in. */
  bytes: Uint8Array;
  length: number;
  nodes: Int32Array;
  /** The first byte of that room which is not in use. */
  free: number;
  /** After a scan: where the value and the space behind it end; less than `length` if something follows. */
  end: number;
}

export type ScanResult = 'ok' | 'invalid' | 'not-utf8' | 'too-deep';

/** Integers a node. */
export const NODE = 4;
export const START = 1;
export const END = 2;
export const NEXT = 3;

/** Kinds: the low bits of a node's first integer. */
export const KIND = 7;
export const STRING = 1;
export const NUMBER = 2;
export const TRUE = 3;
export const FALSE = 4;
export const NULL = 5;
export const OBJECT = 6;
export const ARRAY = 7;

/** What a string's bytes hold: an escape, a `$`, a `_`, a byte above 0x7f. */
export const ESCAPE = 8;
export const DOLLAR = 16;
export const UNDERSCORE = 32;
export const NOT_ASCII = 64;

/** Containers inside containers; deeper documents break the readers of what we write. */
export const MAXIMUM_DEPTH = 1_000;

const STOP = 1;
const HEX = 2;
const DIGIT = 4;
const CLASS = new Uint8Array(256);
CLASS.fill(STOP, 0, 0x20);
CLASS[0x22] = STOP;
CLASS[0x5c] = STOP;
CLASS[0x24] = DOLLAR;
CLASS[0x5f] = UNDERSCORE;
CLASS.fill(NOT_ASCII, 0x80);

const NUMERIC = new Uint8Array(256);
for (const character of '0123456789') NUMERIC[character.charCodeAt(0)] = DIGIT | HEX;
for (const character of 'abcdefABCDEF') NUMERIC[character.charCodeAt(0)] = HEX;

const openContainers = new Int32Array(MAXIMUM_DEPTH);
let stringFlags = 0;
/** Of all strings of the text. */
let textFlags = 0;

export function emptyText(): JsonText {
  return { bytes: new Uint8Array(16_384), length: 0, nodes: new Int32Array(256 * NODE), free: 0, end: 0 };
}

/**
 * Makes room for a text of `length` bytes, and behind it for all its strings unescaped (a string at most doubles
 * when it is sanitised) and `extra` bytes. What the text held is lost.
 */
export function reserveText(text: JsonText, length: number, extra: number): void {
  const room = 3 * length + extra + 1_024;
  if (text.bytes.length < room) text.bytes = new Uint8Array(2 * room);
}

/** Adds a string node behind the scanned ones, of text that its caller put at [start, end); answers the node. */
export function addString(text: JsonText, start: number, end: number, flags: number): number {
  const node = text.nodes[NEXT] as number;
  if (node + NODE > text.nodes.length) grow(text);
  text.nodes.set([STRING | flags, start, end, node + NODE], node);
  return node;
}

/**
 * Scans the one value of `text` and leaves its nodes; node 0 is the value, so that its `NEXT` counts them. Duplicate keys are kept, in order.
 *
 * NaN and Infinity, which some serialisers write, are not JSON.
 */
export function scanJson(text: JsonText): ScanResult {
  const { bytes, length } = text;
  let nodes = text.nodes;
  let node = 0;
  let at = 0;
  let depth = 0;

  bytes[length] = 0;
  text.free = length + 1;
  text.end = 0;
  textFlags = 0;
  for (;;) {
    if (node + 2 * NODE > nodes.length) nodes = grow(text);
    at = skipSpace(bytes, at);
    const character = bytes[at];
    const isObject = character === 0x7b;
    if (isObject || character === 0x5b) {
      if (depth === MAXIMUM_DEPTH) return 'too-deep';
      nodes[node] = isObject ? OBJECT : ARRAY;
      nodes[node + START] = at;
      openContainers[depth++] = node;
      node += NODE;
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== (isObject ? 0x7d : 0x5d)) {
        if (!isObject) continue;
        at = scanKey(bytes, at, nodes, node);
        if (at < 0) return 'invalid';
        node += NODE;
        continue;
      }
    } else {
      let end: number;
      let kind: number;
      let start = at;
      if (character === 0x22) {
        start = at + 1;
        end = scanString(bytes, start);
        kind = STRING | stringFlags;
        at = end + 1;
      } else if (character === 0x74) {
        end = at = literal(bytes, at, 'true');
        kind = TRUE;
      } else if (character === 0x66) {
        end = at = literal(bytes, at, 'false');
        kind = FALSE;
      } else if (character === 0x6e) {
        end = at = literal(bytes, at, 'null');
        kind = NULL;
      } else {
        end = at = scanNumber(bytes, at);
        kind = NUMBER;
      }
      if (end < 0) return 'invalid';
      nodes[node] = kind;
      nodes[node + START] = start;
      nodes[node + END] = end;
      node += NODE;
      nodes[node - NODE + NEXT] = node;
    }

    // A value is complete, or an empty container is about to be: close what ends here.
    for (;;) {
      at = skipSpace(bytes, at);
      if (depth === 0) {
        text.end = at;
        if (at !== length) return 'invalid';
        const isUtf8Text = (textFlags & NOT_ASCII) === 0 || isUtf8(bytes.subarray(0, length));
        return isUtf8Text ? 'ok' : 'not-utf8';
      }
      const container = openContainers[depth - 1] as number;
      const inObject = nodes[container] === OBJECT;
      const next = bytes[at];
      if (next === 0x2c) {
        at = skipSpace(bytes, at + 1);
        if (inObject) {
          if (node + 2 * NODE > nodes.length) nodes = grow(text);
          at = scanKey(bytes, at, nodes, node);
          if (at < 0) return 'invalid';
          node += NODE;
        }
        break;
      }
      if (next !== (inObject ? 0x7d : 0x5d)) return 'invalid';
      at += 1;
      nodes[container + END] = at;
      nodes[container + NEXT] = node;
      depth -= 1;
    }
  }
}

export function kindOf(text: JsonText, node: number): number {
  return (text.nodes[node] as number) & KIND;
}

/** Null, false, zero and everything empty: what the incumbent's language takes for nothing. */
export function isFalsy(text: JsonText, node: number): boolean {
  const start = text.nodes[node + START] as number;
  const end = text.nodes[node + END] as number;
  switch (kindOf(text, node)) {
    case OBJECT:
    case ARRAY:
      return text.nodes[node + NEXT] === node + NODE;
    case STRING:
      return start === end;
    case NUMBER:
      return isZero(text.bytes, start, end);
    default:
      return kindOf(text, node) !== TRUE;
  }
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const character = bytes[at] as number;
    if (character === 0x65 || character === 0x45) return true;
    if (character >= 0x31 && character <= 0x39) return false;
  }
  return true;
}

function grow(text: JsonText): Int32Array {
  const larger = new Int32Array(text.nodes.length * 2);
  larger.set(text.nodes);
  text.nodes = larger;
  return larger;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  let character = bytes[at];
  while (character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09) {
    character = bytes[++at];
  }
  return at;
}

/** Scans `"key" :` and leaves the key's node; answers where the value begins, or -1. */
function scanKey(bytes: Uint8Array, at: number, nodes: Int32Array, node: number): number {
  if (bytes[at] !== 0x22) return -1;
  const end = scanString(bytes, at + 1);
  if (end < 0) return -1;
  nodes[node] = STRING | stringFlags;
  nodes[node + START] = at + 1;
  nodes[node + END] = end;
  nodes[node + NEXT] = node + NODE;
  const colon = skipSpace(bytes, end + 1);
  return bytes[colon] === 0x3a ? colon + 1 : -1;
}

/** Answers where the closing quote is, or -1; leaves what the string holds in `stringFlags`. */
function scanString(bytes: Uint8Array, from: number): number {
  let at = from;
  let flags = 0;
  for (;;) {
    // Four at a time while none of them stops; there is always room behind a text.
    const four =
      (CLASS[bytes[at] as number] as number) |
      (CLASS[bytes[at + 1] as number] as number) |
      (CLASS[bytes[at + 2] as number] as number) |
      (CLASS[bytes[at + 3] as number] as number);
    if ((four & STOP) === 0) {
      flags |= four;
      at += 4;
      continue;
    }
    let kind = CLASS[bytes[at] as number] as number;
    while (kind !== STOP) {
      flags |= kind;
      kind = CLASS[bytes[++at] as number] as number;
    }
    const character = bytes[at];
    if (character === 0x22) {
      stringFlags = flags;
      textFlags |= flags;
      return at;
    }
    if (character !== 0x5c) return -1;
    flags |= ESCAPE;
    switch (bytes[at + 1]) {
      case 0x75: // \uXXXX
        for (let digit = at + 2; digit < at + 6; digit++) {
          if (((NUMERIC[bytes[digit] as number] as number) & HEX) === 0) return -1;
        }
        at += 6;
        break;
      case 0x22:
      case 0x2f:
      case 0x5c:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        at += 2;
        break;
      default:
        return -1;
    }
  }
}

function scanNumber(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === 0x2d ? from + 1 : from;
  if (bytes[at] === 0x30) at += 1;
  else {
    const digits = skipDigits(bytes, at);
    if (digits === at) return -1;
    at = digits;
  }
  if (bytes[at] === 0x2e) {
    const digits = skipDigits(bytes, at + 1);
    if (digits === at + 1) return -1;
    at = digits;
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const sign = bytes[at + 1];
    const exponent = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
    const digits = skipDigits(bytes, exponent);
    if (digits === exponent) return -1;
    at = digits;
  }
  return at;
}

function skipDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (((NUMERIC[bytes[at] as number] as number) & DIGIT) !== 0) at += 1;
  return at;
}

function literal(bytes: Uint8Array, at: number, word: string): number {
  for (let index = 0; index < word.length; index++) {
    if (bytes[at + index] !== word.charCodeAt(index)) return -1;
  }
  return at + word.length;
}
