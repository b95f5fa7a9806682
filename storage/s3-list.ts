import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { isObjectKey } from './object-key.ts';
import { s3Fault } from './s3-error.ts';
import type { Bucket } from './s3-error.ts';
import type { ListedObject } from './store.ts';

/** S3 lists in the order of the UTF-8 bytes of keys. */
export async function* listObjects(
  place: Bucket,
  prefix: string,
  after: string | undefined,
): AsyncGenerator<ListedObject> {
  for await (const page of pages(place, prefix, after === undefined ? {} : { StartAfter: after })) {
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      const key = decoded(page, Key);
      if (Size === undefined || LastModified === undefined) {
        throw new Error(`S3: list of bucket ${place.bucket}: an object without size or time`);
      }
      if (isObjectKey(key)) yield { key, size: Size, lastModified: LastModified };
    }
  }
}

export async function listFolderPrefixes(place: Bucket, prefix: string): Promise<readonly string[]> {
  if (prefix !== '' && !prefix.endsWith('/')) {
    throw new RangeError(`prefix ${JSON.stringify(prefix)} must be empty or end with "/"`);
  }
  const folders: string[] = [];
  for await (const page of pages(place, prefix, { Delimiter: '/' })) {
    folders.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => decoded(page, Prefix)));
  }
  return folders.filter((folder) => isObjectKey(folder.slice(0, -1)));
}

async function* pages(
  { client, bucket }: Bucket,
  prefix: string,
  options: { readonly StartAfter?: string; readonly Delimiter?: string },
): AsyncGenerator<ListObjectsV2CommandOutput> {
  try {
    yield* paginateListObjectsV2(
      { client },
      // XML cannot tell every character of a key, and changes some that it can.
      { Bucket: bucket, Prefix: prefix, EncodingType: 'url', ...options },
    );
  } catch (error) {
    throw s3Fault(`list ${JSON.stringify(prefix)} of bucket ${bucket}`, error);
  }
}

/** As forms encode, so a space is `+`. */
function decoded(page: ListObjectsV2CommandOutput, text = ''): string {
  return page.EncodingType === 'url' ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
}
