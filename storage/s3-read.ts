import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { isS3Error, nameOf, s3Fault } from './s3-error.ts';
import type { Bucket } from './s3-error.ts';
import type { ByteRange, GetOptions, GetResult, ObjectBody, ObjectInfo } from './store.ts';

export async function getObject(place: Bucket, key: string, options: GetOptions): Promise<GetResult> {
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
    return found(key, output, range, signal);
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
      return ifMatch === undefined ? { kind: 'missing' } : await getObject(place, key, pinnedByETag);
    }
    throw s3Fault(`get ${nameOf(place, key)}`, error);
  }
}

export async function headObject(place: Bucket, key: string): Promise<ObjectInfo | undefined> {
  try {
    const output = await place.client.send(new HeadObjectCommand({ Bucket: place.bucket, Key: key }));
    return infoOf(key, output.ContentLength, output);
  } catch (error) {
    if (isS3Error(error, 'NotFound')) return undefined;
    throw s3Fault(`head ${nameOf(place, key)}`, error);
  }
}

function found(
  key: string,
  output: GetObjectCommandOutput,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
): GetResult {
  const { Body, ContentLength, ContentRange } = output;
  if (!(Body instanceof Readable))
    throw new Error(`S3: get ${JSON.stringify(key)}: an answer without a body`);
  if (range === undefined) {
    const info = infoOf(key, ContentLength, output);
    return { kind: 'found', info, body: bodyOf(key, Body, info.size, signal) };
  }
  const size = Number(/^bytes \d+-\d+\/(\d+)$/.exec(ContentRange ?? '')?.[1]);
  const end = Math.min(range.end, size);
  if (ContentRange !== `bytes ${range.start}-${end - 1}/${size}`) {
    Body.destroy();
    throw new Error(`S3: get ${JSON.stringify(key)}: asked for a range, got ${ContentRange ?? 'another'}`);
  }
  const info = infoOf(key, size, output);
  return { kind: 'found', info, body: bodyOf(key, Body, end - range.start, signal) };
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

function bodyOf(
  key: string,
  stream: Readable,
  expectedBytes: number,
  signal: AbortSignal | undefined,
): ObjectBody {
  // A connection that breaks before anybody reads is an error of the reading, not of the process.
  stream.on('error', () => {});
  const chunks = readChunks(key, stream, expectedBytes, signal);
  return {
    [Symbol.asyncIterator]: () => chunks,
    // Not by way of the generator: its `finally` does not run if it was never started.
    async [Symbol.asyncDispose]() {
      stream.destroy();
    },
  };
}

/** Whether a connection ends or breaks, bytes that are missing are an error: S3 told how many there are. */
async function* readChunks(
  key: string,
  stream: Readable,
  expectedBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let received = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      received += chunk.length;
      yield chunk;
    }
    signal?.throwIfAborted();
  } catch (error) {
    signal?.throwIfAborted();
    throw brokenOff(key, received, expectedBytes, error);
  }
  if (received !== expectedBytes) throw brokenOff(key, received, expectedBytes);
}

function brokenOff(key: string, received: number, expectedBytes: number, cause?: unknown): Error {
  const message = `S3: get ${JSON.stringify(key)}: broke off after ${received} of ${expectedBytes} bytes`;
  return new Error(message, { cause });
}

function outOfRange(key: string, { start, end }: ByteRange, cause?: unknown): RangeError {
  return new RangeError(`object ${JSON.stringify(key)} has no bytes from ${start} to ${end}`, { cause });
}
