import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { localStore } from '../../storage/local-store.ts';
import { toDoBody } from '../helpers/to-do-objects.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

/** The export date of the folder that `sourceKey` names by itself. */
export const DAY = '2026-07-03';

/** A folder whose bucket holds these objects, 20 records each, that nobody announced. */
export async function toDoFolder(t: ExecutionContext, keys: readonly string[]): Promise<string> {
  const folder = await temporaryFolder(t);
  const corporate = localStore(join(folder, 'corporate'));
  for (const key of keys) await corporate.put(key, toDoBody(key));
  return folder;
}

/** What a command prints for a program. @throws when it does not end with 0 */
export async function cdiJson(words: readonly string[]): Promise<object> {
  const { code, stdout, stderr } = await runCdi([...words, '--json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as object;
}
