import { createCipheriv } from 'node:crypto';

/** What of a good line is another: members replace those of the same name, and `undefined` takes one out. */
export interface LineParts {
  /** The document before encryption; bytes if it is no text. */
  readonly document?: string | Uint8Array;
  readonly root?: object;
  readonly message?: object;
  readonly encryption?: object;
}

export const dataKey = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

/** All ones but for the last bit: the counter wraps after two blocks. */
export const initialisationVector = Buffer.from('fffffffffffffffffffffffffffffffe', 'hex');

/** A line as the Kafka dump writes it: `core:contract`, the id `{"id":"ab12"}`, an empty document. */
export function recordLine({ document = '{}', root, message, encryption }: LineParts = {}): string {
  return JSON.stringify({
    traceId: '0f5c2f0e-1111-4a4a-9c9c-000000000001',
    unitOfWorkId: null,
    '@type': 'V4',
    message: {
      '@type': 'MONGO_UPDATE',
      collection: 'contract',
      db: 'core',
      _id: { id: 'ab12' },
      _lastModifiedDateTime: '2023-07-02T09:15:00.123+0000',
      encryption: {
        encryptedEncryptionKey: wrap(dataKey),
        initialisationVector: initialisationVector.toString('base64'),
        keyEncryptionKeyId: 'cloudhsm:262152,262151',
        ...encryption,
      },
      dbObject: encrypt(document),
      timestamp_created_from: '_lastModifiedDateTime',
      ...message,
    },
    version: 'core-4.release_152.16',
    timestamp: '2023-07-02T09:15:00.456+0000',
    put_time: '2023-07-02 09:15:04.001',
    ...root,
  });
}

/** As the standalone key service unwraps: the bytes in reverse, in base64. */
export function wrap(key: Uint8Array): string {
  return Buffer.from(key.toReversed()).toString('base64');
}

/** AES-CTR, in base64. */
export function encrypt(document: string | Uint8Array, key: Uint8Array = dataKey): string {
  return createCipheriv(`aes-${key.length * 8}-ctr`, key, initialisationVector)
    .update(document)
    .toString('base64');
}
