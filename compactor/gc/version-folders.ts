import { areaPrefix, collectionPrefix, typedTablePrefix } from '../../schemas/layout.ts';
import { MANIFEST_NAME } from '../../schemas/manifest.ts';
import type { CollectionName } from '../../schemas/source-object.ts';
import type { ListedObject, ObjectStore } from '../../storage/store.ts';

/** A version as it lies in the published bucket, whole or not. */
export interface VersionFolder {
  /** Where its manifest is, or would be. */
  readonly prefix: string;
  /** The folder of all versions of the dataset. */
  readonly dataset: string;
  readonly hasManifest: boolean;
  /** Everything in it; of a snapshot with its tombstones, which have a folder of their own. */
  readonly objects: readonly ListedObject[];
  /** When the newest of them was written. */
  readonly newestMs: number;
}

export interface TableName {
  readonly database: string;
  readonly name: string;
}

/** The versions of a collection's changes and snapshots, and of these typed tables. */
export async function versionFolders(
  published: ObjectStore,
  collection: CollectionName,
  tables: readonly TableName[],
): Promise<readonly VersionFolder[]> {
  const folders = [
    ...(['changes', 'exports', 'tombstones'] as const).map((area) => collectionPrefix(area, collection)),
    ...tables.map(({ database, name }) => typedTablePrefix({ database, table: name })),
  ];
  const versions = new Map<string, ListedObject[]>();
  for (const folder of folders) {
    for await (const object of published.list(folder)) {
      const prefix = /^.*?\/version=[\da-f]+\//.exec(object.key)?.[0];
      if (prefix === undefined) continue;
      const owner = manifestFolder(prefix);
      const objects = versions.get(owner);
      if (objects === undefined) versions.set(owner, [object]);
      else objects.push(object);
    }
  }
  return [...versions].map(([prefix, objects]) => ({
    prefix,
    dataset: datasetOf(prefix),
    hasManifest: objects.some(({ key }) => key === `${prefix}${MANIFEST_NAME}`),
    objects,
    newestMs: Math.max(...objects.map(({ lastModified }) => lastModified.getTime())),
  }));
}

/** The folder with the manifest of a version: that of tombstones is the snapshot's. */
export function manifestFolder(prefix: string): string {
  const tombstones = areaPrefix('tombstones');
  return prefix.startsWith(tombstones)
    ? `${areaPrefix('exports')}${prefix.slice(tombstones.length)}`
    : prefix;
}

/** The folder of all versions of a dataset, of one of them. */
export function datasetOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf('/', prefix.length - 2) + 1);
}
