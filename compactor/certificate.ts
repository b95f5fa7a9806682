import { hash } from 'node:crypto';
import { certificateFiles } from './certificate-files.ts';
import type { CertificateFacts, DayPlan } from './plan.ts';
import { uncountedObjects } from './uncounted-objects.ts';
import { manifestDigest, sizeOf } from './versions.ts';
import { certificateText, type Certificate, type CertifiedDataset } from '../schemas/certificate.ts';
import { certificateKey, dayPrefix, versionPrefix } from '../schemas/layout.ts';
import type { Manifest, PublishedFileEntry } from '../schemas/manifest.ts';
import type { ChangesRecipe } from '../schemas/recipe.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { dayLedger, type DayLedger } from '../storage/day-ledger.ts';
import { liveParts, type LivePart } from '../storage/live-parts.ts';
import { offsetCoverage } from '../storage/offset-coverage.ts';
import type { ObjectStore } from '../storage/store.ts';

/** A certificate as it is in the published bucket. */
export interface IssuedCertificate {
  readonly certificate: Certificate;
  /** Of its file. */
  readonly sha256: string;
}

/** The certificates of a collection by export date. One that cannot be read is left out, so that it is issued anew. */
export async function readCertificates(
  published: ObjectStore,
  collection: CollectionName,
): Promise<ReadonlyMap<string, IssuedCertificate>> {
  const files = await certificateFiles(published, collection);
  return new Map(
    files.flatMap((file) => (file.kind === 'certificate' ? [[file.exportDate, file] as const] : [])),
  );
}

/** What a plan has to know of a certificate. */
export function certificateFacts({ certificate, sha256 }: IssuedCertificate): CertificateFacts {
  return {
    sha256,
    previous: certificate.previous?.sha256 ?? null,
    // Tombstones belong to the version of their snapshot.
    prefixes: new Set(
      certificate.datasets.filter(({ kind }) => kind !== 'tombstones').map(({ location }) => location),
    ),
  };
}

/** What a certificate says besides what the proofs do. */
export interface Evidence {
  readonly ledger: DayLedger;
  /** Of source objects. */
  readonly keys: readonly string[];
  /** Parts of other collections, which are not in the recipe, were needed to see whether objects are complete. */
  readonly restsOnOthers: boolean;
  /** See {@link uncountedObjects}. */
  readonly uncounted: readonly string[];
}

/** Reads the ledger of the day of a recipe. */
export async function readEvidence(published: ObjectStore, recipe: ChangesRecipe): Promise<Evidence> {
  const all = await mergedParts(published, recipe);
  const parts = all.filter(({ generation }) => generation >= recipe.generationFloor);
  return {
    uncounted: uncountedObjects(all, recipe.generationFloor),
    ...(await ledgerOf(published, recipe, parts)),
    keys: parts.flatMap(({ sources }) => sources.map(({ key }) => key)),
  };
}

/**
 * Issues the certificate of a day, in place of the one before. It says what the ledger and the proofs
 * say, and no time, so that the same day gives the same certificate.
 *
 * @param manifests - of the versions of the day, by their folders
 * @param previous - the last certificate of an earlier day
 */
export async function issueCertificate(
  published: ObjectStore,
  day: DayPlan,
  manifests: ReadonlyMap<string, Manifest>,
  { ledger, keys }: Evidence,
  previous: IssuedCertificate | undefined,
): Promise<IssuedCertificate> {
  const { db, collection, exportDate, changes, snapshot } = day;
  const name = { db, collection, exportDate };
  const merged = manifests.get(changes.prefix);
  const summed = snapshot && manifests.get(snapshot.prefix);
  if (merged === undefined) throw new TypeError(`no manifest of ${changes.prefix}`);
  const certificate: Certificate = {
    format: 2,
    ...name,
    objects: ledger.objects,
    lines: ledger.lines,
    rows: ledger.rows,
    blank: ledger.blank,
    quarantined: ledger.quarantined,
    merge: merged.counts,
    ...(summed && {
      snapshot: {
        rowsIn: summed.counts.rowsIn,
        older: summed.counts.superseded,
        tombstones: sizeOf(summed.tombstones).rows,
        rowsOut: sizeOf(summed.files).rows,
      },
    }),
    offsets: offsetCoverage(keys, previous?.certificate.offsets),
    datasets: datasetsOf(day, manifests),
    previous:
      previous === undefined
        ? null
        : { exportDate: previous.certificate.exportDate, sha256: previous.sha256 },
  };
  const text = certificateText(certificate);
  await published.put(certificateKey(name), Buffer.from(text));
  return { certificate, sha256: hash('sha256', text) };
}

/** The parts that the changes were made from, those that a later generation replaces included. */
async function mergedParts(published: ObjectStore, recipe: ChangesRecipe): Promise<LivePart[]> {
  const { db, collection, exportDate, parts } = recipe;
  const names = new Set(parts.map(({ name }) => name));
  const merged: LivePart[] = [];
  for await (const part of liveParts(published, { collection: { db, collection }, exportDate })) {
    const name = part.key.slice(part.key.lastIndexOf('/') + 1, -'.orc'.length);
    if (part.kind === 'part' && names.has(name)) merged.push(part);
  }
  return merged;
}

/** An object may have rows of other collections, too; only if one looks incomplete these have to be read. */
async function ledgerOf(
  published: ObjectStore,
  { db, collection, exportDate, generationFloor }: ChangesRecipe,
  parts: readonly LivePart[],
): Promise<Pick<Evidence, 'ledger' | 'restsOnOthers'>> {
  const ledger = dayLedger(parts);
  if (ledger.objects.incomplete === 0) return { ledger, restsOnOthers: false };
  const others: LivePart[] = [];
  for await (const part of liveParts(published, { exportDate })) {
    const isOwn = part.db === db && part.collection === collection;
    if (part.kind === 'part' && !isOwn && part.generation >= generationFloor) others.push(part);
  }
  return { ledger: dayLedger(parts, others), restsOnOthers: true };
}

function datasetsOf(day: DayPlan, manifests: ReadonlyMap<string, Manifest>): CertifiedDataset[] {
  return [day.changes, ...(day.snapshot ? [day.snapshot] : []), ...day.typed].flatMap(
    ({ recipe, version, prefix }) => {
      const manifest = manifests.get(prefix);
      if (manifest === undefined) throw new TypeError(`no manifest of ${prefix}`);
      const manifestSha256 = manifestDigest(manifest);
      const dataset = (
        kind: CertifiedDataset['kind'],
        location: string,
        files: readonly PublishedFileEntry[],
      ): CertifiedDataset => ({
        kind,
        ...(recipe.kind === 'typed' && { table: { database: recipe.database, name: recipe.table } }),
        location,
        manifestSha256,
        rows: sizeOf(files).rows,
        files: files.map(({ name, bytes, rows, sha256 }) => ({ name, bytes, rows, sha256 })),
      });
      return [
        dataset(recipe.kind, prefix, manifest.files),
        ...(manifest.tombstones.length === 0
          ? []
          : [
              dataset(
                'tombstones',
                versionPrefix(dayPrefix('tombstones', recipe), version),
                manifest.tombstones,
              ),
            ]),
      ];
    },
  );
}
