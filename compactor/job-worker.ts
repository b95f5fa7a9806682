import type { MessagePort } from 'node:worker_threads';
import type { JobAnswer, JobRequest } from './job-pool.ts';
import { runJob } from './run-job.ts';
import type { ObjectStore } from '../storage/store.ts';

/** Does the jobs that come through the port, one after the other. */
export function runJobWorker(port: MessagePort, published: ObjectStore, scratchFolder: string): void {
  port.on('message', (request: JobRequest) => {
    void answer(published, request, scratchFolder).then((message) => port.postMessage(message));
  });
}

async function answer(
  published: ObjectStore,
  { job, writerWorkers }: JobRequest,
  scratchFolder: string,
): Promise<JobAnswer> {
  try {
    return { kind: 'done', result: await runJob(published, job, { writerWorkers, scratchFolder }) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'failed', error: { name, message } };
  }
}
