import { DATE_LENGTH, formatDate, isWrappable, parseDate } from './dates.ts';
import {
  ARRAY,
  END,
  KIND,
  NEXT,
  NODE,
  OBJECT,
  START,
  STRING,
  isFalsy,
  kindOf,
  type JsonText,
} from './json.ts';
import {
  isKeyEscaped,
  keyEnd,
  keyStart,
  memberCount,
  memberValue,
  popMembers,
  pushMember,
  sortMembers,
  sortedMember,
} from './members.ts';
import type { QuarantineReason } from './reason.ts';
import {
  AS_THEY_ARE,
  charactersEnd,
  charactersStart,
  decodeString,
  escapeInto,
  isString,
  isVerbatim,
  type StringRules,
} from './strings.ts';

/** How a document becomes its canonical text. */
export interface CanonicalRules extends StringRules {
  /** Rewrite dates as `domain.md` 4.3 does. */
  readonly wrapDates: boolean;
}

/** Sorted, without spaces, and nothing else changed: what ids are. */
export const PLAIN: CanonicalRules = { ...AS_THEY_ARE, wrapDates: false };

/**
 * Canonical JSON text: keys sorted by code point at every level, no spaces, non-ASCII literal, numbers as they were
 * written.
 *
 * The functions here that write to one take where, and answer where they ended: positions stay in registers.
 */
export interface CanonicalText {
  bytes: Uint8Array;
  length: number;
  /** The first thing that could not be written; the text is then worthless. */
  fault: QuarantineReason | undefined;
}

/** Writes a value that is not in the text, by its number below 0. */
export type WriteOwn = (value: number, at: number) => number;

export function emptyCanonicalText(): CanonicalText {
  return { bytes: new Uint8Array(4_096), length: 0, fault: undefined };
}

/**
 * Empties `out` and makes room in it for the canonical form of `text` and `extra` bytes more. Nothing else here
 * checks room: a string at most doubles (`$` to `d_`), a wrapped date grows by less.
 */
export function beginCanonical(out: CanonicalText, text: JsonText, extra: number): void {
  const room = 2 * text.length + extra + 1_024;
  if (out.bytes.length < room) out.bytes = new Uint8Array(room * 2);
  out.length = 0;
  out.fault = undefined;
  popMembers(0);
}

/** Writes the canonical form of the value at `node`. */
export function writeValue(
  out: CanonicalText,
  at: number,
  text: JsonText,
  node: number,
  rules: CanonicalRules,
): number {
  const { nodes } = text;
  switch ((nodes[node] as number) & KIND) {
    case STRING:
      return writeString(out, at, text, node, rules);
    case ARRAY:
      return writeArray(out, at, text, node, rules);
    case OBJECT: {
      const date = rules.wrapDates ? mongoDate(text, node) : undefined;
      return date === undefined
        ? writeObject(out, at, text, node, rules)
        : writeMongoDate(out, at, text, date);
    }
    default:
      return copy(text.bytes, nodes[node + START] as number, nodes[node + END] as number, out.bytes, at);
  }
}

/** Adds a member for {@link writeMembers}, under the key at node `key`. */
export function addMember(
  out: CanonicalText,
  text: JsonText,
  key: number,
  value: number,
  rules: StringRules,
): void {
  if (isVerbatim(text, key, rules)) {
    pushMember(text, key, value, text.nodes[key + START] as number, text.nodes[key + END] as number);
    return;
  }
  const start = text.free;
  text.free = decode(out, text, key, rules);
  pushMember(text, key, value, start, text.free);
}

/** Writes the members added from number `first` on as an object; of equal keys the last wins. */
export function writeMembers(
  out: CanonicalText,
  at: number,
  text: JsonText,
  first: number,
  rules: CanonicalRules,
  writeOwn?: WriteOwn,
): number {
  const target = out.bytes;
  const count = sortMembers(text, first);
  let to = at;
  target[to++] = OPEN_BRACE;
  for (let index = first; index < first + count; index++) {
    const member = sortedMember(index);
    if (index > first) target[to++] = COMMA;
    target[to++] = QUOTE;
    to = isKeyEscaped(text, member)
      ? escapeInto(text.bytes, keyStart(member), keyEnd(member), target, to)
      : copy(text.bytes, keyStart(member), keyEnd(member), target, to);
    target[to++] = QUOTE;
    target[to++] = COLON;
    const value = memberValue(member);
    if (value >= 0) to = writeValue(out, to, text, value, rules);
    else if (writeOwn !== undefined) to = writeOwn(value, to);
  }
  target[to++] = CLOSE_BRACE;
  popMembers(first);
  return to;
}

/** Writes `{"d_date":"…"}`. */
export function writeWrappedDate(out: CanonicalText, at: number, time: number): number {
  const target = out.bytes;
  let to = copy(WRAP, 0, WRAP.length, target, at);
  target[to++] = QUOTE;
  formatDate(time, target, to);
  to += DATE_LENGTH;
  target[to++] = QUOTE;
  target[to++] = CLOSE_BRACE;
  return to;
}

