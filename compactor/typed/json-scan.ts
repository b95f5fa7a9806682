/**
 * A pull scanner for JSON (RFC 8259) in UTF-8 bytes: it is told what it stands at and answers where that ended.
 * Nothing is built, and nothing outside the schema is looked at except to find its end.
 *
 * Positions count from 1 or more, as every value stands in an object, so a negative one can say what went wrong.
 */

/** The text is no JSON. */
export const DAMAGED = -1;

/** A value ends here that its column cannot hold; `end` gives the place back. */
export function misfitAt(end: number): number {
  return end < 0 ? DAMAGED : ~end;
}

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const MINUS = 0x2d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const FIRST_OF_TRUE = 0x74;
export const FIRST_OF_FALSE = 0x66;
export const FIRST_OF_NULL = 0x6e;

/** Containers in containers; Spark's parser stops there too. */
const MAXIMUM_DEPTH = 1_000;

let depth = 0;

/** Answers where the member's value ended, or something negative, which ends the walk. */
export type VisitMember = (bytes: Uint8Array, key: number, keyEnd: number, at: number) => number;

/** As {@link VisitMember}, of an element. */
export type VisitElement = (bytes: Uint8Array, at: number) => number;

/**
 * Walks the object that begins at `at`; answers where it ended or what a visitor answered. `keyEnd` is as
 * {@link stringEnd} gives it.
 */
export function walkObject(bytes: Uint8Array, at: number, visit: VisitMember): number {
  if (depth === MAXIMUM_DEPTH) return DAMAGED;
  depth++;
  const end = walkMembers(bytes, at, visit);
  depth--;
  return end;
}

/** Walks the array that begins at `at`, as {@link walkObject}. */
export function walkArray(bytes: Uint8Array, at: number, visit: VisitElement): number {
  if (depth === MAXIMUM_DEPTH) return DAMAGED;
  depth++;
  const end = walkElements(bytes, at, visit);
  depth--;
  return end;
}

/** Where the value at `at` ends, or {@link DAMAGED}. */
export function skipValue(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case QUOTE:
      return skipString(bytes, at);
    case OPEN_BRACE:
      return walkObject(bytes, at, skipMember);
    case OPEN_BRACKET:
      return walkArray(bytes, at, skipValue);
    default:
      return skipWord(bytes, at);
  }
}

/**
 * Where the closing quote is of the string whose first character is at `from`; negative if the string has escapes, 0
 * if it does not end.
 */
export function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  const last = bytes.length - 4;
  // Four at a time while none of them stops.
  while (
    at <= last &&
    ((STOPS[bytes[at] as number] as number) |
      (STOPS[bytes[at + 1] as number] as number) |
      (STOPS[bytes[at + 2] as number] as number) |
      (STOPS[bytes[at + 3] as number] as number)) ===
      0
  ) {
    at += 4;
  }
  while (STOPS[bytes[at] as number] === 0) at++;
  if (bytes[at] === QUOTE) return at;
  return bytes[at] === BACKSLASH ? -escapedStringEnd(bytes, at) : 0;
}

/** Where the string at `at` ends, its quotes included, or {@link DAMAGED}. */
export function skipString(bytes: Uint8Array, at: number): number {
  const end = stringEnd(bytes, at + 1);
  return end === 0 ? DAMAGED : Math.abs(end) + 1;
}

/** Where the number at `at` ends, or {@link DAMAGED}. */
export function numberEnd(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from;
  if (bytes[at] === ZERO) at++;
  else {
    const digits = at;
    at = digitsEnd(bytes, at);
    if (at === digits) return DAMAGED;
  }
  if (bytes[at] === POINT) {
    const digits = at + 1;
    at = digitsEnd(bytes, digits);
    if (at === digits) return DAMAGED;
  }
  if (((bytes[at] as number) | LOWER) === EXPONENT) {
    const sign = bytes[at + 1];
    const digits = sign === MINUS || sign === PLUS ? at + 2 : at + 1;
    at = digitsEnd(bytes, digits);
    if (at === digits) return DAMAGED;
  }
  return at;
}

