import { readManifest } from '../compactor/versions.ts';
import { versionOfPrefix } from '../schemas/layout.ts';
import type { ListedObject, ObjectStore } from '../storage/store.ts';

/** A file that a location of the catalogue shows. */
export type LocationFile = Pick<ListedObject, 'key' | 'size'>;

/** The files of a location, in the order of their rows if it is a version, else by name. */
export async function locationFiles(
  published: ObjectStore,
  location: string,
): Promise<readonly LocationFile[]> {
  const manifest =
    versionOfPrefix(location) === undefined ? undefined : await readManifest(published, location);
  if (manifest !== undefined) {
    return manifest.files.map(({ name, bytes }) => ({ key: `${location}${name}`, size: bytes }));
  }
  const files = await Array.fromAsync(published.list(location));
  // As query engines do: nothing of folders below, and no names that are for other programs.
  return files.filter(({ key }) => /^[^/_.][^/]*$/.test(key.slice(location.length)));
}
