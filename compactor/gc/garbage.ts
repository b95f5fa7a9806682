import { datasetOf, manifestFolder, type VersionFolder } from './version-folders.ts';
import type { ReadableCertificate } from '../certificate-files.ts';
import { readManifest } from '../versions.ts';
import { nameKey } from '../../schemas/collection.ts';
import { ManifestError } from '../../schemas/manifest.ts';
import type { Recipe } from '../../schemas/recipe.ts';
import type { CollectionName } from '../../schemas/source-object.ts';
import type { ObjectStore } from '../../storage/store.ts';

export interface GarbageFacts {
  readonly collection: CollectionName;
  readonly versions: readonly VersionFolder[];
  /** All of the collection, ascending. */
  readonly certificates: readonly ReadableCertificate[];
  /** Where the catalogue has readers find rows. */
  readonly locations: ReadonlySet<string>;
  /** When a version must have come out of use at the latest. */
  readonly latestMs: number;
}

/**
 * The versions that neither the catalogue shows nor a certificate names, and that have not been shown for so long that
 * nobody reads them any more.
 */
export async function* garbageIn(
  published: ObjectStore,
  facts: GarbageFacts,
): AsyncGenerator<VersionFolder, void, undefined> {
  const named = certifiedPrefixes(facts);
  for (const version of facts.versions) {
    const { prefix, newestMs, hasManifest } = version;
    if (facts.locations.has(prefix) || named.has(prefix) || newestMs > facts.latestMs) continue;
    if (!hasManifest) {
      // It was never shown: readers find no version that is not whole.
      yield version;
      continue;
    }
    const recipe = await recipeIn(published, prefix);
    if (recipe !== undefined && nameKey(recipe) !== nameKey(facts.collection)) continue;
    const others = facts.versions.filter((other) => other.dataset === version.dataset && other !== version);
    const replacedMs = Math.min(
      certifiedReplacementMs(facts, version),
      await laterReplacementMs(published, others, recipe?.exportDate ?? ''),
    );
    const newestOtherMs = Math.max(...others.map((other) => other.newestMs), 0);
    if ((Number.isFinite(replacedMs) ? replacedMs : newestOtherMs) <= facts.latestMs) yield version;
  }
}

function certifiedPrefixes({ certificates }: GarbageFacts): ReadonlySet<string> {
  const datasets = certificates.flatMap(({ certificate }) => certificate.datasets);
  return new Set(datasets.map(({ location }) => manifestFolder(location)));
}

/** A certificate is written after what it names was shown, and this version is not the one it names. */
function certifiedReplacementMs({ certificates }: GarbageFacts, { dataset }: VersionFolder): number {
  const replacing = certificates.filter(({ certificate }) =>
    certificate.datasets.some(({ location }) => datasetOf(location) === dataset),
  );
  return Math.min(...replacing.map(({ lastModified }) => lastModified.getTime()));
}

/**
 * A typed table without partitions has another version every day, of which only the certificate of the newest day names
 * one; what tells then is when the versions of later days were made. That of the next day may have been shown long after
 * it was made, but before that of the day after was made.
 */
async function laterReplacementMs(
  published: ObjectStore,
  others: readonly VersionFolder[],
  exportDate: string,
): Promise<number> {
  const madeMs = new Map<string, number>();
  for (const { prefix, newestMs, hasManifest } of others) {
    const day = hasManifest ? (await recipeIn(published, prefix))?.exportDate : undefined;
    if (day !== undefined && day > exportDate) {
      madeMs.set(day, Math.min(newestMs, madeMs.get(day) ?? Number.POSITIVE_INFINITY));
    }
  }
  const [, second] = [...madeMs.values()].toSorted((a, b) => a - b);
  return second ?? Number.POSITIVE_INFINITY;
}

/** Undefined when the manifest cannot be read. */
async function recipeIn(published: ObjectStore, prefix: string): Promise<Recipe | undefined> {
  try {
    return (await readManifest(published, prefix))?.recipe;
  } catch (error) {
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}