export function isNumber(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === MINUS || isDigit(bytes[at] as number);
}

export function isDigit(character: number): boolean {
  return character >= ZERO && character <= NINE;
}

/** Where `true`, `false` or `null` ends, whichever begins at `at`, or {@link DAMAGED}. */
export function literalEnd(bytes: Uint8Array, at: number): number {
  const word = bytes[at] === FIRST_OF_TRUE ? TRUE : bytes[at] === FIRST_OF_FALSE ? FALSE : NULL;
  for (let i = 0; i < word.length; i++) {
    if (bytes[at + i] !== word[i]) return DAMAGED;
  }
  return at + word.length;
}

/** The first position from `from` on that has no space. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at] as number)) at++;
  return at;
}

function isSpace(character: number): boolean {
  return (
    character <= 0x20 &&
    (character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09)
  );
}

function walkMembers(bytes: Uint8Array, from: number, visit: VisitMember): number {
  let at = skipSpace(bytes, from + 1);
  if (bytes[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE) return DAMAGED;
    const key = at + 1;
    const keyEnd = stringEnd(bytes, key);
    if (keyEnd === 0) return DAMAGED;
    at = skipSpace(bytes, Math.abs(keyEnd) + 1);
    if (bytes[at] !== COLON) return DAMAGED;
    at = visit(bytes, key, keyEnd, skipSpace(bytes, at + 1));
    if (at < 0) return at;
    at = skipSpace(bytes, at);
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    if (bytes[at] !== COMMA) return DAMAGED;
    at = skipSpace(bytes, at + 1);
  }
}

function walkElements(bytes: Uint8Array, from: number, visit: VisitElement): number {
  let at = skipSpace(bytes, from + 1);
  if (bytes[at] === CLOSE_BRACKET) return at + 1;
  for (;;) {
    at = visit(bytes, at);
    if (at < 0) return at;
    at = skipSpace(bytes, at);
    if (bytes[at] === CLOSE_BRACKET) return at + 1;
    if (bytes[at] !== COMMA) return DAMAGED;
    at = skipSpace(bytes, at + 1);
  }
}

function skipMember(bytes: Uint8Array, _key: number, _keyEnd: number, at: number): number {
  return skipValue(bytes, at);
}

function skipWord(bytes: Uint8Array, at: number): number {
  return isNumber(bytes, at) ? numberEnd(bytes, at) : literalEnd(bytes, at);
}

/** As {@link stringEnd} from a backslash on, and not negative. */
function escapedStringEnd(bytes: Uint8Array, backslash: number): number {
  let at = backslash;
  while (bytes[at] === BACKSLASH) {
    if (bytes[at + 1] === LOWER_U) {
      for (let digit = at + 2; digit < at + 6; digit++) {
        if (!isHexDigit(bytes[digit] as number)) return 0;
      }
      at += 6;
    } else if (SIMPLE_ESCAPES.has(bytes[at + 1] as number)) {
      at += 2;
    } else {
      return 0;
    }
    while (STOPS[bytes[at] as number] === 0) at++;
  }
  return bytes[at] === QUOTE ? at : 0;
}

function isHexDigit(character: number): boolean {
  return isDigit(character) || ((character | LOWER) >= 0x61 && (character | LOWER) <= 0x66);
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at] as number)) at++;
  return at;
}

const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const PLUS = 0x2b;
const EXPONENT = 0x65;
const LOWER_U = 0x75;
/** The bit that makes an ASCII letter lower-case. */
const LOWER = 0x20;

const encoder = new TextEncoder();
const TRUE = encoder.encode('true');
const FALSE = encoder.encode('false');
const NULL = encoder.encode('null');
const SIMPLE_ESCAPES = new Set(encoder.encode('"\\/bfnrt'));

/** 1 for what cannot be in a string as it is. */
const STOPS = new Uint8Array(256);
STOPS.fill(1, 0, 0x20);
STOPS[QUOTE] = 1;
STOPS[BACKSLASH] = 1;
