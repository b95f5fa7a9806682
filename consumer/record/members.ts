import { ESCAPE, type JsonText } from './json.ts';
import { charactersEnd, charactersStart, isString, utf8 } from './strings.ts';

/**
 * The members of the object that is being written and of those around it: a stack, so that objects inside objects
 * cost no allocation. Members are numbered; an object's are those from the first pushed for it on.
 */

/** A member's key is not in the text but one of ours. */
const NO_NODE = -1;

const PREFIX_BYTES = 6;

// Grown, never shrunk. A prefix is the first bytes of a key as a number; `sorted` is the members in order.
let keys = new Int32Array(64);
let keyStarts = new Int32Array(64);
let keyEnds = new Int32Array(64);
let values = new Int32Array(64);
let prefixes = new Float64Array(64);
let sorted = new Int32Array(64);
let count = 0;

/** The number that the next member will have. */
export function memberCount(): number {
  return count;
}

/** Forgets the members from `first` on. */
export function popMembers(first: number): void {
  count = first;
}

/**
 * Adds a member whose key's characters are at [start, end) of the text's bytes.
 *
 * @param value a node of the text, or the caller's own below 0
 */
export function pushMember(text: JsonText, key: number, value: number, start: number, end: number): void {
  if (count === keys.length) grow();
  keys[count] = key;
  keyStarts[count] = start;
  keyEnds[count] = end;
  values[count] = value;
  prefixes[count] = prefix(text.bytes, start, end);
  count += 1;
}

/**
 * Sets a member of the object that began with `first` by a name of ours: in the place of the one so named in the
 * text, else at the end.
 */
export function setMember(text: JsonText, first: number, name: Uint8Array, value: number): void {
  let isThere = false;
  for (let member = first; member < count; member++) {
    const key = keys[member] as number;
    if (key === NO_NODE || !isString(text, key, name)) continue;
    values[member] = value;
    isThere = true;
  }
  if (isThere) return;
  const start = text.free;
  text.free += name.length;
  text.bytes.set(name, start);
  pushMember(text, NO_NODE, value, start, text.free);
}

export function memberValue(member: number): number {
  return values[member] as number;
}

export function keyStart(member: number): number {
  return keyStarts[member] as number;
}

export function keyEnd(member: number): number {
  return keyEnds[member] as number;
}

/** Whether the key may need escapes when it is written. */
export function isKeyEscaped(text: JsonText, member: number): boolean {
  const key = keys[member] as number;
  return key !== NO_NODE && ((text.nodes[key] as number) & ESCAPE) !== 0;
}

/**
 * Sorts the members from `first` on by key in code point order, which is the order of UTF-8, and drops those that
 * an equal key overrides. Answers how many are left; {@link sortedMember} names them.
 */
export function sortMembers(text: JsonText, first: number): number {
  const { bytes } = text;
  for (let member = first; member < count; member++) sorted[member] = member;
  if (count - first > 32) {
    sorted.subarray(first, count).sort((a, b) => compareKeys(bytes, a, b) || a - b);
  } else insertionSort(bytes, first);
  for (let index = first + 1; index < count; index++) {
    if (compareKeys(bytes, sorted[index - 1] as number, sorted[index] as number) === 0) {
      return dropOverridden(text, first);
    }
  }
  return count - first;
}

/** The member at `index`, which counts from the object's first number. */
export function sortedMember(index: number): number {
  return sorted[index] as number;
}

/** Equal keys stay in the order they came in. */
function insertionSort(bytes: Uint8Array, first: number): void {
  for (let index = first + 1; index < count; index++) {
    const member = sorted[index] as number;
    let hole = index;
    while (hole > first && compareKeys(bytes, sorted[hole - 1] as number, member) > 0) {
      sorted[hole] = sorted[hole - 1] as number;
      hole -= 1;
    }
    sorted[hole] = member;
  }
}

function compareKeys(bytes: Uint8Array, a: number, b: number): number {
  const difference = (prefixes[a] as number) - (prefixes[b] as number);
  if (difference !== 0) return difference;
  const aEnd = keyEnds[a] as number;
  const bEnd = keyEnds[b] as number;
  let atA = keyStarts[a] as number;
  let atB = keyStarts[b] as number;
  while (atA < aEnd && atB < bEnd) {
    const step = (bytes[atA++] as number) - (bytes[atB++] as number);
    if (step !== 0) return step;
  }
  return aEnd - atA - (bEnd - atB);
}

function dropOverridden(text: JsonText, first: number): number {
  let kept = first;
  for (let index = first; index < count;) {
    let end = index + 1;
    while (end < count && compareKeys(text.bytes, sorted[index] as number, sorted[end] as number) === 0)
      end += 1;
    sorted[kept] = end === index + 1 ? (sorted[index] as number) : winner(text, index, end);
    kept += 1;
    index = end;
  }
  return kept - first;
}

/**
 * Which of the members `sorted[from]` up to `sorted[end]`, now equal in key, stays. Keys that were equal in the
 * source keep the first one's place and the last one's value; of keys that became equal the later place wins.
 */
function winner(text: JsonText, from: number, end: number): number {
  const latest = new Map<string, number>();
  let last = '';
  for (let index = from; index < end; index++) {
    const member = sorted[index] as number;
    const key = sourceKey(text, member);
    if (!latest.has(key)) last = key;
    latest.set(key, member);
  }
  return latest.get(last) ?? (sorted[from] as number);
}

function sourceKey(text: JsonText, member: number): string {
  const key = keys[member] as number;
  if (key === NO_NODE) return utf8(text.bytes, keyStarts[member] as number, keyEnds[member] as number);
  const end = charactersEnd(text, key);
  return end < 0 ? '' : utf8(text.bytes, charactersStart(text, key), end);
}

function prefix(bytes: Uint8Array, start: number, end: number): number {
  if (end - start >= PREFIX_BYTES) {
    const high =
      ((bytes[start] as number) << 16) | ((bytes[start + 1] as number) << 8) | (bytes[start + 2] as number);
    const low =
      ((bytes[start + 3] as number) << 16) |
      ((bytes[start + 4] as number) << 8) |
      (bytes[start + 5] as number);
    return high * 0x1000000 + low;
  }
  let value = 0;
  for (let at = start; at < start + PREFIX_BYTES; at++)
    value = value * 256 + (at < end ? (bytes[at] as number) : 0);
  return value;
}

function grow(): void {
  const length = keys.length * 2;
  keys = copied(new Int32Array(length), keys);
  keyStarts = copied(new Int32Array(length), keyStarts);
  keyEnds = copied(new Int32Array(length), keyEnds);
  values = copied(new Int32Array(length), values);
  sorted = copied(new Int32Array(length), sorted);
  prefixes = copied(new Float64Array(length), prefixes);
}

function copied<Numbers extends Int32Array | Float64Array>(to: Numbers, from: Numbers): Numbers {
  to.set(from);
  return to;
}
