import { hash } from 'node:crypto';
import type { DayOfCollection } from '../schemas/layout.ts';
import {
  MANIFEST_NAME,
  ManifestError,
  manifestText,
  parseManifest,
  type Manifest,
  type PublishedFileEntry,
} from '../schemas/manifest.ts';
import { readText } from '../storage/read-text.ts';
import type { ObjectStore } from '../storage/store.ts';

/** The manifest of the version in this folder; undefined where there is none, so that nothing counts as there. */
export async function readManifest(published: ObjectStore, prefix: string): Promise<Manifest | undefined> {
  const text = await readText(published, `${prefix}${MANIFEST_NAME}`);
  if (text === undefined) return undefined;
  try {
    return parseManifest(text);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new ManifestError(`${prefix}${MANIFEST_NAME}: ${error.message}`, { cause: error });
  }
}

/** Written when all files of the version are durable. */
export async function writeManifest(
  published: ObjectStore,
  prefix: string,
  manifest: Manifest,
): Promise<void> {
  await published.put(`${prefix}${MANIFEST_NAME}`, Buffer.from(manifestText(manifest)));
}

export function manifestDigest(manifest: Manifest): string {
  return hash('sha256', manifestText(manifest));
}

/** User metadata of files of a version; nothing that another run of the same recipe would not have. */
export function fileMetadata(
  { db, collection, exportDate }: DayOfCollection,
  version: string,
): Record<string, string> {
  return {
    'cdi.db': db,
    'cdi.collection': collection,
    'cdi.export-date': exportDate,
    'cdi.version': version,
  };
}

/** Sums over files. */
export function sizeOf(files: readonly PublishedFileEntry[]): {
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  readonly rawBytes: number;
} {
  const sum = (of: (file: PublishedFileEntry) => number): number =>
    files.reduce((total, file) => total + of(file), 0);
  return {
    files: files.length,
    rows: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes),
    rawBytes: sum(({ rawBytes }) => rawBytes),
  };
}
