import { AbortMultipartUploadCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { isS3Error, nameOf, s3Fault } from './s3-error.ts';
import type { Bucket } from './s3-error.ts';
import type { ObjectContent, PutOptions, PutResult } from './store.ts';

/** Bytes that fit into one part go in one request, all else in parts. The SDK adds a CRC32 to each. */
export async function putObject(
  place: Bucket,
  key: string,
  body: ObjectContent,
  options: PutOptions,
  kmsKeyId: string | undefined,
): Promise<PutResult> {
  const target: Target = {
    Bucket: place.bucket,
    Key: key,
    Metadata: { [PUT_ID]: randomUUID() },
    // Correctness never rests on it: other stores that speak S3's protocol may ignore it.
    ...(options.ifAbsent === true && { IfNoneMatch: '*' }),
    ...(kmsKeyId !== undefined && {
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: kmsKeyId,
      BucketKeyEnabled: true,
    }),
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await (body instanceof Uint8Array && body.length <= PART_BYTES
        ? putWhole(place, target, body)
        : putInParts(place, target, body));
    } catch (error) {
      const isRefused = isS3Error(error, 'PreconditionFailed') && options.ifAbsent === true;
      if (isRefused || isS3Error(error, 'NoSuchUpload')) {
        const stored = await storedBefore(place, target);
        if (stored !== undefined) return stored;
        if (isRefused) return { kind: 'exists' };
      }
      // Somebody put or deleted the object at that moment. What came as a stream cannot be read again.
      const mayRepeat = body instanceof Uint8Array && attempt < MOST_CONFLICTS;
      if (isS3Error(error, 'ConditionalRequestConflict') && mayRepeat) continue;
      throw s3Fault(`put ${nameOf(place, key)}`, error);
    }
  }
}

interface Target {
  readonly Bucket: string;
  readonly Key: string;
  readonly Metadata: Readonly<Record<string, string>>;
  readonly IfNoneMatch?: '*';
  readonly ServerSideEncryption?: 'aws:kms';
  readonly SSEKMSKeyId?: string;
  readonly BucketKeyEnabled?: boolean;
}

/** S3 takes 10,000 parts: objects of up to 78 GiB. */
const PART_BYTES = 8 * 1024 * 1024;
/** Parts under way for one object, so that one takes up to 40 MiB of memory with the part that is being filled. */
const PARTS_AT_ONCE = 4;
const MOST_CONFLICTS = 5;
/** By which a put knows its own object when its answer was lost, and the repetition was refused because of it. */
const PUT_ID = 'put-id';

async function storedBefore(
  { client }: Bucket,
  { Bucket, Key, Metadata }: Target,
): Promise<PutResult | undefined> {
  try {
    const present = await client.send(new HeadObjectCommand({ Bucket, Key }));
    if (present.Metadata?.[PUT_ID] !== Metadata[PUT_ID]) return undefined;
    return { kind: 'stored', eTag: unquoted(present.ETag), size: present.ContentLength ?? 0 };
  } catch (error) {
    if (isS3Error(error, 'NotFound')) return undefined;
    throw s3Fault(`head ${JSON.stringify(Key)} of bucket ${Bucket}`, error);
  }
}

async function putWhole({ client }: Bucket, target: Target, body: Uint8Array): Promise<PutResult> {
  const { ETag } = await client.send(new PutObjectCommand({ ...target, Body: body }));
  return { kind: 'stored', eTag: unquoted(ETag), size: body.length };
}

async function putInParts(place: Bucket, target: Target, body: ObjectContent): Promise<PutResult> {
  let size = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      size += chunk.length;
      yield chunk;
    }
  };
  const stream = Readable.from(counted(), { highWaterMark: 1 });
  const upload = new Upload({
    client: place.client,
    params: { ...target, Body: stream },
    partSize: PART_BYTES,
    queueSize: PARTS_AT_ONCE,
    // It would leave parts after a failed completion, and hide why an upload failed if aborting it fails as well.
    leavePartsOnError: true,
  });
  try {
    const { ETag } = await upload.done();
    return { kind: 'stored', eTag: unquoted(ETag), size };
  } catch (error) {
    await abort(place, target, upload.uploadId);
    throw error;
  }
}

/** As far as it can: the bucket's lifecycle rule removes what remains. */
async function abort(
  { client }: Bucket,
  { Bucket, Key }: Target,
  uploadId: string | undefined,
): Promise<void> {
  if (uploadId === undefined) return;
  await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: uploadId })).catch(() => {});
}

function unquoted(eTag: string | undefined): string {
  return eTag?.replaceAll('"', '') ?? '';
}
