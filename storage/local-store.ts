import { resolve } from 'node:path';
import { deleteFiles } from './local-delete.ts';
import { listFolderNames, walk } from './local-list.ts';
import { fileETags, headFile, readFile } from './local-read.ts';
import { partialFiles, writeFile } from './local-write.ts';
import { assertObjectKey } from './object-key.ts';
import { InvalidKeyError } from './store.ts';
import type { ObjectStore } from './store.ts';

/**
 * The objects of a folder: an object's key is its file's path below the folder.
 *
 * The folder need not exist; regular files that others put into it are objects like any other. An eTag is
 * the MD5 of the content in hex, as S3's is for an object put in one piece. There are no versions.
 *
 * Unlike S3, `a` and `a/b` cannot both be objects, the first segment `.partial` is taken, and a file that is
 * edited in place (nothing here does that) makes its readers fail with {@link ObjectChangedError}.
 */
export function localStore(folder: string): ObjectStore {
  const root = resolve(folder);
  const eTags = fileETags();
  const partials = partialFiles(`${root}/${PARTIAL_FOLDER}`);

  const pathOf = (key: string): string => {
    assertObjectKey(key);
    if (key.startsWith(`${PARTIAL_FOLDER}/`))
      throw new InvalidKeyError(key, 'is where unfinished objects are kept');
    return `${root}/${key}`;
  };
  const isOwn = (key: string): boolean => key !== `${PARTIAL_FOLDER}/`;

  return {
    async get(key, options = {}) {
      return await readFile(pathOf(key), key, options, eTags);
    },
    async head(key) {
      return await headFile(pathOf(key), key, eTags);
    },
    async put(key, body, options = {}) {
      return await writeFile(pathOf(key), key, body, options, partials);
    },
    list(prefix, options = {}) {
      return walk({ root, prefix, after: options.after ?? '', isOwn });
    },
    async listFolders(prefix) {
      return (await listFolderNames(root, prefix)).filter(isOwn);
    },
    async delete(keys) {
      return await deleteFiles(root, keys, pathOf);
    },
  };
}

/** On the file system of the objects, so that a finished file can be renamed to its place. */
const PARTIAL_FOLDER = '.partial';
