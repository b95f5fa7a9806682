import { parentPort, workerData } from 'node:worker_threads';
import { openStores } from './open.ts';
import type { FlushLimits } from '../consumer/open-batches.ts';
import { runWorker } from '../consumer/worker.ts';
import { loadCollections } from '../schemas/load-collections.ts';

/** What a consumer hands to each of its worker threads. */
export interface ConsumerWorkerData {
  readonly localFolder: string | undefined;
  readonly limits: FlushLimits;
}

/** The entry point of a worker thread of `cdi consume`. */
const { localFolder, limits } = workerData as ConsumerWorkerData;
if (parentPort === null) throw new Error('this file is the entry point of a worker thread');
const { corporate, published } = await openStores(localFolder);
runWorker(parentPort, { corporate, published, findCollection: await loadCollections(), limits });
