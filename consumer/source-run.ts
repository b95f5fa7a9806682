import type { LineCounts } from './outcome.ts';
import type { QuarantineReason } from './record/reason.ts';
import type { DataObject } from '../schemas/source-object.ts';

/** One reading of one source object by one worker, from its first line until all of them are durable. */
export interface SourceRun {
  readonly object: DataObject;
  /** 0 live, else the start of the reprocess run in epoch ms. */
  readonly generation: number;
  readonly eTag: string;
  readonly versionId: string | undefined;
  lines: number;
  rows: number;
  blank: number;
  quarantined: Partial<Record<QuarantineReason, number>>;
  idMismatches: number;
  /** Some lines of a block are placed and some wait for their keys; what is placed stays where it is until they are. */
  isMidBlock: boolean;
  /** Batches that hold some of its lines and are not durable yet. */
  openBatches: number;
  /**
   * `reading`, then `read` at its end; or `dropped`: it will be read again, and what no part holds of it yet is
   * left out of the next ones.
   */
  state: 'reading' | 'read' | 'dropped';
}

export function beginRun(
  object: DataObject,
  generation: number,
  version: { eTag: string; versionId?: string },
): SourceRun {
  return {
    object,
    generation,
    eTag: version.eTag,
    versionId: version.versionId,
    lines: 0,
    rows: 0,
    blank: 0,
    quarantined: {},
    idMismatches: 0,
    isMidBlock: false,
    openBatches: 0,
    state: 'reading',
  };
}

export function lineCounts(run: SourceRun): LineCounts {
  const { lines, rows, blank, quarantined, idMismatches } = run;
  return { lines, rows, blank, quarantined, idMismatches };
}

export function quarantinedLines(run: SourceRun): number {
  return Object.values(run.quarantined).reduce((sum, count) => sum + count, 0);
}
