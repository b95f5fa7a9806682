import { garbageIn } from './garbage.ts';
import { shownVersions } from './shown.ts';
import { versionFolders, type VersionFolder } from './version-folders.ts';
import { certificateFiles, type ReadableCertificate } from '../certificate-files.ts';
import { LeaseHeldError, LeaseLostError, leaseOf, withLease } from '../lease.ts';
import { nameKey } from '../../schemas/collection.ts';
import { MANIFEST_NAME } from '../../schemas/manifest.ts';
import type { CollectionName } from '../../schemas/source-object.ts';
import type { Catalogue } from '../../storage/catalogue.ts';
import type { Leases } from '../../storage/leases.ts';
import type { ObjectStore } from '../../storage/store.ts';

export interface CollectOptions {
  readonly published: ObjectStore;
  readonly catalogue: Catalogue;
  readonly leases: Leases;
  /** How long a version must have been of no use: as long as the longest query reads, and more. */
  readonly olderThanMs: number;
  /** Only say what would be removed. */
  readonly isDryRun: boolean;
  readonly nowMs: number;
  /** @defaultValue that of {@link withLease} */
  readonly leaseMs?: number;
}

export type CollectOutcome =
  | { readonly kind: 'collected'; readonly collection: string; readonly removed: readonly RemovedVersion[] }
  /** Nothing can be said of it now; what was removed before the lease was lost is not told. */
  | { readonly kind: 'left-out'; readonly collection: string; readonly reason: string };

export interface RemovedVersion {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Removes the versions of a collection that readers have no use for any more, see {@link garbageIn}. May be broken off
 * at any point and run again: of each version the manifest goes first, so that none is ever taken for whole that is not.
 *
 * Under the lease of the collection, as a compactor that finds a version whole goes on to show it to readers.
 */
export async function collectGarbage(
  options: CollectOptions,
  collection: CollectionName,
): Promise<CollectOutcome> {
  const name = nameKey(collection);
  try {
    return options.isDryRun
      ? await collect(options, collection, new AbortController().signal)
      : await withLease(
          options.leases,
          leaseOf(collection),
          (lost) => collect(options, collection, lost),
          options.leaseMs,
        );
  } catch (error) {
    if (!(error instanceof LeaseHeldError || error instanceof LeaseLostError)) throw error;
    return { kind: 'left-out', collection: name, reason: error.message };
  }
}

async function collect(
  { published, catalogue, olderThanMs, isDryRun, nowMs }: CollectOptions,
  collection: CollectionName,
  lost: AbortSignal,
): Promise<CollectOutcome> {
  const name = nameKey(collection);
  const certificates: ReadableCertificate[] = [];
  for (const file of await certificateFiles(published, collection)) {
    if (file.kind === 'unreadable') {
      // What it certifies would go with everything else.
      return { kind: 'left-out', collection: name, reason: `${file.key} cannot be read: ${file.reason}` };
    }
    certificates.push(file);
  }
  const { locations, typedTables } = await shownVersions(catalogue, collection);
  const tables = new Map(
    [
      ...typedTables,
      ...certificates.flatMap(({ certificate }) => certificate.datasets.flatMap(({ table }) => table ?? [])),
    ].map((table) => [`${table.database}.${table.name}`, table]),
  );
  const versions = await versionFolders(published, collection, [...tables.values()]);
  const removed: RemovedVersion[] = [];
  const facts = { collection, versions, certificates, locations, latestMs: nowMs - olderThanMs };
  for await (const version of garbageIn(published, facts)) {
    if (!isDryRun) await remove(published, version, lost);
    removed.push(sizeOf(version));
  }
  return { kind: 'collected', collection: name, removed };
}

const KEYS_AT_ONCE = 1_000;

async function remove(
  published: ObjectStore,
  { prefix, objects }: VersionFolder,
  lost: AbortSignal,
): Promise<void> {
  const manifest = `${prefix}${MANIFEST_NAME}`;
  const others = objects.map(({ key }) => key).filter((key) => key !== manifest);
  lost.throwIfAborted();
  if (others.length < objects.length) await deleteAll(published, [manifest]);
  for (let start = 0; start < others.length; start += KEYS_AT_ONCE) {
    lost.throwIfAborted();
    await deleteAll(published, others.slice(start, start + KEYS_AT_ONCE));
  }
}

async function deleteAll(published: ObjectStore, keys: readonly string[]): Promise<void> {
  for (const result of await published.delete(keys)) {
    if (result.kind === 'failed') throw new Error(`${result.key} was not deleted`, { cause: result.error });
  }
}

function sizeOf({ prefix, objects }: VersionFolder): RemovedVersion {
  return {
    folder: prefix,
    files: objects.length,
    bytes: objects.reduce((sum, { size }) => sum + size, 0),
  };
}
