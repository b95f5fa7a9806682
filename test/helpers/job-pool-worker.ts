import { tmpdir } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { runJobWorker } from '../../compactor/job-worker.ts';
import { localStore } from '../../storage/local-store.ts';

/** What a worker thread of a test's job pool is told. */
export interface TestWorkerData {
  readonly folder: string;
  readonly cannotStart: boolean;
}

const { folder, cannotStart } = workerData as TestWorkerData;
if (parentPort === null) throw new Error('this file is the entry point of a worker thread');
if (cannotStart) throw new Error('the thread cannot start');

const published = localStore(folder);
runJobWorker(
  parentPort,
  {
    ...published,
    async get(key, options) {
      switch (key) {
        case 'exit':
          return process.exit(1);
        case 'crash':
          setImmediate(() => {
            throw new Error('nobody catches this');
          });
          return new Promise(() => {});
        case 'hang':
          return new Promise(() => {});
        case 'refuse':
          throw new RangeError('the store refuses');
        default:
          return published.get(key, options);
      }
    },
  },
  tmpdir(),
);
