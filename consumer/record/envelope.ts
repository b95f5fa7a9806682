import { dateOf } from './canonical.ts';
import { END, OBJECT, START, STRING, kindOf, type JsonText } from './json.ts';
import { findMembers, memberNames } from './member-names.ts';
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

/** Finds the fields of an envelope, for the functions below; false when the text has no `message`. */
export function findFields(text: JsonText): boolean {
  if (kindOf(text, 0) !== OBJECT) return false;
  const message = findMember(text, 0, MESSAGE);
  if (message === undefined || kindOf(text, message) !== OBJECT) return false;
  findMembers(text, message, FIELD_NAMES, fields);
  return true;
}

export function findNames(text: JsonText): EnvelopeNames {
  return { db: textAt(text, fields, Field.db), collection: textAt(text, fields, Field.collection) };
}

/** Checks the fields. */
export function readEnvelope(text: JsonText): Envelope | Fault {
  const id = fields[Field.id] as number;
  if (id < 0) return missing('message._id');
  const encryption = fields[Field.encryption] as number;
  if (encryption < 0 || kindOf(text, encryption) !== OBJECT) return missing('message.encryption');
  findMembers(text, encryption, ENCRYPTION_NAMES, encryptionFields);
  const keyId = textAt(text, encryptionFields, 0);
  if (keyId === undefined) return missing('message.encryption.keyEncryptionKeyId');
  const wrappedKey = textAt(text, encryptionFields, 1);
  if (wrappedKey === undefined) return missing('message.encryption.encryptedEncryptionKey');
  const initialisationVector = textAt(text, encryptionFields, 2);
  if (initialisationVector === undefined) return missing('message.encryption.initialisationVector');
  const dbObject = textAt(text, fields, Field.dbObject);
  if (dbObject === undefined) return missing('message.dbObject');

  const type = textAt(text, fields, Field.type);
  const isMongoDelete = type !== undefined && isString(text, type, MONGO_DELETE);
  const lastModified = fields[Field.lastModified] as number;
  return {
    id,
    dbObject,
    keyId,
    wrappedKey,
    initialisationVector,
    lastModified: lastModified < 0 ? undefined : lastModified,
    isDelete: isMongoDelete || textAt(text, fields, Field.removed) !== undefined,
    versionMs: version(text, isMongoDelete),
  };
}

function version(text: JsonText, isMongoDelete: boolean): number {
  const queued = isMongoDelete ? date(text, findMember(text, 0, TIMESTAMP) ?? -1) : Number.NaN;
  if (!Number.isNaN(queued)) return queued;
  const modified = date(text, fields[Field.lastModified] as number);
  return Number.isNaN(modified) ? date(text, fields[Field.created] as number) : modified;
}

/** Of a string, or of `{"$date": string}`. */
function date(text: JsonText, node: number): number {
  if (node < 0) return Number.NaN;
  if (kindOf(text, node) === OBJECT) return date(text, findMember(text, node, DATE) ?? -1);
  return kindOf(text, node) === STRING ? dateOf(text, node) : Number.NaN;
}

/** A found field that is a non-empty string. */
function textAt(text: JsonText, found: Int32Array, number: number): number | undefined {
  const node = found[number] as number;
  if (node < 0 || kindOf(text, node) !== STRING) return undefined;
  return text.nodes[node + START] === text.nodes[node + END] ? undefined : node;
}

function missing(field: string): Fault {
  return { reason: 'missing-field', detail: `${field} is missing or empty` };
}

/** The members of `message` that are read, by their numbers in `FIELD_NAMES`. */
const Field = {
  id: 0,
  db: 1,
  collection: 2,
  dbObject: 3,
  encryption: 4,
  type: 5,
  lastModified: 6,
  created: 7,
  removed: 8,
} as const;
const FIELD_NAMES = memberNames(
  '_id',
  'db',
  'collection',
  'dbObject',
  'encryption',
  '@type',
  '_lastModifiedDateTime',
  'createdDateTime',
  '_removedDateTime',
);
const ENCRYPTION_NAMES = memberNames('keyEncryptionKeyId', 'encryptedEncryptionKey', 'initialisationVector');
const fields = new Int32Array(FIELD_NAMES.count);
const encryptionFields = new Int32Array(ENCRYPTION_NAMES.count);

const encoder = new TextEncoder();
const MESSAGE = encoder.encode('message');
const TIMESTAMP = encoder.encode('timestamp');
const MONGO_DELETE = encoder.encode('MONGO_DELETE');
const DATE = encoder.encode('$date');
