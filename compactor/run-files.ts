import type { CollectionOutcome } from './compact.ts';
import type { HandedOutJob } from './job-board.ts';
import { sealedText, unsealed } from './sealed-text.ts';
import { runKey } from '../schemas/layout.ts';
import { readText } from '../storage/read-text.ts';
import type { ObjectStore } from '../storage/store.ts';

/** What the last step of a run over several tasks came to, for whoever starts the tasks. */
export type RunAnswer =
  /** Jobs are to be done, then the next step. */
  | { readonly kind: 'pending'; readonly jobs: number }
  | { readonly kind: 'done'; readonly days: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** What a step leaves to the next one. */
export interface RunState {
  readonly outcomes: readonly CollectionOutcome[];
  /** How often each job was handed out. */
  readonly attempts: Readonly<Record<string, number>>;
}

/** As the last step left it. A run that has ended begins anew, and so does one whose state is damaged. */
export async function readRunState(published: ObjectStore, run: string): Promise<RunState> {
  const state = unsealed(await readText(published, runKey(run, 'state')));
  return (state as RunState | undefined) ?? { outcomes: [], attempts: {} };
}

/** Of a run that goes on. The answer comes last, as it is what counts. */
export async function writePending(
  published: ObjectStore,
  run: string,
  jobs: readonly HandedOutJob[],
  state: RunState,
): Promise<RunAnswer> {
  await published.put(runKey(run, 'shards'), Buffer.from(JSON.stringify(jobs)));
  await published.put(runKey(run, 'state'), Buffer.from(sealedText(state)));
  return writeAnswer(published, run, { kind: 'pending', jobs: jobs.length });
}

/** Of a run that has ended. */
export async function writeEnded(
  published: ObjectStore,
  run: string,
  answer: Exclude<RunAnswer, { kind: 'pending' }>,
): Promise<RunAnswer> {
  await published.delete([runKey(run, 'state')]);
  return writeAnswer(published, run, answer);
}

async function writeAnswer(published: ObjectStore, run: string, answer: RunAnswer): Promise<RunAnswer> {
  await published.put(runKey(run, 'answer'), Buffer.from(`${JSON.stringify(answer)}\n`));
  return answer;
}
