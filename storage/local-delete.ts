import { rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrorCode } from './error-code.ts';
import type { DeleteResult } from './store.ts';

/** Deletes files, and the folders that this leaves empty. */
export async function deleteFiles(
  root: string,
  keys: readonly string[],
  pathOf: (key: string) => string,
): Promise<readonly DeleteResult[]> {
  const results: DeleteResult[] = [];
  for (let start = 0; start < keys.length; start += CONCURRENCY) {
    const slice = keys.slice(start, start + CONCURRENCY);
    results.push(...(await Promise.all(slice.map((key) => deleteFile(root, key, pathOf)))));
  }
  return results;
}

const CONCURRENCY = 32;

async function deleteFile(root: string, key: string, pathOf: (key: string) => string): Promise<DeleteResult> {
  try {
    const path = pathOf(key);
    await unlinkIfPresent(path);
    await removeEmptyFolders(dirname(path), root);
    return { kind: 'deleted', key };
  } catch (error) {
    return { kind: 'failed', key, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

async function unlinkIfPresent(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    // EISDIR: a folder has the name, so no object has.
    if (!isErrorCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw error;
  }
}

async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  for (let empty = folder; empty !== root; empty = dirname(empty)) {
    try {
      await rmdir(empty);
    } catch (error) {
      if (isErrorCode(error, 'ENOTEMPTY', 'ENOENT', 'ENOTDIR')) return;
      throw error;
    }
  }
}
