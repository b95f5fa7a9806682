import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { Random } from './random.ts';
import { putTime } from './timestamp.ts';

/** A data key, also as the standalone key service wraps it: its bytes in reverse order. */
export interface DataKey {
  readonly key: KeyObject;
  readonly keyEncryptionKeyId: string;
  /** Base64. */
  readonly wrappedKey: string;
}

/** An envelope before it is written; a member that is `undefined` is left out. */
export interface Envelope {
  readonly traceId: string;
  readonly unitOfWorkId: string;
  readonly type: string;
  readonly idJson: string;
  /** Absent on audit and equality envelopes. */
  readonly source: { readonly db: string; readonly collection: string } | undefined;
  readonly lastModifiedJson: string;
  readonly createdDateTime: string | undefined;
  readonly removedDateTime: string | undefined;
  readonly dataKey: DataKey;
  /** 16 bytes, the start of the counter. */
  readonly iv: Buffer;
  /** Base64. */
  readonly dbObject: string | undefined;
  readonly timestampCreatedFrom: string;
  readonly version: string;
  readonly timestamp: string;
}

export function newDataKey(random: Random): DataKey {
  const plain = random.bytes(16);
  return {
    key: createSecretKey(plain),
    keyEncryptionKeyId: `cloudhsm:262${152 + random.below(3)},262151`,
    wrappedKey: Buffer.from(plain).reverse().toString('base64'),
  };
}

/** AES-CTR over the UTF-8 bytes of the document, as base64. */
export function encryptDocument(document: string, dataKey: DataKey, iv: Buffer): string {
  return createCipheriv('aes-128-ctr', dataKey.key, iv).update(document, 'utf8').toString('base64');
}

/**
 * A JSON line up to where {@link lineEnd} goes on: members in the order in which the collector of Kafka messages writes them. It adds
 * `put_time` last, when it writes the object, so a replay of the same line differs in that and in nothing else.
 */
export function lineStart(envelope: Envelope): string {
  const { source, createdDateTime, removedDateTime, dataKey, dbObject } = envelope;
  return (
    `{"traceId":"${envelope.traceId}","unitOfWorkId":"${envelope.unitOfWorkId}","@type":"V4",` +
    `"message":{"@type":"${envelope.type}",` +
    (source === undefined ? '' : `"collection":"${source.collection}","db":"${source.db}",`) +
    `"_id":${envelope.idJson},"_lastModifiedDateTime":${envelope.lastModifiedJson},` +
    (createdDateTime === undefined ? '' : `"createdDateTime":"${createdDateTime}",`) +
    (removedDateTime === undefined ? '' : `"_removedDateTime":"${removedDateTime}",`) +
    `"encryption":{"encryptedEncryptionKey":"${dataKey.wrappedKey}",` +
    `"initialisationVector":"${envelope.iv.toString('base64')}",` +
    `"keyEncryptionKeyId":"${dataKey.keyEncryptionKeyId}"},` +
    (dbObject === undefined ? '' : `"dbObject":"${dbObject}",`) +
    `"timestamp_created_from":"${envelope.timestampCreatedFrom}"},` +
    `"version":"${envelope.version}","timestamp":"${envelope.timestamp}"`
  );
}

/** The end of a line, always equally long; `putMs` is when its object was written. */
export function lineEnd(putMs: number): string {
  return `,"put_time":"${putTime(putMs)}"}`;
}
