import type { S3Client } from '@aws-sdk/client-s3';
import { assertObjectKey } from './object-key.ts';
import { deleteObjects } from './s3-delete.ts';
import { listFolderPrefixes, listObjects } from './s3-list.ts';
import { getObject, headObject } from './s3-read.ts';
import { putObject } from './s3-write.ts';
import type { ObjectStore } from './store.ts';

export interface S3StoreOptions {
  /** What objects are encrypted with, by way of a bucket key; the bucket's default when not given. */
  readonly kmsKeyId?: string;
}

/**
 * The objects of a bucket, by a client that `s3Client` made.
 *
 * Objects whose keys the port does not know, such as the folder markers of consoles, are not listed. An eTag is the MD5
 * of the content only for what was put in one piece and is not encrypted by a key of KMS.
 *
 * It throws plain errors, with the SDK's own as their cause.
 */
export function s3Store(client: S3Client, bucket: string, options: S3StoreOptions = {}): ObjectStore {
  const place = { client, bucket };
  return {
    async get(key, getOptions = {}) {
      assertObjectKey(key);
      return await getObject(place, key, getOptions);
    },
    async head(key) {
      assertObjectKey(key);
      return await headObject(place, key);
    },
    async put(key, body, putOptions = {}) {
      assertObjectKey(key);
      return await putObject(place, key, body, putOptions, options.kmsKeyId);
    },
    list(prefix, listOptions = {}) {
      return listObjects(place, prefix, listOptions.after);
    },
    async listFolders(prefix) {
      return await listFolderPrefixes(place, prefix);
    },
    async delete(keys) {
      return await deleteObjects(place, keys);
    },
  };
}
