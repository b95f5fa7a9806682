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
import { END, NEXT, NODE, NULL, OBJECT, START, STRING, isFalsy, kindOf, type JsonText } from './json.ts';
import { findMembers, memberNames } from './member-names.ts';
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

/** The members that validation looks at, by their numbers in `SPECIAL_NAMES`. */
const Special = { id: 0, lastModified: 1, removed: 2, created: 3, archived: 4 } as const;
const SPECIAL_NAMES = memberNames(
  '_id',
  '_lastModifiedDateTime',
  '_removedDateTime',
  'createdDateTime',
  '_archivedDateTime',
);
const LAST_MODIFIED_CHAIN = [Special.lastModified, Special.removed, Special.created];
/** Their values in the document being written. */
const special = new Int32Array(SPECIAL_NAMES.count);

const encoder = new TextEncoder();
export const ID = encoder.encode('_id');
const LAST_MODIFIED = encoder.encode('_lastModifiedDateTime');
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
  findMembers(text, root, SPECIAL_NAMES, special);
  facts.isRemoved = hasSpecial(Special.removed);
  facts.lastModifiedMs = lastModified(text);
  if (Number.isNaN(facts.lastModifiedMs)) {
    fail(out, 'invalid-date');
    return;
  }

  // The archived date gives way to the removed one only after dates are wrapped: an impossible one counts.
  if (facts.isRemoved && hasSpecial(Special.archived)) {
    writeValue(out, 0, text, special[Special.archived] as number, rules);
  }
  const first = memberCount();
  addMembers(out, text, root, rules);
  for (const { name, value } of added) setMember(text, first, name, value);
  if (!hasSpecial(Special.lastModified)) setMember(text, first, LAST_MODIFIED, OWN_LAST_MODIFIED);
  out.length = writeMembers(out, 0, text, first, rules, (value, at) =>
    value === OWN_LAST_MODIFIED
      ? writeWrappedDate(out, at, facts.lastModifiedMs)
      : writeBareId(out, at, text, special[Special.id] as number, rules),
  );
}

/** Adds the object's members with what validation makes of them. */
function addMembers(out: CanonicalText, text: JsonText, root: number, rules: CanonicalRules): void {
  const { nodes } = text;
  const end = nodes[root + NEXT] as number;
  const id = special[Special.id] as number;
  const idValue = id >= 0 && isBareId(text, id) ? OWN_ID : id;
  const dropsArchived = hasSpecial(Special.removed) && hasSpecial(Special.archived);
  for (let key = root + NODE; key < end; key = nodes[key + NODE + NEXT] as number) {
    let value = key + NODE;
    if (dropsArchived && isString(text, key, ARCHIVED)) continue;
    // Of equal keys the last is the one that counts, here as in `special`.
    if (value === id) value = idValue;
    else if (value === special[Special.lastModified]) value = OWN_LAST_MODIFIED;
    addMember(out, text, key, value, rules);
  }
}

function hasSpecial(number: number): boolean {
  return (special[number] as number) >= 0;
}

/** The first that is not blank; NaN if that is no date. */
function lastModified(text: JsonText): number {
  for (const number of LAST_MODIFIED_CHAIN) {
    const candidate = special[number] as number;
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
