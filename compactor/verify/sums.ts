import { difference, wrong, type Finding } from './finding.ts';
import type { ReadableCertificate } from '../certificate-files.ts';
import type { Certificate, CertifiedDataset } from '../../schemas/certificate.ts';

/** Where the figures of a certificate do not agree with each other. */
export function sumFindings({ key, certificate }: ReadableCertificate): readonly Finding[] {
  const { lines, rows: rowsRead, blank, merge, snapshot, quarantined, datasets } = certificate;
  const compare = (what: string, expected: number | string, found: number | string): readonly Finding[] =>
    difference(key, what, expected, found);
  const rowsOf = (kind: CertifiedDataset['kind']): number =>
    sum(datasets.filter((dataset) => dataset.kind === kind).map(({ rows }) => rows));

  return [
    ...compare('rows out of the merge', merge.rowsIn - merge.duplicates - merge.superseded, merge.rowsOut),
    ...compare('checksum out of the merge', merge.checksumIn, merge.checksumOut),
    ...compare('quarantined', sum(Object.values(quarantined.byReason)), quarantined.total),
    ...compare('lines', rowsRead + quarantined.total + blank, lines),
    ...kindFindings(key, certificate),
    ...compare('rows of changes', merge.rowsOut, rowsOf('changes')),
    ...(snapshot === undefined
      ? []
      : [
          ...compare(
            'rows of the snapshot',
            snapshot.rowsIn - snapshot.older - snapshot.tombstones,
            snapshot.rowsOut,
          ),
          ...compare('rows of the snapshot', snapshot.rowsOut, rowsOf('snapshot')),
          ...compare('tombstones', snapshot.tombstones, rowsOf('tombstones')),
        ]),
    ...datasets.flatMap(({ location, rows, files }) =>
      difference(location, 'rows of the dataset', sum(files.map((file) => file.rows)), rows),
    ),
    ...datasets.filter(({ kind }) => kind === 'typed').flatMap((typed) => sourceFindings(typed, certificate)),
  ];
}

/** Changes always, and a snapshot where the figures have one; each of them once. */
function kindFindings(key: string, { snapshot, datasets }: Certificate): readonly Finding[] {
  const count = (wanted: CertifiedDataset['kind']): number =>
    datasets.filter(({ kind }) => kind === wanted).length;
  return [
    ...difference(key, 'datasets of changes', 1, count('changes')),
    ...difference(key, 'datasets of a snapshot', snapshot === undefined ? 0 : 1, count('snapshot')),
    ...(count('tombstones') > count('snapshot') ? [wrong(key, 'tombstones without a snapshot')] : []),
  ];
}

/** A typed table has a row for each row of what it is made from, file by file. */
function sourceFindings(
  { location, files }: CertifiedDataset,
  { datasets }: Certificate,
): readonly Finding[] {
  const source =
    datasets.find(({ kind }) => kind === 'snapshot') ?? datasets.find(({ kind }) => kind === 'changes');
  const rows = new Map(source?.files.map((file) => [file.name, file.rows]));
  return [
    ...difference(location, 'files', source?.files.length ?? 0, files.length),
    ...files.flatMap((file) =>
      difference(
        `${location}${file.name}`,
        'rows, by what it is made from',
        rows.get(file.name) ?? null,
        file.rows,
      ),
    ),
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
