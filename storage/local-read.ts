import { createHash, hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import { isErrorCode } from './error-code.ts';
import { ObjectChangedError } from './store.ts';
import type { ByteRange, GetOptions, GetResult, ObjectBody, ObjectInfo } from './store.ts';

/**
 * A small file is read once, and hashed and served from the same memory. A larger one, or a range, is hashed and
 * served from one open handle: a file that is replaced meanwhile lives on for its readers.
 */
export async function readFile(
  path: string,
  key: string,
  options: GetOptions,
  eTags: FileETags,
): Promise<GetResult> {
  const { ifMatch, range, signal } = options;
  signal?.throwIfAborted();
  if (range !== undefined && ifMatch === undefined && range.end - range.start <= READ_NOW_BYTES) {
    return readRange(path, key, range, signal);
  }
  const handle = await openIfPresent(path);
  if (handle === undefined) return { kind: 'missing' };

  await using closing = new AsyncDisposableStack();
  closing.use(handle);
  const stats = await handle.stat({ bigint: true });
  if (!stats.isFile()) return { kind: 'missing' };

  if (range === undefined && stats.size <= READ_AT_ONCE_BYTES) {
    const bytes = await readUpTo(handle, Number(stats.size));
    const eTag = hash('md5', bytes);
    if (ifMatch !== undefined && ifMatch !== eTag) return { kind: 'changed', eTag };
    return { kind: 'found', info: infoOf(key, bytes.length, eTag, stats), body: bodyOfBytes(bytes, signal) };
  }

  // To hash a whole file for each range of it would cost more than the ranges.
  const isPinned = range === undefined || ifMatch !== undefined;
  const eTag = isPinned ? await eTags.of(handle, stats, key, signal) : '';
  if (ifMatch !== undefined && ifMatch !== eTag) return { kind: 'changed', eTag };
  const size = Number(stats.size);
  const window = windowOf(size, range, key);
  const info = infoOf(key, size, eTag, stats);
  if (window.end - window.start <= READ_AT_ONCE_BYTES) {
    const bytes = await readUpTo(handle, window.end - window.start, window.start);
    await assertUnchanged(handle, stats, key);
    return { kind: 'found', info, body: bodyOfBytes(bytes, signal) };
  }
  closing.move();
  return { kind: 'found', info, body: bodyOfFile(handle, stats, window, key, signal) };
}

/** A short range in one go: to wait for another thread five times takes longer than the reading. */
function readRange(path: string, key: string, range: ByteRange, signal: AbortSignal | undefined): GetResult {
  const file = openNowIfPresent(path);
  if (file === undefined) return { kind: 'missing' };
  try {
    const stats = fstatSync(file, { bigint: true });
    if (!stats.isFile()) return { kind: 'missing' };
    const size = Number(stats.size);
    const { start, end } = windowOf(size, range, key);
    const bytes = Buffer.allocUnsafe(end - start);
    let filled = 0;
    while (filled < bytes.length) {
      const bytesRead = readSync(file, bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    if (isChanged(fstatSync(file, { bigint: true }), stats)) throw new ObjectChangedError(key);
    return { kind: 'found', info: infoOf(key, size, '', stats), body: bodyOfBytes(bytes, signal) };
  } finally {
    closeSync(file);
  }
}

export async function headFile(path: string, key: string, eTags: FileETags): Promise<ObjectInfo | undefined> {
  await using handle = await openIfPresent(path);
  const stats = await handle?.stat({ bigint: true });
  if (handle === undefined || stats === undefined || !stats.isFile()) return undefined;
  return infoOf(key, Number(stats.size), await eTags.of(handle, stats, key), stats);
}

export interface FileETags {
  of(handle: FileHandle, stats: BigIntStats, key: string, signal?: AbortSignal): Promise<string>;
}

/** Remembers the eTags of files by what changes when their content does, so that each is hashed once. */
export function fileETags(): FileETags {
  const known = new LRUCache<string, string>({ max: 10_000 });
  return {
    async of(handle, stats, key, signal) {
      const identity = `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`;
      const remembered = known.get(identity);
      if (remembered !== undefined) return remembered;
      const eTag = await hashFile(handle, stats, key, signal);
      known.set(identity, eTag);
      return eTag;
    },
  };
}

/** What a disk gives in a few milliseconds, for which other work may wait. */
const READ_NOW_BYTES = 1024 * 1024;
const READ_AT_ONCE_BYTES = 8 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function openNowIfPresent(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function infoOf(key: string, size: number, eTag: string, stats: BigIntStats): ObjectInfo {
  return { key, size, eTag, lastModified: stats.mtime };
}

/** Fewer bytes than asked for if the file ends before. */
async function readUpTo(handle: FileHandle, length: number, from = 0): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function hashFile(
  handle: FileHandle,
  stats: BigIntStats,
  key: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const md5 = createHash('md5');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; position < stats.size;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) throw new ObjectChangedError(key);
    md5.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  await assertUnchanged(handle, stats, key);
  return md5.digest('hex');
}

function windowOf(size: number, range: ByteRange | undefined, key: string): ByteRange {
  if (range === undefined) return { start: 0, end: size };
  const { start, end } = range;
  if (!(start >= 0 && start < Math.min(end, size))) {
    throw new RangeError(
      `object ${JSON.stringify(key)} of ${size} bytes has no bytes from ${start} to ${end}`,
    );
  }
  return { start, end: Math.min(end, size) };
}

async function* bodyOfBytes(bytes: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  if (bytes.length > 0) yield bytes;
}

function bodyOfFile(
  handle: FileHandle,
  stats: BigIntStats,
  window: ByteRange,
  key: string,
  signal: AbortSignal | undefined,
): ObjectBody {
  const chunks = readChunks(handle, stats, window, key, signal);
  return {
    [Symbol.asyncIterator]: () => chunks,
    // Not by way of the generator: its `finally` does not run if it was never started.
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function* readChunks(
  handle: FileHandle,
  stats: BigIntStats,
  window: ByteRange,
  key: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  await using _ = handle;
  for (let position = window.start; position < window.end;) {
    signal?.throwIfAborted();
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, window.end - position));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) throw new ObjectChangedError(key);
    position += bytesRead;
    // Before the last chunk is handed out: nobody gets all bytes without knowing that they belong together.
    if (position >= window.end) await assertUnchanged(handle, stats, key);
    yield chunk.subarray(0, bytesRead);
  }
}

/** Only editing a file in place changes what an open handle reads. */
async function assertUnchanged(handle: FileHandle, before: BigIntStats, key: string): Promise<void> {
  if (isChanged(await handle.stat({ bigint: true }), before)) throw new ObjectChangedError(key);
}

function isChanged(now: BigIntStats, before: BigIntStats): boolean {
  return now.size !== before.size || now.mtimeNs !== before.mtimeNs;
}
