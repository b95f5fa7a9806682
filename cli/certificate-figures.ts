import { nameKey } from '../schemas/collection.ts';
import type { Certificate } from '../schemas/certificate.ts';
import { counted, grouped } from './figures.ts';
import { textTable } from './text-table.ts';

/** The main figures of a certificate, each with what it has to come to. */
export function certificateFigures(certificate: Certificate): string {
  const {
    exportDate,
    objects,
    lines,
    rows,
    quarantined,
    blank,
    merge,
    snapshot,
    offsets,
    datasets,
    previous,
  } = certificate;
  const gaps = offsets.reduce((sum, partition) => sum + partition.gaps.length, 0);
  const overlaps = offsets.reduce((sum, partition) => sum + partition.overlaps.length, 0);
  const files = datasets.flatMap((dataset) => dataset.files);
  return textTable(
    ['certificate of', `${nameKey(certificate)}, ${exportDate}`],
    [
      [
        'objects',
        `${grouped(objects.complete)} complete (${grouped(objects.covered)} covered by others), ${grouped(objects.incomplete)} incomplete`,
      ],
      [
        'lines',
        `${grouped(lines)} = ${counted(rows, 'row')} + ${grouped(quarantined.total)} quarantined + ${grouped(blank)} blank, by the newest reading of each object`,
      ],
      [
        'rows',
        `${grouped(merge.rowsIn)} in parts - ${counted(merge.duplicates, 'duplicate')} - ${grouped(merge.superseded)} superseded = ${grouped(merge.rowsOut)} out`,
      ],
      ['checksum', `${merge.checksumIn} in, ${merge.checksumOut} out`],
      ...(snapshot === undefined
        ? []
        : [
            [
              'snapshot',
              `${grouped(snapshot.rowsIn)} in - ${grouped(snapshot.older)} older - ${counted(snapshot.tombstones, 'tombstone')} = ${grouped(snapshot.rowsOut)} out`,
            ],
          ]),
      [
        'offsets',
        `${counted(offsets.length, 'partition')}, ${counted(gaps, 'gap')}, ${counted(overlaps, 'overlap')}`,
      ],
      ['files', `${grouped(files.length)} with their SHA-256`],
      [
        'stands on',
        previous === null
          ? 'nothing: it is the first'
          : `that of ${previous.exportDate}, ${previous.sha256.slice(0, 16)}…`,
      ],
    ],
  );
}
