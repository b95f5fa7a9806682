import type { Job, JobMeans, MergeResult, TypedResult } from './jobs.ts';
import { runMergeJob } from './merge-job.ts';
import type { Merge } from './proven-merge.ts';
import { runTypedJob } from './typed-job.ts';
import type { ObjectStore } from '../storage/store.ts';

/** Does a job here and now. Done twice, or by two at once, it writes the same bytes. */
export function runJob(
  published: ObjectStore,
  job: Job,
  means: JobMeans,
  merge?: Merge,
): Promise<MergeResult | TypedResult> {
  return job.kind === 'merge' ? runMergeJob(published, job, means, merge) : runTypedJob(published, job);
}
