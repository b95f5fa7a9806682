import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { assertObjectKey } from './object-key.ts';
import { nameOf, s3Fault } from './s3-error.ts';
import type { Bucket } from './s3-error.ts';
import type { DeleteResult } from './store.ts';

/** A key is deleted only if S3 says so, key by key. */
export async function deleteObjects(
  place: Bucket,
  keys: readonly string[],
): Promise<readonly DeleteResult[]> {
  const errors = new Map<string, Error>();
  const together: string[] = [];
  for (const key of new Set(keys)) {
    const refusal = refusalOf(key);
    if (refusal !== undefined) errors.set(key, refusal);
    else if (!UNTELLABLE.test(key)) together.push(key);
    else await deleteAlone(place, key, errors);
  }
  for (let start = 0; start < together.length; start += KEYS_AT_ONCE) {
    await deleteTogether(place, together.slice(start, start + KEYS_AT_ONCE), errors);
  }
  return keys.map((key) => {
    const error = errors.get(key);
    return error === undefined ? { kind: 'deleted', key } : { kind: 'failed', key, error };
  });
}

/** What S3 takes in one request. */
const KEYS_AT_ONCE = 1000;

/** Characters that XML cannot hold: S3 would refuse the whole request. */
// oxlint-disable-next-line no-control-regex
const UNTELLABLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

function refusalOf(key: string): Error | undefined {
  try {
    assertObjectKey(key);
    return undefined;
  } catch (error) {
    return toError(error);
  }
}

async function deleteAlone(place: Bucket, key: string, errors: Map<string, Error>): Promise<void> {
  try {
    await place.client.send(new DeleteObjectCommand({ Bucket: place.bucket, Key: key }));
  } catch (error) {
    errors.set(key, toError(s3Fault(`delete ${nameOf(place, key)}`, error)));
  }
}

async function deleteTogether(
  place: Bucket,
  keys: readonly string[],
  errors: Map<string, Error>,
): Promise<void> {
  try {
    const { Deleted = [], Errors = [] } = await place.client.send(
      new DeleteObjectsCommand({
        Bucket: place.bucket,
        Delete: { Objects: keys.map((key) => ({ Key: key })) },
      }),
    );
    const deleted = new Set(Deleted.map(({ Key }) => Key));
    const codes = new Map(Errors.map(({ Key, Code, Message }) => [Key, `${Code}: ${Message}`]));
    for (const key of keys) {
      if (deleted.has(key)) continue;
      const reason = codes.get(key) ?? 'nothing was said of it';
      errors.set(key, new Error(`S3: delete ${nameOf(place, key)}: ${reason}`));
    }
  } catch (error) {
    for (const key of keys) errors.set(key, toError(s3Fault(`delete ${nameOf(place, key)}`, error)));
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
