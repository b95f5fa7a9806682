import type { Certificate, CertifiedDataset } from '../../schemas/certificate.ts';
import {
  dayPrefix,
  fitsKey,
  typedTablePrefix,
  versionOfPrefix,
  versionPrefix,
} from '../../schemas/layout.ts';

/** A version that a certificate names: one folder, or that of a snapshot and that of its tombstones. */
export interface CertifiedVersion {
  readonly kind: 'changes' | 'snapshot' | 'typed';
  readonly version: string;
  /** The folder of the manifest. */
  readonly prefix: string;
  readonly dataset: CertifiedDataset;
  readonly tombstones: CertifiedDataset | undefined;
}

/** The versions, and the datasets whose location is not where such a dataset lies. */
export function certifiedVersions(certificate: Certificate): {
  readonly versions: readonly CertifiedVersion[];
  readonly misplaced: readonly CertifiedDataset[];
} {
  const versions: CertifiedVersion[] = [];
  const placed = new Set<CertifiedDataset>();
  const tombstones = certificate.datasets.find(({ kind }) => kind === 'tombstones');
  for (const dataset of certificate.datasets) {
    const { kind, location } = dataset;
    const version = versionOfPrefix(location);
    if (kind === 'tombstones' || version === undefined || !isInPlace(certificate, dataset, version)) continue;
    const isBeside =
      kind === 'snapshot' &&
      tombstones?.location === versionPrefix(dayPrefix('tombstones', certificate), version);
    placed.add(dataset);
    if (isBeside) placed.add(tombstones);
    versions.push({
      kind,
      version,
      prefix: location,
      dataset,
      tombstones: isBeside ? tombstones : undefined,
    });
  }
  return { versions, misplaced: certificate.datasets.filter((dataset) => !placed.has(dataset)) };
}

function isInPlace(certificate: Certificate, dataset: CertifiedDataset, version: string): boolean {
  const { kind, table, location } = dataset;
  switch (kind) {
    case 'changes':
      return location === versionPrefix(dayPrefix('changes', certificate), version);
    case 'snapshot':
      return location === versionPrefix(dayPrefix('exports', certificate), version);
    case 'tombstones':
      return false;
    case 'typed': {
      const folder = table && folderOf(table);
      if (folder === undefined || !location.startsWith(folder)) return false;
      const partition = location.slice(folder.length, -versionPrefix('', version).length);
      return partition === '' || /^\w+=\d{4}-\d{2}-\d{2}\/$/.test(partition);
    }
  }
}

/** Undefined for names that no table has. */
function folderOf({ database, name }: NonNullable<CertifiedDataset['table']>): string | undefined {
  return fitsKey({ db: database, collection: name })
    ? typedTablePrefix({ database, table: name })
    : undefined;
}
