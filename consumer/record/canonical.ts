import { DATE_LENGTH, formatDate, isWrappable, parseDate } from './dates.ts';
import {
  ARRAY,
  END,
  ESCAPE,
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
  AS_THEY_ARE,
  charactersEnd,
  charactersStart,
  decodeString,
  escapeInto,
  isString,
  isVerbatim,
  stringValue,
  utf8,
  type StringRules,
} from './strings.ts';
import type { QuarantineReason } from './reason.ts';

/** How a document becomes its canonical text. */
export interface CanonicalRules extends StringRules {
  /** Rewrite dates as `domain.md` 4.3 does. */
  readonly wrapDates: boolean;
}

/** Sorted, without spaces, and nothing else changed: what ids are. */
export const PLAIN: CanonicalRules = { ...AS_THEY_ARE, wrapDates: false };

/**
 * Canonical JSON text under construction: keys sorted by code point at every level, no spaces, non-ASCII literal,
 * numbers as they were written.
 */
export interface CanonicalText {
  bytes: Uint8Array;
  length: number;
  /** The first thing that could not be written; the text is then worthless. */
  fault: QuarantineReason | undefined;
}

/** The members of one object, on the stack below, until {@link writeMembers} takes them. */
export interface Members {
  readonly first: number;
  count: number;
}

/** Integers a member: key node (-1: not in the text), value, first byte and end of the key's characters. */
const MEMBER = 4;
const VALUE = 1;
const KEY_START = 2;
const KEY_END = 3;
const PREFIX_BYTES = 6;
const NO_NODE = -1;

// The members of the object being written and of those around it, as a stack that grows and never shrinks;
// `prefixes` are the first bytes of each key as a number, `order` the sorted member indexes.
let members = new Int32Array(64 * MEMBER);
let prefixes = new Float64Array(64);
let order = new Int32Array(64);
let stacked = 0;

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
  stacked = 0;
}

/** Appends the canonical form of the value at `node`. */
export function writeValue(out: CanonicalText, text: JsonText, node: number, rules: CanonicalRules): void {
  const { nodes } = text;
  switch (kindOf(text, node)) {
    case STRING:
      writeString(out, text, node, rules);
      return;
    case ARRAY:
      writeArray(out, text, node, rules);
      return;
    case OBJECT:
      if (rules.wrapDates && isMongoDate(text, node)) writeMongoDate(out, text, node + 2 * NODE);
      else writeObject(out, text, node, rules);
      return;
    default:
      append(out, text.bytes, nodes[node + START] as number, nodes[node + END] as number);
  }
}

/** Gathers an object's members; {@link writeMembers} must follow. */
export function collectMembers(
  out: CanonicalText,
  text: JsonText,
  node: number,
  rules: CanonicalRules,
): Members {
  const { nodes } = text;
  const object = { first: stacked, count: 0 };
  const end = nodes[node + NEXT] as number;
  for (let key = node + NODE; key < end; key = nodes[key + NODE + NEXT] as number) {
    if (isVerbatim(text, key, rules)) {
      push(object, text, key, key + NODE, nodes[key + START] as number, nodes[key + END] as number);
      continue;
    }
    const start = text.free;
    text.free = decode(out, text, key, rules);
    push(object, text, key, key + NODE, start, text.free);
  }
  return object;
}

/**
 * Sets a member by a name of ours: in the place of the one so named in the text, else at the end. A value below 0
 * is for `writeOwn` of {@link writeMembers}.
 */
export function setMember(text: JsonText, object: Members, name: Uint8Array, value: number): void {
  let isThere = false;
  for (let member = object.first; member < object.first + object.count; member++) {
    if (!isNamed(text, member, name)) continue;
    members[member * MEMBER + VALUE] = value;
    isThere = true;
  }
  if (isThere) return;
  const start = text.free;
  text.free += name.length;
  text.bytes.set(name, start);
  push(object, text, NO_NODE, value, start, text.free);
}

/** Takes out every member so named in the text. */
export function dropMember(text: JsonText, object: Members, name: Uint8Array): void {
  let kept = object.first;
  for (let member = object.first; member < object.first + object.count; member++) {
    if (isNamed(text, member, name)) continue;
    members.copyWithin(kept * MEMBER, member * MEMBER, (member + 1) * MEMBER);
    prefixes[kept] = prefixes[member] as number;
    kept += 1;
  }
  object.count = kept - object.first;
  stacked = kept;
}

