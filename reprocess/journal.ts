import type { PlannedObject, PlanRequest, ReprocessMode, ReprocessPlan } from './plan.ts';

/**
 * What reprocess runs there are, with all that is to be sent, so that one that was killed goes on as it began, also if
 * the bucket has changed meanwhile. A plan has one run that has not ended, at most.
 *
 * A run is `open` while it sends and waits. One that replaces is `replacing` from just before the first older row no
 * longer counts, which cannot be taken back. It ends `finished`, or from `open` also `cancelled`, and stays so.
 */
export interface RunJournal {
  /** Goes on with the plan's run that has not ended, or starts one. Durable when it resolves. */
  begin(plan: ReprocessPlan, nowMs: number): Promise<JournalledRun>;
  /** The newest run of this plan, in any state. */
  findByDigest(digest: string): Promise<JournalledRun | undefined>;
  /** The newest run of this request that has not ended. */
  findByRequest(request: PlanRequest): Promise<JournalledRun | undefined>;
  /** All of the run, ascending by position. */
  objects(run: JournalledRun): Promise<readonly PlannedObject[]>;
  /** Everything before this position is in the queue; it never goes back. */
  markSent(run: JournalledRun, sent: number): Promise<void>;
  /**
   * Brings a run to this state, in which it may be already.
   *
   * @returns false when it may not come to it from the state it is in, or its plan has a newer run
   */
  advance(run: JournalledRun, state: LaterState): Promise<boolean>;
  close(): Promise<void>;
}

export interface JournalledRun {
  /** The start of the run in epoch milliseconds; no two runs have the same. */
  readonly generation: number;
  readonly digest: string;
  readonly mode: ReprocessMode;
  readonly objects: number;
  readonly state: RunState;
  /** How many are known to be in the queue; a kill may have left more there. */
  readonly sent: number;
}

export type RunState = 'open' | LaterState;
export type LaterState = 'replacing' | 'finished' | 'cancelled';

/** From which states a run may come to each. */
export const STATES_BEFORE: Readonly<Record<LaterState, readonly RunState[]>> = {
  replacing: ['open', 'replacing'],
  finished: ['open', 'replacing', 'finished'],
  cancelled: ['open', 'cancelled'],
};

export function hasEnded({ state }: JournalledRun): boolean {
  return state === 'finished' || state === 'cancelled';
}

/** Whether it is not to be gone on with, as also when its plan has a newer run. */
export async function isCancelled(
  journal: RunJournal,
  { digest, generation }: JournalledRun,
): Promise<boolean> {
  const newest = await journal.findByDigest(digest);
  return newest?.generation !== generation || newest.state === 'cancelled';
}

/** @throws {TypeError} when it is none: the journal is of another version. */
export function runState(text: string): RunState {
  if (text === 'open' || text === 'replacing' || text === 'finished' || text === 'cancelled') return text;
  throw new TypeError('the state of a run is none that is known');
}

/** Equal for requests that come to the same. */
export function requestText({ collections, from, to, mode }: PlanRequest): string {
  const names = collections.map(({ db, collection }) => JSON.stringify([db, collection])).toSorted();
  return JSON.stringify({ collections: names, from, to, mode });
}
