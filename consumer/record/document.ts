import {
  addMember,
  beginCanonical,
  copy,
  dateOf,
  fail,
  wrappableDate,
  writeMembers,
  writeText,
  writeValue,
  writeWrappedDate,
  type CanonicalRules,
  type CanonicalText,
} from './canonical.ts';
import {
  END,
  ESCAPE,
  NEXT,
  NODE,
  NULL,
  OBJECT,
  START,
  STRING,
  isFalsy,
  kindOf,
  type JsonText,
} from './json.ts';
import { memberCount, setMember } from './members.ts';
import { findMember, isString } from './strings.ts';

/** What validation finds out about a document beside its text. */
export interface DocumentFacts {
  /** It has `_removedDateTime`, whatever its value. */
  isRemoved: boolean;
  /** Milliseconds since 1970. */
  lastModifiedMs: number;
}

/** A member that the transform adds to the object before it is validated. */
export interface AddedMember {
  readonly name: Uint8Array;
  /** A node of the same text. */
  readonly value: number;
}

const encoder = new TextEncoder();
export const ID = encoder.encode('_id');
const LAST_MODIFIED = encoder.encode('_lastModifiedDateTime');
const REMOVED = encoder.encode('_removedDateTime');
const CREATED = encoder.encode('createdDateTime');
const ARCHIVED = encoder.encode('_archivedDateTime');
const DATE = encoder.encode('$date');
const OID = encoder.encode('{"d_oid":');

/** 1980-01-01T00:00:00.000Z stands for «never». */
const NEVER_MS = 315_532_800_000;

// Values that are not in the text.
const OWN_LAST_MODIFIED = -1;
const OWN_ID = -2;

/**
 * Validates and sanitises the object at `root` and writes its canonical text to `out`, whose `fault` says why it
 * could not.
 *
 * @see domain.md 4.2 to 4.7
 */
export function writeDocument(
  out: CanonicalText,
  text: JsonText,
  root: number,
  rules: CanonicalRules,
  added: readonly AddedMember[],
  facts: DocumentFacts,
): void {
  // What a transform put behind the text may be written twice, and twice as long each time.
  beginCanonical(out, text, 4 * (text.free - text.length));
  const found = findSpecial(text, root);
  facts.isRemoved = found.removed >= 0;
  facts.lastModifiedMs = lastModified(text, [found.lastModified, found.removed, found.created]);
  if (Number.isNaN(facts.lastModifiedMs)) {
    fail(out, 'invalid-date');
    return;
  }

  // The archived date gives way to the removed one only after dates are wrapped: an impossible one counts.
  if (found.removed >= 0 && found.archived >= 0) writeValue(out, 0, text, found.archived, rules);
  const first = memberCount();
  addMembers(out, text, root, rules, found);
  for (const { name, value } of added) setMember(text, first, name, value);
  if (found.lastModified < 0) setMember(text, first, LAST_MODIFIED, OWN_LAST_MODIFIED);
  out.length = writeMembers(out, 0, text, first, rules, (value, at) =>
    value === OWN_LAST_MODIFIED
      ? writeWrappedDate(out, at, facts.lastModifiedMs)
      : writeBareId(out, at, text, found.id, rules),
  );
}

/** The values of the members that validation looks at; -1 for what is not there, the last of equal keys. */
interface SpecialMembers {
  id: number;
  lastModified: number;
  removed: number;
  created: number;
  archived: number;
}

function findSpecial(text: JsonText, root: number): SpecialMembers {
  const { nodes } = text;
  const end = nodes[root + NEXT] as number;
  const found = { id: -1, lastModified: -1, removed: -1, created: -1, archived: -1 };
  for (let key = root + NODE; key < end; key = nodes[key + NODE + NEXT] as number) {
    const value = key + NODE;
    if (isNamed(text, key, ID)) found.id = value;
    else if (isNamed(text, key, LAST_MODIFIED)) found.lastModified = value;
    else if (isNamed(text, key, REMOVED)) found.removed = value;
    else if (isNamed(text, key, CREATED)) found.created = value;
    else if (isNamed(text, key, ARCHIVED)) found.archived = value;
  }
  return found;
}

/** Adds the object's members with what validation makes of them. */
function addMembers(
  out: CanonicalText,
  text: JsonText,
  root: number,
  rules: CanonicalRules,
  found: SpecialMembers,
): void {
  const { nodes } = text;
  const end = nodes[root + NEXT] as number;
  const idValue = found.id >= 0 && isBareId(text, found.id) ? OWN_ID : found.id;
  for (let key = root + NODE; key < end; key = nodes[key + NODE + NEXT] as number) {
    let value = key + NODE;
    if (isNamed(text, key, ID)) value = idValue;
    else if (isNamed(text, key, LAST_MODIFIED)) value = OWN_LAST_MODIFIED;
    else if (found.removed >= 0 && isNamed(text, key, ARCHIVED)) continue;
    addMember(out, text, key, value, rules);
  }
}

/** As `isString`, but quick to say no. */
function isNamed(text: JsonText, key: number, name: Uint8Array): boolean {
  const length = (text.nodes[key + END] as number) - (text.nodes[key + START] as number);
  if (length !== name.length && ((text.nodes[key] as number) & ESCAPE) === 0) return false;
  return isString(text, key, name);
}

/** The first that is not blank; NaN if that is no date. */
function lastModified(text: JsonText, candidates: readonly number[]): number {
  for (const candidate of candidates) {
    if (candidate < 0) continue;
    const isObject = kindOf(text, candidate) === OBJECT;
    const value = isObject ? findMember(text, candidate, DATE) : candidate;
    if (value === undefined || isFalsy(text, value)) continue;
    return kindOf(text, value) === STRING ? dateOf(text, value) : Number.NaN;
  }
  return NEVER_MS;
}

/** A primitive that becomes `{"$oid": "…"}`; a string that looks like a date becomes a date instead. */
function isBareId(text: JsonText, id: number): boolean {
  const kind = kindOf(text, id);
  if (kind === STRING) return wrappableDate(text, id) === undefined;
  return kind < OBJECT && kind !== NULL;
}

function writeBareId(
  out: CanonicalText,
  at: number,
  text: JsonText,
  id: number,
  rules: CanonicalRules,
): number {
  const target = out.bytes;
  let to = copy(OID, 0, OID.length, target, at);
  if (kindOf(text, id) === STRING) to = writeText(out, to, text, id, rules);
  else {
    target[to++] = QUOTE;
    to = copy(text.bytes, text.nodes[id + START] as number, text.nodes[id + END] as number, target, to);
    target[to++] = QUOTE;
  }
  target[to++] = CLOSE_BRACE;
  return to;
}

const QUOTE = 0x22;
const CLOSE_BRACE = 0x7d;