/** Writes a string's characters in quotes whatever they look like: no date is wrapped. */
export function writeText(
  out: CanonicalText,
  at: number,
  text: JsonText,
  node: number,
  rules: StringRules,
): number {
  const target = out.bytes;
  let to = at;
  target[to++] = QUOTE;
  if (isVerbatim(text, node, rules)) {
    to = copy(text.bytes, text.nodes[node + START] as number, text.nodes[node + END] as number, target, to);
  } else {
    to = escapeInto(text.bytes, text.free, decode(out, text, node, rules), target, to);
  }
  target[to++] = QUOTE;
  return to;
}

/** Copies bytes; a loop is quicker than a call for the short ones, which most are. */
export function copy(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  if (end - start > 48) {
    target.set(bytes.subarray(start, end), at);
    return at + end - start;
  }
  let to = at;
  for (let from = start; from < end; from++) target[to++] = bytes[from] as number;
  return to;
}

/** The moment of a string that date wrapping rewrites; NaN when the string is impossible, undefined for others. */
export function wrappableDate(text: JsonText, node: number): number | undefined {
  const length = (text.nodes[node + END] as number) - (text.nodes[node + START] as number);
  if (length < DATE_LENGTH) return undefined;
  const end = charactersEnd(text, node);
  const start = charactersStart(text, node);
  return isWrappable(text.bytes, start, end) ? parseDate(text.bytes, start, end) : undefined;
}

/** The moment a string node stands for in any of the accepted forms, or NaN. */
export function dateOf(text: JsonText, node: number): number {
  const end = charactersEnd(text, node);
  return parseDate(text.bytes, charactersStart(text, node), end);
}

export function fail(out: CanonicalText, reason: QuarantineReason): void {
  out.fault ??= reason;
}

/** The value of `{"$date": primitive}`, which may say `$date` more than once; undefined for other objects. */
function mongoDate(text: JsonText, node: number): number | undefined {
  const { nodes } = text;
  const end = nodes[node + NEXT] as number;
  let value: number | undefined;
  for (let key = node + NODE; key < end; key = nodes[key + NODE + NEXT] as number) {
    if (!isString(text, key, DATE_KEY)) return undefined;
    value = key + NODE;
  }
  return value !== undefined && kindOf(text, value) < OBJECT ? value : undefined;
}

/** A mongo date's text is parsed whatever its form; what Python calls false is left alone, the rest is no date. */
function writeMongoDate(out: CanonicalText, at: number, text: JsonText, value: number): number {
  if (!isFalsy(text, value)) {
    const time = kindOf(text, value) === STRING ? dateOf(text, value) : Number.NaN;
    if (!Number.isNaN(time)) return writeWrappedDate(out, at, time);
    fail(out, 'invalid-date');
    return at;
  }
  let to = copy(WRAP, 0, WRAP.length, out.bytes, at);
  to = writeValue(out, to, text, value, PLAIN);
  out.bytes[to++] = CLOSE_BRACE;
  return to;
}

function writeString(
  out: CanonicalText,
  at: number,
  text: JsonText,
  node: number,
  rules: CanonicalRules,
): number {
  if (rules.wrapDates) {
    const time = wrappableDate(text, node);
    if (time !== undefined) {
      if (!Number.isNaN(time)) return writeWrappedDate(out, at, time);
      fail(out, 'invalid-date');
      return at;
    }
  }
  return writeText(out, at, text, node, rules);
}

/** In an array a mongo date is not known as one: its text is wrapped once more, as in the incumbent. */
function writeArray(
  out: CanonicalText,
  at: number,
  text: JsonText,
  node: number,
  rules: CanonicalRules,
): number {
  const { nodes } = text;
  const end = nodes[node + NEXT] as number;
  let to = at;
  out.bytes[to++] = OPEN_BRACKET;
  for (let element = node + NODE; element < end; element = nodes[element + NEXT] as number) {
    if (element !== node + NODE) out.bytes[to++] = COMMA;
    to =
      kindOf(text, element) === OBJECT
        ? writeObject(out, to, text, element, rules)
        : writeValue(out, to, text, element, rules);
  }
  out.bytes[to++] = CLOSE_BRACKET;
  return to;
}

function writeObject(
  out: CanonicalText,
  at: number,
  text: JsonText,
  node: number,
  rules: CanonicalRules,
): number {
  const { nodes } = text;
  const first = memberCount();
  const end = nodes[node + NEXT] as number;
  for (let key = node + NODE; key < end; key = nodes[key + NODE + NEXT] as number) {
    addMember(out, text, key, key + NODE, rules);
  }
  return writeMembers(out, at, text, first, rules);
}

function decode(out: CanonicalText, text: JsonText, node: number, rules: StringRules): number {
  const end = decodeString(text, node, rules);
  if (end >= 0) return end;
  fail(out, 'unsupported-value');
  return text.free;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const encoder = new TextEncoder();
const DATE_KEY = encoder.encode('$date');
const WRAP = encoder.encode('{"d_date":');
