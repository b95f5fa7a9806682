import { isDeepStrictEqual } from 'node:util';
import type {
  Certificate,
  CertifiedDataset,
  CertifiedFile,
  OffsetRange,
  PartitionOffsets,
  SnapshotCounts,
} from './certificate.ts';
import { countsIn, membersOf, type Members } from './json-members.ts';
import type { MergeCounts } from './manifest.ts';

/** The text is not that of a certificate. The message has no values, only their places. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/**
 * Reads a certificate of any layout of its text. Whether its figures agree is not looked at.
 *
 * @throws {CertificateError} when a member is missing, not of its type, or unknown: it would not be in the digest.
 */
export function parseCertificate(text: string): Certificate {
  const json = parseJson(text);
  const certificate = certificateIn(membersOf(json, 'certificate', CertificateError));
  if (!isDeepStrictEqual(certificate, json)) throw new CertificateError('certificate has unknown members');
  return certificate;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CertificateError('certificate is no JSON', { cause });
  }
}

function certificateIn(at: Members): Certificate {
  if (at.count('format') !== 2) throw new CertificateError(`${at.place} is of an unknown format`);
  const objects = at.object('objects');
  const quarantined = at.object('quarantined');
  return {
    format: 2,
    db: at.text('db'),
    collection: at.text('collection'),
    exportDate: shaped(at, 'exportDate', DATE),
    objects: {
      complete: objects.count('complete'),
      covered: objects.count('covered'),
      incomplete: objects.count('incomplete'),
    },
    lines: at.count('lines'),
    rows: at.count('rows'),
    blank: at.count('blank'),
    quarantined: { total: quarantined.count('total'), byReason: countsIn(quarantined.object('byReason')) },
    merge: mergeIn(at.object('merge')),
    ...(at.has('snapshot') && { snapshot: snapshotIn(at.object('snapshot')) }),
    offsets: at.list('offsets').map(partitionIn),
    datasets: at.list('datasets').map(datasetIn),
    previous: at.isNull('previous') ? null : previousIn(at.object('previous')),
  };
}

function mergeIn(at: Members): MergeCounts {
  return {
    rowsIn: at.count('rowsIn'),
    superseded: at.count('superseded'),
    duplicates: at.count('duplicates'),
    rowsOut: at.count('rowsOut'),
    checksumIn: shaped(at, 'checksumIn', CHECKSUM),
    checksumOut: shaped(at, 'checksumOut', CHECKSUM),
  };
}

function snapshotIn(at: Members): SnapshotCounts {
  return {
    rowsIn: at.count('rowsIn'),
    older: at.count('older'),
    tombstones: at.count('tombstones'),
    rowsOut: at.count('rowsOut'),
  };
}

function partitionIn(at: Members): PartitionOffsets {
  return {
    topic: at.text('topic'),
    partition: at.count('partition'),
    objects: at.count('objects'),
    ...(at.has('span') && { span: rangeIn(at.object('span')) }),
    reached: shaped(at, 'reached', OFFSET),
    gaps: at.list('gaps').map(rangeIn),
    overlaps: at.list('overlaps').map(rangeIn),
  };
}

function rangeIn(at: Members): OffsetRange {
  return { from: shaped(at, 'from', OFFSET), to: shaped(at, 'to', OFFSET) };
}

function datasetIn(at: Members): CertifiedDataset {
  return {
    kind: kindIn(at),
    ...(at.has('table') && { table: tableIn(at.object('table')) }),
    location: at.text('location'),
    manifestSha256: shaped(at, 'manifestSha256', SHA_256),
    rows: at.count('rows'),
    files: at.list('files').map(fileIn),
  };
}

function kindIn(at: Members): CertifiedDataset['kind'] {
  const kind = at.text('kind');
  switch (kind) {
    case 'changes':
    case 'snapshot':
    case 'tombstones':
    case 'typed':
      return kind;
    default:
      throw new CertificateError(`${at.place}.kind is unknown`);
  }
}

function tableIn(at: Members): { database: string; name: string } {
  return { database: at.text('database'), name: at.text('name') };
}

function fileIn(at: Members): CertifiedFile {
  return {
    name: at.text('name'),
    bytes: at.count('bytes'),
    rows: at.count('rows'),
    sha256: shaped(at, 'sha256', SHA_256),
  };
}

function previousIn(at: Members): Certificate['previous'] {
  return { exportDate: shaped(at, 'exportDate', DATE), sha256: shaped(at, 'sha256', SHA_256) };
}

function shaped(at: Members, name: string, shape: RegExp): string {
  const text = at.text(name);
  if (!shape.test(text)) throw new CertificateError(`${at.place}.${name} is not of its shape`);
  return text;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const CHECKSUM = /^[\da-f]{16}$/;
const SHA_256 = /^[\da-f]{64}$/;
const OFFSET = /^(?:0|[1-9]\d{0,18})$/;