/** Sorts and appends the members last collected; of equal keys the last wins. */
export function writeMembers(
  out: CanonicalText,
  text: JsonText,
  object: Members,
  rules: CanonicalRules,
  writeOwn?: (value: number) => void,
): void {
  const { first } = object;
  const end = first + object.count;
  sortMembers(text.bytes, first, end);
  put(out, 0x7b);
  for (let index = first; index < end; index++) {
    let member = order[index] as number;
    let last = index;
    while (last + 1 < end && compareKeys(text.bytes, member, order[last + 1] as number) === 0) last += 1;
    if (last > index) member = winner(text, index, last);
    if (index > first) put(out, 0x2c);
    index = last;

    writeKey(out, text, member);
    const value = members[member * MEMBER + VALUE] as number;
    if (value >= 0) writeValue(out, text, value, rules);
    else writeOwn?.(value);
  }
  put(out, 0x7d);
  stacked = first;
}

/** Appends `{"d_date":"…"}`. */
export function writeWrappedDate(out: CanonicalText, time: number): void {
  append(out, WRAP, 0, WRAP.length);
  formatDate(time, out.bytes, out.length);
  out.length += DATE_LENGTH;
  put(out, 0x22);
  put(out, 0x7d);
}

/** Appends a string's characters as text in quotes whatever they look like: no date is wrapped. */
export function writeText(out: CanonicalText, text: JsonText, node: number, rules: StringRules): void {
  put(out, 0x22);
  if (isVerbatim(text, node, rules)) {
    append(out, text.bytes, text.nodes[node + START] as number, text.nodes[node + END] as number);
  } else {
    const end = decode(out, text, node, rules);
    out.length = escapeInto(text.bytes, text.free, end, out.bytes, out.length);
  }
  put(out, 0x22);
}

/** Appends bytes as they are. */
export function append(out: CanonicalText, bytes: Uint8Array, start: number, end: number): void {
  if (end - start > 48) out.bytes.set(bytes.subarray(start, end), out.length);
  else {
    const target = out.bytes;
    for (let at = out.length, from = start; from < end; from++) target[at++] = bytes[from] as number;
  }
  out.length += end - start;
}

