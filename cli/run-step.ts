import type { CollectionOutcome } from '../compactor/compact.ts';
import { jobBoard } from '../compactor/job-board.ts';
import { readRunState, writeEnded, writePending, type RunAnswer } from '../compactor/run-files.ts';
import { compactionFailures } from './compaction-failures.ts';
import { openStores } from './open.ts';
import { runCompaction, type RunCompactionOptions } from './run-compaction.ts';

export interface StepOutcome {
  readonly answer: RunAnswer;
  /** Of the whole run so far. */
  readonly outcomes: readonly CollectionOutcome[];
}

/**
 * Takes a run as far as it comes with the jobs that have been done, hands out those that are to be done now, and leaves
 * the answer in the published bucket, also when it fails. Told to stop, or killed, it leaves the answer before, and may be
 * run again.
 */
export async function runStep(options: RunCompactionOptions, run: string): Promise<StepOutcome> {
  const { published } = await openStores(options.localFolder);
  const { outcomes: before, attempts } = await readRunState(published, run);
  const board = jobBoard(published, attempts);
  try {
    const step = { run, pool: board, outcomes: before };
    const outcomes = await runCompaction({ ...options, step });
    if (outcomes.some(({ kind }) => kind === 'pending')) {
      const state = { outcomes, attempts: board.attempts() };
      return { answer: await writePending(published, run, board.handedOut(), state), outcomes };
    }
    const failures = compactionFailures(outcomes);
    const days = outcomes.flatMap((outcome) => (outcome.kind === 'in-work' ? [] : outcome.days));
    const answer =
      failures.length > 0 ? failed(failures.join('; ')) : ({ kind: 'done', days: days.length } as const);
    return { answer: await writeEnded(published, run, answer), outcomes };
  } catch (error) {
    if (!options.stop.aborted) {
      await writeEnded(published, run, failed(error instanceof Error ? error.message : String(error)));
    }
    throw error;
  }
}

/** Who starts tasks can hold only so much. */
const MOST_REASON = 4_000;

function failed(reason: string): Extract<RunAnswer, { kind: 'failed' }> {
  return { kind: 'failed', reason: reason.slice(0, MOST_REASON) };
}
