import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { isS3Error, nameOf, s3Fault } from './s3-error.ts';
import type { Bucket } from './s3-error.ts';
import { resumingBody, type AnsweredBytes, type Resume } from './s3-body.ts';
import type { ByteRange, GetOptions, GetResult, ObjectInfo } from './store.ts';

export async function getObject(place: Bucket, key: string, options: GetOptions): Promise<GetResult> {
  const opened = await openObject(place, key, options);
  if (opened.kind !== 'found') return opened;
  const { info, bytes } = opened;
  const { versionId, range, signal } = options;
  const start = range?.start ?? 0;
  const pins = { ...(versionId !== undefined && { versionId }), ...(signal !== undefined && { signal }) };
  const resume: Resume = async (received) => {
    const left = { start: start + received, end: start + bytes };
    const rest = await openObject(place, key, { ...pins, ifMatch: info.eTag, range: left });
    return rest.kind === 'found' ? rest : undefined;
  };
  return { kind: 'found', info, body: resumingBody(key, opened, resume, signal) };
}

type OpenedObject =
  | Exclude<GetResult, { kind: 'found' }>
  | ({ readonly kind: 'found'; readonly info: ObjectInfo } & AnsweredBytes);

async function openObject(place: Bucket, key: string, options: GetOptions): Promise<OpenedObject> {
  const { ifMatch, versionId, range, signal } = options;
  signal?.throwIfAborted();
  if (range !== undefined && !(range.start >= 0 && range.start < range.end)) throw outOfRange(key, range);
  try {
    const output = await place.client.send(
      new GetObjectCommand({
        Bucket: place.bucket,
        Key: key,
        ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
        ...(versionId !== undefined && { VersionId: versionId }),
        ...(range !== undefined && { Range: `bytes=${range.start}-${range.end - 1}` }),
      }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    return found(key, output, range);
  } catch (error) {
    signal?.throwIfAborted();
    if (isS3Error(error, 'NoSuchKey')) return { kind: 'missing' };
    if (isS3Error(error, 'InvalidRange') && range !== undefined) throw outOfRange(key, range, error);
    if (isS3Error(error, 'PreconditionFailed')) {
      const present = await headObject(place, key);
      return present === undefined ? { kind: 'missing' } : { kind: 'changed', eTag: present.eTag };
    }
    // The version is deleted, or is what tells of a deletion. The object may still be the one the eTag tells of.
    if (isS3Error(error, 'NoSuchVersion', 'MethodNotAllowed') && versionId !== undefined) {
      const { versionId: _, ...pinnedByETag } = options;
      return ifMatch === undefined ? { kind: 'missing' } : await openObject(place, key, pinnedByETag);
    }
    throw s3Fault(`get ${nameOf(place, key)}`, error);
  }
}

export async function headObject(place: Bucket, key: string): Promise<ObjectInfo | undefined> {
  try {
    const output = await place.client.send(new HeadObjectCommand({ Bucket: place.bucket, Key: key }));
    return infoOf(key, output.ContentLength, output);
  } catch (error) {
    if (isS3Error(error, 'NotFound')) return await absentOrThrow(place, key);
    throw s3Fault(`head ${nameOf(place, key)}`, error);
  }
}

/** HEAD answers the same where there is no such bucket; GET, which takes no other permission, says which it is. */
async function absentOrThrow(place: Bucket, key: string): Promise<ObjectInfo | undefined> {
  const opened = await openObject(place, key, {});
  if (opened.kind !== 'found') return undefined;
  opened.stream.destroy();
  return opened.info;
}

function found(key: string, output: GetObjectCommandOutput, range: ByteRange | undefined): OpenedObject {
  const { Body, ContentLength, ContentRange } = output;
  if (!(Body instanceof Readable))
    throw new Error(`S3: get ${JSON.stringify(key)}: an answer without a body`);
  if (range === undefined) {
    const info = infoOf(key, ContentLength, output);
    return { kind: 'found', info, stream: Body, bytes: info.size };
  }
  const size = Number(/^bytes \d+-\d+\/(\d+)$/.exec(ContentRange ?? '')?.[1]);
  const end = Math.min(range.end, size);
  if (ContentRange !== `bytes ${range.start}-${end - 1}/${size}`) {
    Body.destroy();
    throw new Error(`S3: get ${JSON.stringify(key)}: asked for a range, got ${ContentRange ?? 'another'}`);
  }
  return { kind: 'found', info: infoOf(key, size, output), stream: Body, bytes: end - range.start };
}

function infoOf(key: string, size: number | undefined, output: HeadObjectCommandOutput): ObjectInfo {
  const { ETag, LastModified, VersionId } = output;
  if (size === undefined || ETag === undefined || LastModified === undefined) {
    throw new Error(`S3: ${JSON.stringify(key)}: an answer without size, eTag or time`);
  }
  return {
    key,
    size,
    eTag: ETag.replaceAll('"', ''),
    lastModified: LastModified,
    ...(VersionId !== undefined && { versionId: VersionId }),
  };
}

function outOfRange(key: string, { start, end }: ByteRange, cause?: unknown): RangeError {
  return new RangeError(`object ${JSON.stringify(key)} has no bytes from ${start} to ${end}`, { cause });
}
