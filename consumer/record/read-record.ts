import { auditRecord } from './audit.ts';
import { decodeBase64 } from './base64.ts';
import { emptyCanonicalText, type CanonicalRules, type CanonicalText } from './canonical.ts';
import { IV_LENGTH, type Decrypt } from './cipher.ts';
import { ID, writeDocument, type AddedMember, type DocumentFacts } from './document.ts';
import { findFields, findNames, readEnvelope, type Envelope, type Fault } from './envelope.ts';
import { fingerprint } from './fingerprint.ts';
import { END, NEXT, NODE, OBJECT, START, STRING, emptyText, kindOf, reserveText, scanJson } from './json.ts';
import type { JsonText } from './json.ts';
import type { QuarantineReason } from './reason.ts';
import { isLastText, noLastText, rememberText } from './last-text.ts';
import { idPart, writeId } from './record-id.ts';
import { charactersEnd, charactersStart, findMember, isString, stringValue } from './strings.ts';
import type { Collection, FindCollection } from '../../schemas/collection.ts';
import { fitsKey } from '../../schemas/layout.ts';
import type { CollectionName } from '../../schemas/source-object.ts';

/** A data key as an envelope names it. */
export interface WrappedKey {
  readonly keyId: string;
  readonly wrappedKey: string;
}

/** What is known of a data key: how to decrypt with it, why it was refused, or nothing yet. */
export type KnownKey =
  | { readonly kind: 'key'; readonly decrypt: Decrypt }
  | { readonly kind: 'refused'; readonly reason: string };

export type FindKey = (key: WrappedKey) => KnownKey | undefined;

/** A record as a row of its collection's table; every byte belongs to the reader and lasts until its next read. */
export interface Row {
  readonly kind: 'row';
  collection: Collection;
  id: CanonicalText;
  /** 0 to 255 */
  idPart: number;
  isDelete: boolean;
  /** Milliseconds since 1970. */
  lastModifiedMs: number;
  val: CanonicalText;
  /** Low and high 32 bits. */
  fingerprint: Int32Array;
  /** The document names another record than the envelope. */
  isIdMismatch: boolean;
}

/** What became of a line. */
export type Outcome =
  | Row
  | { readonly kind: 'blank' }
  | ({ readonly kind: 'quarantined'; readonly collection: Collection } & Fault)
  /**
   * Nothing yet: this is two lines, the second of which begins at `second`. An object without a final line feed was
   * concatenated with the next one.
   */
  | { readonly kind: 'joined'; readonly second: number }
  | KeyNeeded;

/** Nothing yet: the same line can be read again once the key is known. */
export interface KeyNeeded {
  readonly kind: 'key-needed';
  readonly key: WrappedKey;
}

/** Reads one line, its bytes from `start` to `end` without the line feed, of an object of the topic's collection. */
export type ReadRecord = (bytes: Uint8Array, start: number, end: number, topic: CollectionName) => Outcome;

const OPEN_BRACE = 0x7b;
const BLANK = { kind: 'blank' } as const;
const SANITISED: CanonicalRules = { sanitise: true, stripLineBreaks: false, wrapDates: true };
const STRIPPED: CanonicalRules = { ...SANITISED, stripLineBreaks: true };
const DOCUMENT_FAULTS: Partial<Record<QuarantineReason, string>> = {
  'invalid-date': 'the document holds a date that does not exist or has no accepted form',
  'unsupported-value': 'the document holds a lone surrogate',
};
const NO_MESSAGE: Fault = { reason: 'missing-field', detail: 'message is missing or no object' };
const NO_FOLDER: Fault = {
  reason: 'unsupported-value',
  detail: 'message.db or message.collection is no name that a folder can have',
};
const NO_ID: Fault = {
  reason: 'invalid-id',
  detail: 'message._id is no object, non-empty string or integer',
};
const NO_BASE64: Fault = { reason: 'invalid-encryption', detail: 'message.dbObject is no base64' };
const UNNAMED_KEY: KnownKey = {
  kind: 'refused',
  reason: 'message.encryption names its key with a lone surrogate',
};
const PUT_TIME = new TextEncoder().encode('put_time');

/**
 * Makes a reader of records: parse envelope, check fields, find the data key, decrypt, parse, transform, validate,
 * sanitise, canonical text. Each text is scanned once and written once.
 *
 * @see design.md 4
 */
