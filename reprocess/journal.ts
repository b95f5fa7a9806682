import type { PlannedObject, PlanRequest, ReprocessMode, ReprocessPlan } from './plan.ts';

/**
 * What reprocess runs there are, with all that is to be sent, so that one that was killed goes on as it began, also if
 * the bucket has changed meanwhile. A plan has one run that is not finished, at most.
 */
export interface RunJournal {
  /** Goes on with the plan's run that is not finished, or starts one. Durable when it resolves. */
  begin(plan: ReprocessPlan, nowMs: number): Promise<JournalledRun>;
  /** The newest run of this plan, finished or not. */
  findByDigest(digest: string): Promise<JournalledRun | undefined>;
  /** The newest run of this request that is not finished. */
  findByRequest(request: PlanRequest): Promise<JournalledRun | undefined>;
  /** All of the run, ascending by position. */
  objects(run: JournalledRun): Promise<readonly PlannedObject[]>;
  /** Everything before this position is in the queue; it never goes back. */
  markSent(run: JournalledRun, sent: number): Promise<void>;
  markFinished(run: JournalledRun): Promise<void>;
  close(): Promise<void>;
}

export interface JournalledRun {
  /** The start of the run in epoch milliseconds; no two runs have the same. */
  readonly generation: number;
  readonly digest: string;
  readonly mode: ReprocessMode;
  readonly objects: number;
  readonly isFinished: boolean;
  /** How many are known to be in the queue; a kill may have left more there. */
  readonly sent: number;
}

/** Equal for requests that come to the same. */
export function requestText({ collections, from, to, mode }: PlanRequest): string {
  const names = collections.map(({ db, collection }) => JSON.stringify([db, collection])).toSorted();
  return JSON.stringify({ collections: names, from, to, mode });
}
