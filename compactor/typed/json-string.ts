import { append, appendByte, reserve, type ByteSink } from './byte-sink.ts';
import { BACKSLASH, QUOTE } from './json-scan.ts';

/** Appends the characters of a string that {@link stringEnd} found well-formed, its escapes resolved. */
export function appendUnescaped(sink: ByteSink, bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  while (at < end) {
    const backslash = bytes.indexOf(BACKSLASH, at);
    const next = backslash < 0 || backslash > end ? end : backslash;
    append(sink, bytes, at, next);
    at = next === end ? end : appendEscape(sink, bytes, next);
  }
}

/**
 * Appends a string with its quotes as Spark writes it inside other JSON: the shortest escapes for control characters,
 * and `\uXXXX` twice for each character outside the basic plane.
 */
export function appendQuoted(sink: ByteSink, bytes: Uint8Array, start: number, end: number): void {
  appendByte(sink, QUOTE);
  // The worst that a byte can become is \u0001.
  reserve(sink, 6 * (end - start));
  for (let at = start; at < end;) {
    const byte = bytes[at] as number;
    if (byte === BACKSLASH) at = appendEscapedAgain(sink, bytes, at);
    else if (byte >= FIRST_OF_FOUR) {
      appendSurrogates(sink, bytes, at);
      at += 4;
    } else {
      sink.bytes[sink.length++] = byte;
      at++;
    }
  }
  appendByte(sink, QUOTE);
}

/** Resolves the escape at `at`; answers where it ended. */
function appendEscape(sink: ByteSink, bytes: Uint8Array, at: number): number {
  const letter = bytes[at + 1] as number;
  if (letter !== LOWER_U) {
    appendByte(sink, CONTROLS.get(letter) ?? letter);
    return at + 2;
  }
  const unit = hexAt(bytes, at + 2);
  if (isHighSurrogate(unit) && bytes[at + 6] === BACKSLASH && bytes[at + 7] === LOWER_U) {
    const low = hexAt(bytes, at + 8);
    if (low >= 0xdc00 && low <= 0xdfff) {
      appendUtf8(sink, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
      return at + 12;
    }
  }
  // Java writes a surrogate without its half as a question mark.
  appendUtf8(sink, unit >= 0xd800 && unit <= 0xdfff ? QUESTION_MARK : unit);
  return at + 6;
}

/** Writes the character escaped at `at` as Spark would; answers where the escape ended. */
function appendEscapedAgain(sink: ByteSink, bytes: Uint8Array, at: number): number {
  const letter = bytes[at + 1] as number;
  const character = letter === LOWER_U ? hexAt(bytes, at + 2) : (CONTROLS.get(letter) ?? letter);
  const short = character === QUOTE || character === BACKSLASH ? character : SHORT_ESCAPES.get(character);
  if (short !== undefined) {
    sink.bytes[sink.length++] = BACKSLASH;
    sink.bytes[sink.length++] = short;
  } else if (character < 0x20 || (character >= 0xd800 && character <= 0xdfff)) {
    appendHexEscape(sink, character);
  } else {
    appendUtf8(sink, character);
  }
  return letter === LOWER_U ? at + 6 : at + 2;
}

function appendSurrogates(sink: ByteSink, bytes: Uint8Array, at: number): void {
  const character =
    (((bytes[at] as number) & 0x07) << 18) |
    (((bytes[at + 1] as number) & 0x3f) << 12) |
    (((bytes[at + 2] as number) & 0x3f) << 6) |
    ((bytes[at + 3] as number) & 0x3f);
  appendHexEscape(sink, 0xd800 + ((character - 0x10000) >> 10));
  appendHexEscape(sink, 0xdc00 + ((character - 0x10000) & 0x3ff));
}

function appendHexEscape(sink: ByteSink, unit: number): void {
  sink.bytes[sink.length++] = BACKSLASH;
  sink.bytes[sink.length++] = LOWER_U;
  for (let shift = 12; shift >= 0; shift -= 4) {
    sink.bytes[sink.length++] = '0123456789ABCDEF'.charCodeAt((unit >> shift) & 0xf);
  }
}

function appendUtf8(sink: ByteSink, character: number): void {
  reserve(sink, 4);
  const { bytes } = sink;
  if (character < 0x80) {
    bytes[sink.length++] = character;
    return;
  }
  if (character < 0x800) {
    bytes[sink.length++] = 0xc0 | (character >> 6);
  } else {
    if (character < 0x10000) {
      bytes[sink.length++] = 0xe0 | (character >> 12);
    } else {
      bytes[sink.length++] = 0xf0 | (character >> 18);
      bytes[sink.length++] = 0x80 | ((character >> 12) & 0x3f);
    }
    bytes[sink.length++] = 0x80 | ((character >> 6) & 0x3f);
  }
  bytes[sink.length++] = 0x80 | (character & 0x3f);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function hexAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let digit = at; digit < at + 4; digit++) {
    const character = bytes[digit] as number;
    value = value * 16 + (character <= 0x39 ? character - 0x30 : (character | 0x20) - 0x61 + 10);
  }
  return value;
}

const LOWER_U = 0x75;
const QUESTION_MARK = 0x3f;
/** From here on a byte begins a character of four. */
const FIRST_OF_FOUR = 0xf0;

/** What the letter behind a backslash stands for, where that is not the letter. */
const CONTROLS = new Map(
  Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(([letter, control]) => [
    letter.charCodeAt(0),
    control.charCodeAt(0),
  ]),
);
const SHORT_ESCAPES = new Map([...CONTROLS].map(([letter, control]) => [control, letter]));
