import type { MessagePort } from 'node:worker_threads';
import type { JobAnswer } from './job-pool.ts';
import type { Job } from './jobs.ts';
import { runMergeJob } from './merge-job.ts';
import { runTypedJob } from './typed-job.ts';
import type { ObjectStore } from '../storage/store.ts';

/** Does the jobs that come through the port, one after the other. */
export function runJobWorker(port: MessagePort, published: ObjectStore): void {
  port.on('message', (job: Job) => {
    void answer(published, job).then((message) => port.postMessage(message));
  });
}

async function answer(published: ObjectStore, job: Job): Promise<JobAnswer> {
  try {
    const result =
      job.kind === 'merge' ? await runMergeJob(published, job) : await runTypedJob(published, job);
    return { kind: 'done', result };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'failed', error: { name, message } };
  }
}
