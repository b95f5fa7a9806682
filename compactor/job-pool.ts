import type { Worker } from 'node:worker_threads';
import type { Job, MergeJob, MergeResult, TypedJob, TypedResult } from './jobs.ts';

/** Threads that do jobs, each one at a time; jobs beyond their number wait. */
export interface JobPool {
  readonly size: number;
  /** @param writerWorkers - threads that help to compress; the bytes are the same for any number */
  run(job: MergeJob, writerWorkers: number): Promise<MergeResult>;
  run(job: TypedJob): Promise<TypedResult>;
  /** Starts threads for so many jobs that will come soon. */
  warmUp(jobs: number): void;
  /** Ends the threads at once and fails all jobs, later ones too; what was written of unfinished files is not there. */
  close(): Promise<void>;
}

/** What a thread is sent. */
export interface JobRequest {
  readonly job: Job;
  readonly writerWorkers: number;
}

export type JobAnswer =
  | { readonly kind: 'done'; readonly result: MergeResult | TypedResult }
  | { readonly kind: 'failed'; readonly error: JobError };

/** An error as it comes from a thread: its name says which of the expected ones it is. */
export interface JobError {
  readonly name: string;
  readonly message: string;
}

/** A job failed in its thread; `kind` is the name of the error there. */
export class JobFailedError extends Error {
  override readonly name = 'JobFailedError';
  readonly kind: string;

  constructor({ name, message }: JobError) {
    super(message);
    this.kind = name;
  }
}

/** A thread that dies fails its job and is replaced. */
export function jobPool(size: number, startWorker: () => Worker): JobPool {
  const waiting: Task[] = [];
  const workers = new Set<Worker>();
  const idle: Worker[] = [];
  const busy = new Map<Worker, Task>();
  let isClosed = false;

  function start(): Worker {
    const worker = startWorker();
    worker.on('message', (answer: JobAnswer) => {
      const task = busy.get(worker);
      busy.delete(worker);
      idle.push(worker);
      if (answer.kind === 'done') task?.resolve(answer.result);
      else task?.reject(new JobFailedError(answer.error));
      next();
    });
    worker.on('error', (error) => lose(worker, error));
    worker.on('exit', () => lose(worker, new Error('the worker thread died')));
    workers.add(worker);
    return worker;
  }

  function lose(worker: Worker, error: unknown): void {
    if (isClosed) return;
    const task = busy.get(worker);
    busy.delete(worker);
    if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    workers.delete(worker);
    task?.reject(error);
    next();
  }

  function next(): void {
    const task = waiting[0];
    if (task === undefined) return;
    let worker = idle.pop();
    if (worker === undefined) {
      if (workers.size >= size) return;
      worker = start();
    }
    waiting.shift();
    busy.set(worker, task);
    worker.postMessage(task.request);
  }

  return {
    size,
    run(job: Job, writerWorkers?: number) {
      const { promise, resolve, reject } = Promise.withResolvers<MergeResult & TypedResult>();
      if (isClosed) reject(stopped());
      else {
        const request: JobRequest = { job, writerWorkers: writerWorkers ?? 1 };
        waiting.push({ request, resolve: (result) => resolve(result as MergeResult & TypedResult), reject });
      }
      next();
      return promise;
    },
    warmUp(jobs) {
      while (!isClosed && workers.size < Math.min(jobs, size)) idle.push(start());
    },
    async close() {
      isClosed = true;
      for (const task of [...waiting.splice(0), ...busy.values()]) task.reject(stopped());
      await Promise.all([...workers].map((worker) => worker.terminate()));
    },
  };
}

function stopped(): Error {
  return new Error('the compaction was stopped');
}

interface Task {
  readonly request: JobRequest;
  readonly resolve: (result: MergeResult | TypedResult) => void;
  readonly reject: (error: unknown) => void;
}
