import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { FlushLimits } from '../../consumer/open-batches.ts';
import { runWorker } from '../../consumer/worker.ts';
import { loadCollections } from '../../schemas/load-collections.ts';
import { localStore } from '../../storage/local-store.ts';
import { FAULT, type Faults } from './worker-faults.ts';

/** A worker thread of a consumer under test; its stores fail when the test says so. */
export interface TestWorkerData {
  readonly folder: string;
  readonly limits: FlushLimits;
  readonly faults: Faults;
}

const { folder, limits, faults } = workerData as TestWorkerData;
if (parentPort === null) throw new Error('this file is the entry point of a worker thread');
const corporate = localStore(join(folder, 'corporate'));
const published = localStore(join(folder, 'published'));

function crashAt(place: number): void {
  if (Atomics.sub(faults, place, 1) === 1) process.kill(process.pid, 'SIGKILL');
}

runWorker(parentPort, {
  corporate: {
    ...corporate,
    async get(key, options) {
      Atomics.add(faults, FAULT.gets, 1);
      await sleep(Atomics.load(faults, FAULT.getDelayMs));
      if (Atomics.load(faults, FAULT.getsFail) > 0) throw new Error('the corporate store is down');
      return corporate.get(key, options);
    },
  },
  published: {
    ...published,
    async put(key, body, options) {
      Atomics.add(faults, FAULT.puts, 1);
      await sleep(Atomics.load(faults, FAULT.putDelayMs));
      if (Atomics.sub(faults, FAULT.putsFail, 1) > 0) {
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      }
      if (Atomics.sub(faults, FAULT.putsKill, 1) > 0) process.exit(7);
      crashAt(FAULT.crashBeforePut);
      const result = await published.put(key, body, options);
      crashAt(FAULT.crashAfterPut);
      return result;
    },
  },
  findCollection: await loadCollections(),
  limits,
});
