import {
  append,
  beginCanonical,
  collectMembers,
  dateOf,
  dropMember,
  fail,
  setMember,
  wrappableDate,
  writeMembers,
  writeText,
  writeWrappedDate,
  type CanonicalRules,
  type CanonicalText,
} from './canonical.ts';
import { END, NULL, OBJECT, START, STRING, isFalsy, kindOf, type JsonText } from './json.ts';
import { findMember } from './strings.ts';

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
  beginCanonical(out, text, text.free - text.length);
  const removed = findMember(text, root, REMOVED);
  const id = findMember(text, root, ID);
  facts.isRemoved = removed !== undefined;
  facts.lastModifiedMs = lastModified(text, [
    findMember(text, root, LAST_MODIFIED),
    removed,
    findMember(text, root, CREATED),
  ]);
  if (Number.isNaN(facts.lastModifiedMs)) {
    fail(out, 'invalid-date');
    return;
  }

  const object = collectMembers(out, text, root, rules);
  for (const { name, value } of added) setMember(text, object, name, value);
  setMember(text, object, LAST_MODIFIED, OWN_LAST_MODIFIED);
  if (removed !== undefined) dropMember(text, object, ARCHIVED);
  if (id !== undefined && isBareId(text, id)) setMember(text, object, ID, OWN_ID);
  writeMembers(out, text, object, rules, (value) => {
    if (value === OWN_LAST_MODIFIED) writeWrappedDate(out, facts.lastModifiedMs);
    else if (id !== undefined) writeBareId(out, text, id, rules);
  });
}

/** The first that is not blank; NaN if that is no date. */
function lastModified(text: JsonText, candidates: readonly (number | undefined)[]): number {
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
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

function writeBareId(out: CanonicalText, text: JsonText, id: number, rules: CanonicalRules): void {
  append(out, OID, 0, OID.length);
  if (kindOf(text, id) === STRING) writeText(out, text, id, rules);
  else {
    append(out, QUOTE, 0, 1);
    append(out, text.bytes, text.nodes[id + START] as number, text.nodes[id + END] as number);
    append(out, QUOTE, 0, 1);
  }
  append(out, CLOSE, 0, 1);
}

const QUOTE = encoder.encode('"');
const CLOSE = encoder.encode('}');
