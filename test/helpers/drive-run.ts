import type { HandedOutJob } from '../../compactor/job-board.ts';
import type { RunAnswer } from '../../compactor/run-files.ts';
import { runKey } from '../../schemas/layout.ts';
import { mapConcurrently } from '../../storage/map-concurrently.ts';

/** What starts tasks, and reads what they leave. */
export interface Tasks {
  /** Runs a task of `cdi` with these words to its end; whether it ended well. */
  run(words: readonly string[]): Promise<boolean>;
  /** The text of an object of the published bucket. */
  read(key: string): Promise<string>;
}

/** Started at once. */
const SHARDS_AT_ONCE = 3;
/** So that a run that does not come to its end fails the test. */
const MOST_STEPS = 30;

/**
 * Runs a compaction over several tasks as the state machine does: a step, the jobs it has handed out, the next step.
 * What becomes of the task of a job does not matter: the next step sees which of them have been done.
 *
 * @returns the last answer, and the names of the jobs of each round
 */
export async function driveRun(
  tasks: Tasks,
  run: string,
  words: readonly string[] = [],
): Promise<{ readonly answer: RunAnswer; readonly rounds: readonly (readonly HandedOutJob[])[] }> {
  const rounds: HandedOutJob[][] = [];
  while (rounds.length < MOST_STEPS) {
    await tasks.run(['compact', '--run', run, ...words]);
    const answer = JSON.parse(await tasks.read(runKey(run, 'answer'))) as RunAnswer;
    if (answer.kind !== 'pending') return { answer, rounds };
    const jobs = JSON.parse(await tasks.read(runKey(run, 'shards'))) as HandedOutJob[];
    rounds.push(jobs);
    await Array.fromAsync(mapConcurrently(jobs, SHARDS_AT_ONCE, ({ job }) => tasks.run(['shard', job])));
  }
  throw new Error(`run ${run} goes on after ${MOST_STEPS} steps`);
}
