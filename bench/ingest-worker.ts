import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { runWorker } from '../consumer/worker.ts';
import type { FlushLimits } from '../consumer/open-batches.ts';
import type { Collection } from '../schemas/collection.ts';
import { loadCollections } from '../schemas/load-collections.ts';
import { localStore } from '../storage/local-store.ts';

export interface IngestWorkerData {
  readonly folder: string;
  readonly limits: FlushLimits;
  readonly compression: Collection['compression'];
}

/** A worker of the benchmark: as the consumer's own, with every collection at one codec. */
const { folder, limits, compression } = workerData as IngestWorkerData;
if (parentPort === null) throw new Error('this file is the entry point of a worker thread');
const findCollection = await loadCollections();
runWorker(parentPort, {
  corporate: localStore(join(folder, 'corporate')),
  published: localStore(join(folder, 'published')),
  findCollection: (name) => ({ ...findCollection(name), compression }),
  limits,
});