export function recordReader(findCollection: FindCollection, findKey: FindKey): ReadRecord {
  const envelopeText = emptyText();
  const document = emptyText();
  const documentId = emptyCanonicalText();
  const initialisationVector = new Uint8Array(64);
  const facts: DocumentFacts = { isRemoved: false, lastModifiedMs: 0 };
  const row: Row = {
    kind: 'row',
    collection: findCollection({ db: '', collection: '' }),
    id: emptyCanonicalText(),
    idPart: 0,
    isDelete: false,
    lastModifiedMs: 0,
    val: emptyCanonicalText(),
    fingerprint: new Int32Array(2),
    isIdMismatch: false,
  };

  const lastDb = noLastText();
  const lastCollection = noLastText();
  let lastTopic: CollectionName | undefined;
  let lastFound: Collection | undefined;
  const lastKeyId = noLastText();
  const lastWrappedKey = noLastText();
  let lastKey: KnownKey | undefined;

  return (bytes, start, end, topic) => {
    if (isBlank(bytes, start, end)) return BLANK;
    const unreadable = scanLine(envelopeText, bytes, start, end);
    if (unreadable !== undefined) {
      const second = joinedAt(envelopeText);
      if (second !== undefined) return { kind: 'joined', second: start + second };
      return quarantined(findCollection(topic), unreadable);
    }
    if (!findFields(envelopeText)) return quarantined(findCollection(topic), NO_MESSAGE);
    const collection = collectionOf(topic);
    if (collection === undefined) return quarantined(findCollection(topic), NO_FOLDER);
    const envelope = readEnvelope(envelopeText);
    if ('reason' in envelope) return quarantined(collection, envelope);
    const fault = readId(envelope) ?? readEncrypted(envelope);
    if (fault !== undefined) return quarantined(collection, fault);

    const key = keyOf(envelope);
    if (key.kind === 'key-needed') return key;
    if (key.kind === 'refused') return quarantined(collection, { reason: 'key-refused', detail: key.reason });
    key.decrypt(document.bytes, document.length, initialisationVector);

    const documentFault = readDocument(collection, envelope);
    if (documentFault !== undefined) return quarantined(collection, documentFault);
    row.collection = collection;
    row.idPart = idPart(row.id, envelopeText, envelope.id);
    row.isDelete = facts.isRemoved || (collection.deleteRule === 'any-sign' && envelope.isDelete);
    row.lastModifiedMs = Number.isNaN(envelope.versionMs) ? facts.lastModifiedMs : envelope.versionMs;
    cutPutTime(envelopeText);
    fingerprint(envelopeText.bytes, envelopeText.length, row.fingerprint, 0);
    return row;
  };

  /** The envelope's collection, each missing half from the topic; undefined when no folder can have the name. */
  function collectionOf(topic: CollectionName): Collection | undefined {
    const { db, collection } = findNames(envelopeText);
    if (topic === lastTopic && isLastText(lastDb, envelopeText, db)) {
      if (isLastText(lastCollection, envelopeText, collection)) return lastFound;
    }
    const name = {
      db: db === undefined ? topic.db : stringValue(envelopeText, db),
      collection: collection === undefined ? topic.collection : stringValue(envelopeText, collection),
    };
    if (!isUsable(name)) return undefined;
    rememberText(lastDb, envelopeText, db);
    rememberText(lastCollection, envelopeText, collection);
    lastTopic = topic;
    lastFound = findCollection(name);
    return lastFound;
  }

  function readId(envelope: Envelope): Fault | undefined {
    if (!writeId(row.id, envelopeText, envelope.id)) return NO_ID;
    return row.id.fault && { reason: row.id.fault, detail: 'message._id holds a lone surrogate' };
  }

  /** Decodes the initialisation vector and the document, still encrypted. */
  function readEncrypted(envelope: Envelope): Fault | undefined {
    const length = decodeString64(envelopeText, envelope.initialisationVector, initialisationVector);
    if (length !== IV_LENGTH) {
      const is = length < 0 ? 'is no base64' : `decodes to ${length} bytes`;
      const detail = `message.encryption.initialisationVector ${is}; ${IV_LENGTH} bytes are needed`;
      return { reason: 'invalid-encryption', detail };
    }
    return decodeDocument(document, envelopeText, envelope) ? undefined : NO_BASE64;
  }

  function keyOf({ keyId, wrappedKey }: Envelope): KnownKey | KeyNeeded {
    if (lastKey !== undefined && isLastText(lastWrappedKey, envelopeText, wrappedKey)) {
      if (isLastText(lastKeyId, envelopeText, keyId)) return lastKey;
    }
    const id = stringValue(envelopeText, keyId);
    const wrapped = stringValue(envelopeText, wrappedKey);
    if (id === undefined || wrapped === undefined) return UNNAMED_KEY;
    const wanted = { keyId: id, wrappedKey: wrapped };
    const known = findKey(wanted);
    if (known === undefined) return { kind: 'key-needed', key: wanted };
    if (known.kind === 'key') {
      rememberText(lastKeyId, envelopeText, keyId);
      rememberText(lastWrappedKey, envelopeText, wrappedKey);
      lastKey = known;
    }
    return known;
  }

  function readDocument(collection: Collection, envelope: Envelope): Fault | undefined {
    switch (scanJson(document)) {
      case 'invalid':
        return { reason: 'decrypt-mismatch', detail: 'message.dbObject decrypts to text that is not JSON' };
      case 'not-utf8':
        return {
          reason: 'decrypt-mismatch',
          detail: 'message.dbObject decrypts to bytes that are not UTF-8',
        };
      case 'too-deep':
        return { reason: 'unsupported-value', detail: 'the document is nested too deep' };
      case 'ok':
    }
    if (kindOf(document, 0) !== OBJECT)
      return { reason: 'not-an-object', detail: 'the document is no object' };
    row.isIdMismatch = isOtherId(row.id);
    if (row.isIdMismatch && collection.idMismatch === 'quarantine') {
      return { reason: 'invalid-id', detail: "the document's _id is not message._id" };
    }

    let root = 0;
    let added: readonly AddedMember[] = [];
    if (collection.transform === 'audit') {
      const record = auditRecord(document, envelopeText, envelope.lastModified);
      if (record === undefined)
        return { reason: 'transform-failed', detail: 'context or auditType is missing or empty' };
      ({ root, added } = record);
    }
    writeDocument(row.val, document, root, collection.stripLineBreaks ? STRIPPED : SANITISED, added, facts);
    if (row.val.fault === undefined) return undefined;
    return {
      reason: row.val.fault,
      detail: DOCUMENT_FAULTS[row.val.fault] ?? 'the document cannot be written',
    };
  }

  function isOtherId(id: CanonicalText): boolean {
    const node = findMember(document, 0, ID);
    if (node === undefined) return false;
    if (!writeId(documentId, document, node)) return true;
    return (
      Buffer.compare(id.bytes.subarray(0, id.length), documentId.bytes.subarray(0, documentId.length)) !== 0
    );
  }
}

