import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { isErrorCode } from './error-code.ts';
import { compareKeys, isObjectKey } from './object-key.ts';
import type { ListedObject } from './store.ts';

export interface Walk {
  readonly root: string;
  readonly prefix: string;
  readonly after: string;
  /** False for what is not part of the store; a folder is given with a `/` at its end. */
  isOwn(key: string): boolean;
}

/** The files below a folder in the order of their keys, reading one folder at a time. */
export async function* walk(options: Walk): AsyncGenerator<ListedObject> {
  const folder = options.prefix.slice(0, options.prefix.lastIndexOf('/') + 1);
  if (isFolderKey(folder)) yield* walkFolder(folder, options);
}

/** The folders in the folder `prefix`, each with `prefix` before and `/` behind it, in order. */
export async function listFolderNames(root: string, prefix: string): Promise<readonly string[]> {
  if (prefix !== '' && !prefix.endsWith('/')) {
    throw new RangeError(`prefix ${JSON.stringify(prefix)} must be empty or end with "/"`);
  }
  if (!isFolderKey(prefix)) return [];
  const entries = await readFolder(root, prefix);
  return entries.filter((entry) => entry.endsWith('/'));
}

/** How many files are looked at together. */
const STAT_CONCURRENCY = 32;

async function* walkFolder(folder: string, options: Walk): AsyncGenerator<ListedObject> {
  let files: string[] = [];
  for (const entry of await readFolder(options.root, folder)) {
    if (!isWanted(entry, options)) continue;
    if (!entry.endsWith('/')) files.push(entry);
    if (entry.endsWith('/') || files.length === STAT_CONCURRENCY) {
      yield* await statFiles(options.root, files);
      files = [];
    }
    if (entry.endsWith('/')) yield* walkFolder(entry, options);
  }
  yield* await statFiles(options.root, files);
}

function isWanted(entry: string, options: Walk): boolean {
  if (!options.isOwn(entry)) return false;
  const { prefix, after } = options;
  if (!entry.endsWith('/')) return entry.startsWith(prefix) && compareKeys(entry, after) > 0;
  const mayHavePrefix = entry.startsWith(prefix) || prefix.startsWith(entry);
  return mayHavePrefix && (after.startsWith(entry) || compareKeys(entry, after) > 0);
}

/** Folders end with `/`, which is also what puts them in their place: after `a.txt`, before `a0`. */
async function readFolder(root: string, folder: string): Promise<string[]> {
  return (await readEntries(`${root}/${folder}`))
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .sort(compareKeys);
}

async function readEntries(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

async function statFiles(root: string, keys: readonly string[]): Promise<readonly ListedObject[]> {
  const objects = await Promise.all(keys.map((key) => statFile(root, key)));
  return objects.filter((object) => object !== undefined);
}

/** Nothing for a file that is gone by now. */
async function statFile(root: string, key: string): Promise<ListedObject | undefined> {
  try {
    const stats = await stat(`${root}/${key}`);
    return { key, size: stats.size, lastModified: stats.mtime };
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function isFolderKey(folder: string): boolean {
  return folder === '' || isObjectKey(folder.slice(0, -1));
}
