import type { JobPool } from './job-pool.ts';
import type { Job, MergeResult, TypedResult } from './jobs.ts';
import { jobName, readResult, storeJob } from './stored-jobs.ts';
import type { ObjectStore } from '../storage/store.ts';

/** A pool whose jobs are done by tasks of their own, after this process has ended. */
export interface JobBoard extends JobPool {
  /** How often each job has been handed out by now, by its name. */
  attempts(): Readonly<Record<string, number>>;
  /** The jobs that wait to be done. */
  handedOut(): readonly HandedOutJob[];
}

export interface HandedOutJob {
  /** Its name, see {@link jobName}. */
  readonly job: string;
  /** From 1. */
  readonly attempt: number;
}

/** The job is handed out; ask again when the tasks have ended. */
export class JobPendingError extends Error {
  override readonly name = 'JobPendingError';
}

/** The job was handed out as often as it may be. */
export class JobLostError extends Error {
  override readonly name = 'JobLostError';
}

const MOST_ATTEMPTS = 3;

/**
 * A job that has been done gives its result; any other is handed out, and fails with a {@link JobPendingError}, or a
 * {@link JobLostError} when that has not helped so far.
 *
 * @param earlier - how often each job was handed out before
 */
export function jobBoard(published: ObjectStore, earlier: Readonly<Record<string, number>>): JobBoard {
  const pending = new Map<string, number>();

  async function run(job: Job): Promise<MergeResult | TypedResult> {
    const name = jobName(job);
    const result = await readResult(published, name, job);
    if (result !== undefined) return result;
    const attempt = (earlier[name] ?? 0) + 1;
    if (attempt > MOST_ATTEMPTS) {
      throw new JobLostError(
        `job ${name} was handed out ${MOST_ATTEMPTS} times and not done: cdi shard ${name} shows why`,
      );
    }
    await storeJob(published, name, job);
    pending.set(name, attempt);
    throw new JobPendingError(`job ${name} is handed out`);
  }

  return {
    size: 1,
    run: run as JobPool['run'],
    attempts: () => ({ ...earlier, ...Object.fromEntries(pending) }),
    handedOut: () => [...pending].map(([job, attempt]) => ({ job, attempt })),
    warmUp: () => {},
    close: async () => {},
  };
}
