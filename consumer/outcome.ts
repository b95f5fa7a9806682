import type { QuarantineReason } from './record/reason.ts';

/** Lines of an object: `lines = rows + quarantined + blank`. */
export interface LineCounts {
  readonly lines: number;
  readonly rows: number;
  readonly blank: number;
  readonly quarantined: Readonly<Partial<Record<QuarantineReason, number>>>;
  /** Rows whose document names another record than their envelope. */
  readonly idMismatches: number;
}

/** What became of one source object. */
export type ObjectOutcome =
  /** Every line of it is durable, as a row or a quarantine entry. */
  | { readonly kind: 'ingested'; readonly counts: LineCounts; readonly isRewritten: boolean }
  /** There is no such object. */
  | { readonly kind: 'missing' }
  /** The key service does not answer; nothing of the object counts as read. */
  | { readonly kind: 'outage'; readonly reason: string }
  /** A fault that may pass. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Why an announced object is not read. */
export type SkipReason = 'coalesced' | 'other' | 'not-created' | 'test-event';

/** What became of one received message; every receive ends in exactly one of these. */
export type MessageOutcome = 'ingested' | 'quarantined' | 'skipped' | 'released';
