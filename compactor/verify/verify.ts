import { certifiedVersions, type CertifiedVersion } from './certified-versions.ts';
import { chainFindings } from './chain.ts';
import { note, wrong, type Finding } from './finding.ts';
import { sumFindings } from './sums.ts';
import { checkVersion } from './version-check.ts';
import { certificateFiles, type CertificateFile, type ReadableCertificate } from '../certificate-files.ts';
import { certificateText } from '../../schemas/certificate.ts';
import { nameKey } from '../../schemas/collection.ts';
import { collectionPrefix } from '../../schemas/layout.ts';
import type { CollectionName } from '../../schemas/source-object.ts';
import { mapConcurrently } from '../../storage/map-concurrently.ts';
import type { ObjectStore } from '../../storage/store.ts';

export interface VerifyOptions {
  readonly published: ObjectStore;
  /** Only the certificate of this day. */
  readonly exportDate?: string | undefined;
  /** Make every version again, too, with this folder for what does not fit into memory. */
  readonly rebuildIn?: string | undefined;
  /** Called with what has been looked at so far. */
  readonly onProgress: (checked: Checked, collection: string, exportDate: string) => void;
}

/** How much was looked at; bytes and rows of files that are there. */
export interface Checked {
  readonly certificates: number;
  readonly versions: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
}

export interface CollectionVerdict {
  readonly collection: string;
  readonly checked: Checked;
  readonly findings: readonly Finding[];
}

/**
 * Checks the certificates of a collection against the published bucket, from which alone everything follows, and goes on
 * after whatever is wrong. Only the order of the findings is not always the same.
 */
export async function verifyCollection(
  { published, exportDate, rebuildIn, onProgress }: VerifyOptions,
  collection: CollectionName,
): Promise<CollectionVerdict> {
  const files = await certificateFiles(published, collection);
  const findings: Finding[] = [...chainFindings(files, exportDate)];
  let checked: Checked = { certificates: 0, versions: 0, files: 0, rows: 0, bytes: 0 };
  const count = (more: Partial<Checked>, day: string): void => {
    checked = added(checked, more);
    onProgress(checked, nameKey(collection), day);
  };

  for (const file of files) {
    if (exportDate !== undefined && file.exportDate !== exportDate) continue;
    count({ certificates: 1 }, file.exportDate);
    if (file.kind === 'unreadable') {
      findings.push(wrong(file.key, `the certificate cannot be read: ${file.reason}`));
      continue;
    }
    const { versions, misplaced } = certifiedVersions(file.certificate);
    findings.push(
      ...textFindings(file),
      ...sumFindings(file),
      ...misplaced.map(({ kind }) => wrong(file.key, `the location of its ${kind} is not one of theirs`)),
    );
    const check = (version: CertifiedVersion): Promise<readonly Finding[]> =>
      checkVersion(
        {
          published,
          rebuildIn,
          earlier: earlierOf(files, file),
          onFile: ({ rows, bytes }) => count({ files: 1, rows, bytes }, file.exportDate),
        },
        file.certificate,
        version,
      );
    for await (const found of mapConcurrently(versions, VERSIONS_AT_ONCE, check)) findings.push(...found);
    count({ versions: versions.length }, file.exportDate);
  }
  findings.push(...(await uncertified(published, collection, files, exportDate)));
  return { collection: nameKey(collection), checked, findings };
}

const VERSIONS_AT_ONCE = 2;

export function added(a: Checked, b: Partial<Checked>): Checked {
  return {
    certificates: a.certificates + (b.certificates ?? 0),
    versions: a.versions + (b.versions ?? 0),
    files: a.files + (b.files ?? 0),
    rows: a.rows + (b.rows ?? 0),
    bytes: a.bytes + (b.bytes ?? 0),
  };
}

function textFindings({ key, certificate, text }: ReadableCertificate): readonly Finding[] {
  return certificateText(certificate) === text ? [] : [wrong(key, 'its text is not the canonical one')];
}

function earlierOf(
  files: readonly CertificateFile[],
  { exportDate, certificate: { previous } }: ReadableCertificate,
): ReadableCertificate['certificate'] | 'unknown' | undefined {
  const before = files.findLast((file) => file.exportDate < exportDate);
  if (before === undefined) return previous === null ? undefined : 'unknown';
  // Of one that is missing in between nothing is known, and the chain says so.
  const isNamed = previous === null || previous.exportDate <= before.exportDate;
  return before.kind === 'certificate' && isNamed ? before.certificate : 'unknown';
}

/** Days that there is something of, but no certificate. */
async function uncertified(
  published: ObjectStore,
  collection: CollectionName,
  files: readonly CertificateFile[],
  exportDate: string | undefined,
): Promise<readonly Finding[]> {
  const certified = new Set(files.map((file) => file.exportDate));
  const folders = await Promise.all(
    (['live', 'changes', 'exports'] as const).map((area) =>
      published.listFolders(collectionPrefix(area, collection)),
    ),
  );
  const days = folders.flat().map((folder) => /\/export_date=(\d{4}-\d{2}-\d{2})\/$/.exec(folder)?.[1] ?? '');
  return [...new Set(days)]
    .filter((day) => day !== '' && !certified.has(day) && (exportDate ?? day) === day)
    .toSorted()
    .map((day) => note(collectionPrefix('certificates', collection), `${day} is not certified yet`));
}