/** The moment of a string that date wrapping rewrites; NaN when the string is impossible, undefined for others. */
export function wrappableDate(text: JsonText, node: number): number | undefined {
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

/** The one member of `{"$date": primitive}`; the value's node. */
function isMongoDate(text: JsonText, node: number): boolean {
  const { nodes } = text;
  const key = node + NODE;
  const value = key + NODE;
  return (
    key < (nodes[node + NEXT] as number) &&
    nodes[value + NEXT] === nodes[node + NEXT] &&
    kindOf(text, value) < OBJECT &&
    isString(text, key, DATE_KEY)
  );
}

/** A mongo date's text is parsed whatever its form; what Python calls false is left alone, the rest is no date. */
function writeMongoDate(out: CanonicalText, text: JsonText, value: number): void {
  if (!isFalsy(text, value)) {
    const time = kindOf(text, value) === STRING ? dateOf(text, value) : Number.NaN;
    if (Number.isNaN(time)) fail(out, 'invalid-date');
    else writeWrappedDate(out, time);
    return;
  }
  append(out, WRAP, 0, WRAP.length - 1);
  writeValue(out, text, value, PLAIN);
  put(out, 0x7d);
}

function writeString(out: CanonicalText, text: JsonText, node: number, rules: CanonicalRules): void {
  if (rules.wrapDates) {
    const time = wrappableDate(text, node);
    if (time !== undefined) {
      if (Number.isNaN(time)) fail(out, 'invalid-date');
      else writeWrappedDate(out, time);
      return;
    }
  }
  writeText(out, text, node, rules);
}

/** In an array a mongo date is not known as one: its text is wrapped once more, as in the incumbent. */
function writeArray(out: CanonicalText, text: JsonText, node: number, rules: CanonicalRules): void {
  const { nodes } = text;
  const end = nodes[node + NEXT] as number;
  put(out, 0x5b);
  for (let element = node + NODE; element < end; element = nodes[element + NEXT] as number) {
    if (element !== node + NODE) put(out, 0x2c);
    if (kindOf(text, element) === OBJECT) writeObject(out, text, element, rules);
    else writeValue(out, text, element, rules);
  }
  put(out, 0x5d);
}

function writeObject(out: CanonicalText, text: JsonText, node: number, rules: CanonicalRules): void {
  writeMembers(out, text, collectMembers(out, text, node, rules), rules);
}

function writeKey(out: CanonicalText, text: JsonText, member: number): void {
  const key = members[member * MEMBER] as number;
  const start = members[member * MEMBER + KEY_START] as number;
  const end = members[member * MEMBER + KEY_END] as number;
  put(out, 0x22);
  const isEscaped = key >= 0 && ((text.nodes[key] as number) & ESCAPE) !== 0;
  if (isEscaped) out.length = escapeInto(text.bytes, start, end, out.bytes, out.length);
  else append(out, text.bytes, start, end);
  put(out, 0x22);
  put(out, 0x3a);
}

function decode(out: CanonicalText, text: JsonText, node: number, rules: StringRules): number {
  const end = decodeString(text, node, rules);
  if (end >= 0) return end;
  fail(out, 'unsupported-value');
  return text.free;
}

function put(out: CanonicalText, character: number): void {
  out.bytes[out.length++] = character;
}

function push(
  object: Members,
  text: JsonText,
  key: number,
  value: number,
  keyStart: number,
  keyEnd: number,
): void {
  if (stacked === order.length) growStack();
  members[stacked * MEMBER] = key;
  members[stacked * MEMBER + VALUE] = value;
  members[stacked * MEMBER + KEY_START] = keyStart;
  members[stacked * MEMBER + KEY_END] = keyEnd;
  let prefix = 0;
  for (let at = keyStart; at < keyStart + PREFIX_BYTES; at++) {
    prefix = prefix * 256 + (at < keyEnd ? (text.bytes[at] as number) : 0);
  }
  prefixes[stacked] = prefix;
  stacked += 1;
  object.count += 1;
}

function growStack(): void {
  const [oldMembers, oldPrefixes, oldOrder] = [members, prefixes, order];
  members = new Int32Array(oldMembers.length * 2);
  prefixes = new Float64Array(oldPrefixes.length * 2);
  order = new Int32Array(oldOrder.length * 2);
  members.set(oldMembers);
  prefixes.set(oldPrefixes);
  order.set(oldOrder);
}

/** Fills `order` from `first` to `end` with the members in ascending order, equal keys in the order they came. */
function sortMembers(bytes: Uint8Array, first: number, end: number): void {
  for (let member = first; member < end; member++) order[member] = member;
  if (end - first > 32) {
    order.subarray(first, end).sort((a, b) => compareKeys(bytes, a, b) || a - b);
    return;
  }
  for (let index = first + 1; index < end; index++) {
    const member = order[index] as number;
    let hole = index;
    while (hole > first && compareKeys(bytes, order[hole - 1] as number, member) > 0) {
      order[hole] = order[hole - 1] as number;
      hole -= 1;
    }
    order[hole] = member;
  }
}

/** UTF-8 order is code point order. */
function compareKeys(bytes: Uint8Array, a: number, b: number): number {
  const difference = (prefixes[a] as number) - (prefixes[b] as number);
  if (difference !== 0) return difference;
  const aEnd = members[a * MEMBER + KEY_END] as number;
  const bEnd = members[b * MEMBER + KEY_END] as number;
  let atA = members[a * MEMBER + KEY_START] as number;
  let atB = members[b * MEMBER + KEY_START] as number;
  while (atA < aEnd && atB < bEnd) {
    const step = (bytes[atA++] as number) - (bytes[atB++] as number);
    if (step !== 0) return step;
  }
  return aEnd - atA - (bEnd - atB);
}

/**
 * Which of the members `order[from]` to `order[to]`, now equal in key, stays. Keys that were equal in the source
 * keep the first one's place and the last one's value; of keys that became equal the later place wins.
 */
function winner(text: JsonText, from: number, to: number): number {
  const latest = new Map<string, number>();
  let last = '';
  for (let index = from; index <= to; index++) {
    const member = order[index] as number;
    const key = sourceKey(text, member);
    if (!latest.has(key)) last = key;
    latest.set(key, member);
  }
  return latest.get(last) ?? (order[to] as number);
}

function sourceKey(text: JsonText, member: number): string {
  const key = members[member * MEMBER] as number;
  if (key >= 0) return stringValue(text, key) ?? '';
  const start = members[member * MEMBER + KEY_START] as number;
  return utf8(text.bytes, start, members[member * MEMBER + KEY_END] as number);
}

function isNamed(text: JsonText, member: number, name: Uint8Array): boolean {
  const key = members[member * MEMBER] as number;
  return key >= 0 && isString(text, key, name);
}

const encoder = new TextEncoder();
const DATE_KEY = encoder.encode('$date');
const WRAP = encoder.encode('{"d_date":"');
