import { hash } from 'node:crypto';
import type { DayOfCollection } from './layout.ts';
import type { MergeCounts } from './manifest.ts';
import { sorted } from './recipe.ts';

/**
 * The proof that nothing of one collection and export date was lost or doubled. A checksum is that of the fingerprints,
 * whatever their order, as 16 hexadecimal digits; a SHA-256 has 64. All of them are lower-case.
 */
export interface Certificate extends DayOfCollection {
  readonly format: 2;
  /** Source objects, however often each was read: see `DayLedger`. */
  readonly objects: { readonly complete: number; readonly covered: number; readonly incomplete: number };
  /**
   * Each line once, by the newest reading of its object: `lines = rows + quarantined + blank`. Of whole objects, which
   * may hold lines of other collections too.
   */
  readonly lines: number;
  readonly rows: number;
  readonly blank: number;
  readonly quarantined: { readonly total: number; readonly byReason: Readonly<Record<string, number>> };
  /** From live parts to changes: rows as they are in parts, those of every reading. */
  readonly merge: MergeCounts;
  /** Only for collections that have one. */
  readonly snapshot?: SnapshotCounts;
  /** Ascending by topic and partition. */
  readonly offsets: readonly PartitionOffsets[];
  readonly datasets: readonly CertifiedDataset[];
  /** The certificate of the export date before; null for the first one. */
  readonly previous: { readonly exportDate: string; readonly sha256: string } | null;
}

/** From the previous snapshot and the changes since to the new one: `rowsOut = rowsIn - older - tombstones`. */
export interface SnapshotCounts {
  readonly rowsIn: number;
  /** Rows of which there is a newer one. */
  readonly older: number;
  /** Rows of deleted records that were left out; 0 where they stay. */
  readonly tombstones: number;
  readonly rowsOut: number;
}

/** Which Kafka offsets of a partition the objects of one export date span. */
export interface PartitionOffsets {
  readonly topic: string;
  readonly partition: number;
  /** Source objects; when there are none, the partition is known from an earlier export date. */
  readonly objects: number;
  /** The span of this export date, undefined without objects. */
  readonly span?: OffsetRange;
  /** The highest offset of this export date and all before it. */
  readonly reached: string;
  /** Missing between ranges, from what the previous export date had reached. Ascending. */
  readonly gaps: readonly OffsetRange[];
  /** In several objects, of this export date or the previous one. Ascending. */
  readonly overlaps: readonly OffsetRange[];
}

/** Kafka offsets, both inclusive, as decimal text because they have 64 bits. */
export interface OffsetRange {
  readonly from: string;
  readonly to: string;
}

export interface CertifiedDataset {
  readonly kind: 'changes' | 'snapshot' | 'tombstones' | 'typed';
  /** Of a typed table. */
  readonly table?: { readonly database: string; readonly name: string };
  readonly location: string;
  readonly manifestSha256: string;
  readonly rows: number;
  readonly files: readonly CertifiedFile[];
}

export interface CertifiedFile {
  /** Within the location. */
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
  readonly sha256: string;
}

/** The text of the file: equal certificates have equal bytes, whatever the order of their members. */
export function certificateText(certificate: Certificate): string {
  return `${JSON.stringify(sorted(certificate), null, 1)}\n`;
}

/** The SHA-256 of {@link certificateText}, by which the next certificate names it. */
export function certificateDigest(certificate: Certificate): string {
  return hash('sha256', certificateText(certificate), 'hex');
}
