import type { RemovedVersion } from './collect-garbage.ts';
import { areaPrefix } from '../../schemas/layout.ts';
import type { ObjectStore } from '../../storage/store.ts';

const KEYS_AT_ONCE = 1_000;

/**
 * Removes what runs over several tasks have left to each other long ago. A run that goes on all the same hands jobs out
 * again whose results are gone.
 *
 * @param latestMs - what was written until then goes
 */
export async function removeWorkFiles(
  published: ObjectStore,
  latestMs: number,
  isDryRun: boolean,
): Promise<RemovedVersion> {
  const old = (await Array.fromAsync(published.list(areaPrefix('work')))).filter(
    ({ lastModified }) => lastModified.getTime() <= latestMs,
  );
  for (let start = 0; start < old.length && !isDryRun; start += KEYS_AT_ONCE) {
    const keys = old.slice(start, start + KEYS_AT_ONCE).map(({ key }) => key);
    for (const result of await published.delete(keys)) {
      if (result.kind === 'failed') throw new Error(`${result.key} was not deleted`, { cause: result.error });
    }
  }
  return {
    folder: areaPrefix('work'),
    files: old.length,
    bytes: old.reduce((sum, { size }) => sum + size, 0),
  };
}
