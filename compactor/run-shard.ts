import type { JobMeans, MergeResult, TypedResult } from './jobs.ts';
import { runJob } from './run-job.ts';
import { readJob, readResult, storeResult } from './stored-jobs.ts';
import type { ObjectStore } from '../storage/store.ts';

export type ShardOutcome =
  | { readonly kind: 'done' | 'done-before'; readonly result: MergeResult | TypedResult }
  | { readonly kind: 'no-such-job' };

/** Does a job that was handed out, unless it has been done. Done twice, or by two at once, it comes to the same bytes. */
export async function runShard(published: ObjectStore, name: string, means: JobMeans): Promise<ShardOutcome> {
  const job = await readJob(published, name);
  if (job === undefined) return { kind: 'no-such-job' };
  const before = await readResult(published, name, job);
  if (before !== undefined) return { kind: 'done-before', result: before };
  const result = await runJob(published, job, means);
  await storeResult(published, name, result);
  return { kind: 'done', result };
}
