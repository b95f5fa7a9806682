import type { KeyCounts } from './keys/key-ring.ts';
import type { MessageOutcome, ObjectOutcome, SkipReason } from './outcome.ts';
import type { QuarantineReason } from './record/reason.ts';
import type { WrittenPart } from './write-batch.ts';

/** What a consumer has done since it began; plain numbers, ready for JSON. */
export interface ConsumeReport {
  /** `received` is the sum of the other outcomes and of those still held. */
  readonly messages: { received: number; held: number } & Record<MessageOutcome, number>;
  readonly objects: {
    ingested: number;
    /** Read through the coalesced object that covers them. */
    superseded: number;
    /** Found written again since they were announced. */
    rewritten: number;
    /** Gone, and not covered by another; counted again at each receive. */
    missing: number;
    failed: number;
    skipped: Partial<Record<SkipReason, number>>;
  };
  /** Of the objects ingested: `read = rows + quarantined + blank`. */
  readonly lines: { read: number; rows: number; quarantined: number; blank: number };
  readonly quarantined: Partial<Record<QuarantineReason, number>>;
  readonly idMismatches: number;
  readonly parts: { files: number; rows: number; bytes: number };
  readonly quarantineFiles: number;
  /** Messages that had gone to another consumer before they were acknowledged: harmless. */
  readonly lateAcknowledgements: number;
  readonly failedAcknowledgements: number;
  readonly elapsedMs: number;
  /** Of the process's key ring: workers remember what it told them, so its hits are not all there are. */
  readonly keys: KeyCounts;
}

export interface Tally {
  received(messages: number): void;
  settled(outcome: MessageOutcome): void;
  skipped(reason: SkipReason): void;
  object(outcome: ObjectOutcome): void;
  superseded(): void;
  written(part: WrittenPart): void;
  quarantined(files: number): void;
  acknowledged(result: 'late' | 'failed'): void;
  report(): Omit<ConsumeReport, 'keys'>;
}

export function newTally(): Tally {
  const startedAt = performance.now();
  const messages = { received: 0, held: 0, ingested: 0, quarantined: 0, skipped: 0, released: 0 };
  const skipped: ConsumeReport['objects']['skipped'] = {};
  const objects = { ingested: 0, superseded: 0, rewritten: 0, missing: 0, failed: 0, skipped };
  const lines = { read: 0, rows: 0, quarantined: 0, blank: 0 };
  const quarantined: ConsumeReport['quarantined'] = {};
  const parts = { files: 0, rows: 0, bytes: 0 };
  const acknowledgements = { late: 0, failed: 0 };
  let idMismatches = 0;
  let quarantineFiles = 0;

  return {
    received(count) {
      messages.received += count;
      messages.held += count;
    },
    settled(outcome) {
      messages[outcome] += 1;
      messages.held -= 1;
    },
    skipped(reason) {
      skipped[reason] = (skipped[reason] ?? 0) + 1;
    },
    object(outcome) {
      switch (outcome.kind) {
        case 'ingested': {
          const { counts } = outcome;
          objects.ingested += 1;
          if (outcome.isRewritten) objects.rewritten += 1;
          lines.read += counts.lines;
          lines.rows += counts.rows;
          lines.blank += counts.blank;
          idMismatches += counts.idMismatches;
          for (const [reason, count] of Object.entries(counts.quarantined)) {
            lines.quarantined += count;
            quarantined[reason as QuarantineReason] = (quarantined[reason as QuarantineReason] ?? 0) + count;
          }
          return;
        }
        case 'missing':
          objects.missing += 1;
          return;
        case 'failed':
          objects.failed += 1;
          return;
        case 'outage':
          // It is read again when the outage is over.
          return;
      }
    },
    superseded() {
      objects.superseded += 1;
    },
    written({ rows, bytes }) {
      parts.files += 1;
      parts.rows += rows;
      parts.bytes += bytes;
    },
    quarantined(files) {
      quarantineFiles += files;
    },
    acknowledged(result) {
      acknowledgements[result] += 1;
    },
    report: () =>
      structuredClone({
        messages,
        objects,
        lines,
        quarantined,
        idMismatches,
        parts,
        quarantineFiles,
        lateAcknowledgements: acknowledgements.late,
        failedAcknowledgements: acknowledgements.failed,
        elapsedMs: Math.round(performance.now() - startedAt),
      }),
  };
}
