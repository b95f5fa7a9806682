import { randomUUID, createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrorCode } from './error-code.ts';
import { InvalidKeyError } from './store.ts';
import type { ObjectContent, PutOptions, PutResult } from './store.ts';

/**
 * Writes beside, makes the bytes durable, gives them their name in one step, and makes the name durable.
 * A crash leaves the old object or the new one, and at worst a partial file.
 */
export async function writeFile(
  path: string,
  key: string,
  body: ObjectContent,
  options: PutOptions,
  partials: PartialFiles,
): Promise<PutResult> {
  const partial = await partials.create();
  try {
    const md5 = options.withoutETag === true ? undefined : createHash('md5');
    await using handle = partial.handle;
    await handle.writeFile(hashing(body, md5));
    await handle.sync();
    const { size } = await handle.stat();

    const isPlaced = await place(partial.path, path, key, options.ifAbsent === true);
    // Also when it was there before: whoever put it may not have got this far yet, and our caller counts on it.
    await syncFolder(dirname(path));
    return isPlaced ? { kind: 'stored', eTag: md5?.digest('hex') ?? '', size } : { kind: 'exists' };
  } finally {
    await rm(partial.path, { force: true });
  }
}

export interface PartialFiles {
  create(): Promise<{ readonly path: string; readonly handle: FileHandle }>;
}

/** Files on their way into the store. Those of a process that died are removed by a later one. */
export function partialFiles(folder: string): PartialFiles {
  let sweeping: Promise<void> | undefined;
  return {
    async create() {
      sweeping ??= sweep(folder);
      await sweeping;
      const path = `${folder}/${randomUUID()}`;
      return { path, handle: await inFolder(folder, () => open(path, 'wx')) };
    },
  };
}

/** A partial file that nobody wrote to for this long has no writer any more. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** As far as it can: what cannot be tidied up is no reason not to write. */
async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = `${folder}/${name}`;
    const stats = await stat(path).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_AFTER_MS)
      await rm(path, { force: true }).catch(() => undefined);
  }
}

async function* hashing(body: ObjectContent, md5: Hash | undefined): AsyncGenerator<Uint8Array> {
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    md5?.update(chunk);
    yield chunk;
  }
}

async function place(partial: string, path: string, key: string, ifAbsent: boolean): Promise<boolean> {
  try {
    // A link, unlike a rename, does not replace.
    await inFolder(dirname(path), () => (ifAbsent ? link(partial, path) : rename(partial, path)));
    return true;
  } catch (error) {
    if (ifAbsent && isErrorCode(error, 'EEXIST') && (await isFile(path))) return false;
    if (isErrorCode(error, 'EISDIR', 'ENOTDIR', 'EEXIST')) {
      throw new InvalidKeyError(
        key,
        'is also a folder of other objects, or another object is where its folder would be',
      );
    }
    throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path)).isFile();
}

const MAX_ATTEMPTS = 10;

/** Again and again, because whoever deletes the last object of a folder removes the folder. */
async function inFolder<T>(folder: string, action: () => Promise<T>): Promise<T> {
  for (let attempts = 0; ; attempts++) {
    try {
      if (attempts > 0) await makeFolder(folder);
      return await action();
    } catch (error) {
      if (!isErrorCode(error, 'ENOENT') || attempts === MAX_ATTEMPTS) throw error;
    }
  }
}

async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  // A new folder is durable once the one above it is.
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** A folder that somebody removed has nothing left to keep. */
async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!isErrorCode(error, 'ENOENT')) throw error;
  }
}
