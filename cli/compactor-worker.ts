import { parentPort, workerData } from 'node:worker_threads';
import { openStores } from './open.ts';
import { runJobWorker } from '../compactor/job-worker.ts';

/** What a compactor hands to each of its worker threads. */
export interface CompactorWorkerData {
  readonly localFolder: string | undefined;
  readonly scratchFolder: string;
}

/** The entry point of a worker thread of `cdi compact`. */
const { localFolder, scratchFolder } = workerData as CompactorWorkerData;
if (parentPort === null) throw new Error('this file is the entry point of a worker thread');
runJobWorker(parentPort, (await openStores(localFolder)).published, scratchFolder);
