import { dateOf } from './canonical.ts';
import { END, OBJECT, START, STRING, kindOf, type JsonText } from './json.ts';
import { findMember, isString } from './strings.ts';
import type { QuarantineReason } from './reason.ts';

/** Where an envelope's fields are: nodes of its text. */
export interface Envelope {
  readonly id: number;
  readonly dbObject: number;
  readonly keyId: number;
  readonly wrappedKey: number;
  readonly initialisationVector: number;
  /** `message._lastModifiedDateTime` */
  readonly lastModified: number | undefined;
  /** `message.@type` is `MONGO_DELETE`, or `message._removedDateTime` is a non-empty string. */
  readonly isDelete: boolean;
  /** Milliseconds since 1970 of the first date that says when the record was changed; NaN when none parses. */
  readonly versionMs: number;
}

/** Why there is no row, and which field it was for: never what the field held. */
export interface Fault {
  readonly reason: QuarantineReason;
  readonly detail: string;
}

/** The names in an envelope's `message`; undefined for those it leaves to the topic. */
export interface EnvelopeNames {
  readonly db: number | undefined;
  readonly collection: number | undefined;
}

/** `message`, or undefined when the text is no envelope. */
export function findMessage(text: JsonText): number | undefined {
  return findObject(text, 0, MESSAGE);
}

export function findNames(text: JsonText, message: number): EnvelopeNames {
  return { db: findText(text, message, DB), collection: findText(text, message, COLLECTION) };
}

/** Checks the fields of an envelope's `message`. */
export function readEnvelope(text: JsonText, message: number): Envelope | Fault {
  const id = findMember(text, message, ID);
  if (id === undefined) return missing('message._id');
  const encryption = findObject(text, message, ENCRYPTION);
  if (encryption === undefined) return missing('message.encryption');
  const keyId = findText(text, encryption, KEY_ID);
  if (keyId === undefined) return missing('message.encryption.keyEncryptionKeyId');
  const wrappedKey = findText(text, encryption, WRAPPED_KEY);
  if (wrappedKey === undefined) return missing('message.encryption.encryptedEncryptionKey');
  const initialisationVector = findText(text, encryption, INITIALISATION_VECTOR);
  if (initialisationVector === undefined) return missing('message.encryption.initialisationVector');
  const dbObject = findText(text, message, DB_OBJECT);
  if (dbObject === undefined) return missing('message.dbObject');

  const type = findText(text, message, TYPE);
  const isMongoDelete = type !== undefined && isString(text, type, MONGO_DELETE);
  const lastModified = findMember(text, message, LAST_MODIFIED);
  return {
    id,
    dbObject,
    keyId,
    wrappedKey,
    initialisationVector,
    lastModified,
    isDelete: isMongoDelete || findText(text, message, REMOVED) !== undefined,
    versionMs: version(text, message, isMongoDelete, lastModified),
  };
}

function version(
  text: JsonText,
  message: number,
  isMongoDelete: boolean,
  lastModified: number | undefined,
): number {
  const queued = isMongoDelete ? date(text, findMember(text, 0, TIMESTAMP)) : Number.NaN;
  if (!Number.isNaN(queued)) return queued;
  const modified = date(text, lastModified);
  return Number.isNaN(modified) ? date(text, findMember(text, message, CREATED)) : modified;
}

/** Of a string, or of `{"$date": string}`. */
function date(text: JsonText, node: number | undefined): number {
  if (node === undefined) return Number.NaN;
  if (kindOf(text, node) === OBJECT) return date(text, findMember(text, node, DATE));
  return kindOf(text, node) === STRING ? dateOf(text, node) : Number.NaN;
}

function findObject(text: JsonText, object: number, name: Uint8Array): number | undefined {
  if (kindOf(text, object) !== OBJECT) return undefined;
  const found = findMember(text, object, name);
  return found !== undefined && kindOf(text, found) === OBJECT ? found : undefined;
}

/** A member that is a non-empty string. */
function findText(text: JsonText, object: number, name: Uint8Array): number | undefined {
  const found = findMember(text, object, name);
  if (found === undefined || kindOf(text, found) !== STRING) return undefined;
  return text.nodes[found + START] === text.nodes[found + END] ? undefined : found;
}

function missing(field: string): Fault {
  return { reason: 'missing-field', detail: `${field} is missing or empty` };
}

const encoder = new TextEncoder();
const MESSAGE = encoder.encode('message');
const TIMESTAMP = encoder.encode('timestamp');
const TYPE = encoder.encode('@type');
const MONGO_DELETE = encoder.encode('MONGO_DELETE');
const DATE = encoder.encode('$date');
const DB = encoder.encode('db');
const COLLECTION = encoder.encode('collection');
const ID = encoder.encode('_id');
const LAST_MODIFIED = encoder.encode('_lastModifiedDateTime');
const CREATED = encoder.encode('createdDateTime');
const REMOVED = encoder.encode('_removedDateTime');
const DB_OBJECT = encoder.encode('dbObject');
const ENCRYPTION = encoder.encode('encryption');
const KEY_ID = encoder.encode('keyEncryptionKeyId');
const WRAPPED_KEY = encoder.encode('encryptedEncryptionKey');
const INITIALISATION_VECTOR = encoder.encode('initialisationVector');