function quarantined(collection: Collection, { reason, detail }: Fault): Outcome {
  return { kind: 'quarantined', collection, reason, detail };
}

/** Where a second envelope begins behind the first one of the text. */
function joinedAt({ bytes, end, length }: JsonText): number | undefined {
  return end > 0 && end < length && bytes[end] === OPEN_BRACE ? end : undefined;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const character = bytes[at];
    if (character !== 0x20 && character !== 0x0d && character !== 0x09) return false;
  }
  return true;
}

function scanLine(text: JsonText, bytes: Uint8Array, start: number, end: number): Fault | undefined {
  const line = bytes.subarray(start, end);
  reserveText(text, line.length, 0);
  text.bytes.set(line);
  text.length = line.length;
  switch (scanJson(text)) {
    case 'invalid':
      return { reason: 'invalid-json', detail: 'the line is not JSON' };
    case 'not-utf8':
      return { reason: 'invalid-json', detail: 'the line is not UTF-8' };
    case 'too-deep':
      return { reason: 'unsupported-value', detail: 'the line is nested too deep' };
    case 'ok':
      return undefined;
  }
}

function isUsable(name: { db: string | undefined; collection: string | undefined }): name is CollectionName {
  const { db, collection } = name;
  return db !== undefined && collection !== undefined && fitsKey({ db, collection });
}

/** Decodes the base64 of a string node to the beginning of `out`; answers how many bytes, or -1. */
function decodeString64(text: JsonText, node: number, out: Uint8Array): number {
  const end = charactersEnd(text, node);
  const start = charactersStart(text, node);
  if (end < 0 || (end - start) * 3 > out.length * 4) return -1;
  return decodeBase64(text.bytes, start, end, out, 0);
}

/** Puts the encrypted document where it will be decrypted, with room for what a transform adds. */
function decodeDocument(document: JsonText, text: JsonText, envelope: Envelope): boolean {
  const room =
    (text.nodes[envelope.dbObject + END] as number) - (text.nodes[envelope.dbObject + START] as number);
  const { lastModified } = envelope;
  const time =
    lastModified === undefined
      ? 0
      : (text.nodes[lastModified + END] as number) - (text.nodes[lastModified + START] as number);
  reserveText(document, room, 4 * time);
  document.length = decodeString64(text, envelope.dbObject, document.bytes);
  return document.length >= 0;
}

/** Takes every `put_time` out of an envelope's text, with its comma: all that a replay changes. */
function cutPutTime(text: JsonText): void {
  const { bytes, nodes } = text;
  const spans: [number, number][] = [];
  const last = nodes[NEXT] as number;
  for (let key = NODE; key < last; key = nodes[key + NODE + NEXT] as number) {
    if (!isString(text, key, PUT_TIME)) continue;
    const value = key + NODE;
    const end = (nodes[value + END] as number) + (kindOf(text, value) === STRING ? 1 : 0);
    spans.push(withComma(bytes, (nodes[key + START] as number) - 1, end));
  }
  for (const [start, end] of spans.toReversed()) {
    bytes.copyWithin(start, end, text.length);
    text.length -= end - start;
  }
}

/** A member's span and the comma before it or, for the first member, the one behind. */
function withComma(bytes: Uint8Array, start: number, end: number): [number, number] {
  let before = start - 1;
  while (isSpace(bytes[before])) before -= 1;
  if (bytes[before] === 0x2c) return [before, end];
  let behind = end;
  while (isSpace(bytes[behind])) behind += 1;
  if (bytes[behind] !== 0x2c) return [start, end];
  behind += 1;
  while (isSpace(bytes[behind])) behind += 1;
  return [start, behind];
}

function isSpace(character: number | undefined): boolean {
  return character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09;
}
