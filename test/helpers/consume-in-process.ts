import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { startConsumer } from '../../consumer/consume.ts';
import { keyRing } from '../../consumer/keys/key-ring.ts';
import { standaloneKeys } from '../../consumer/keys/standalone-keys.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import type { Queue } from '../../consumer/queue.ts';
import { localStore } from '../../storage/local-store.ts';
import type { TestWorkerData } from './consumer-worker.ts';
import { FAULT, newFaults } from './worker-faults.ts';

/**
 * A process that drains the queue of a folder, and kills itself at the nth time it comes to a place: run as
 * `consume-in-process.ts FOLDER PLACE N`, see {@link CrashPlace}. It prints its report if it comes to its end.
 */
export type CrashPlace =
  | 'nowhere'
  | 'after-receive'
  | 'before-put'
  | 'after-put'
  | 'before-delete'
  | 'after-delete'
  | 'after-heartbeat';

const [folder = '', place = 'nowhere', nth = '1'] = process.argv.slice(2);
let timesLeft = Number(nth);

function crashAt(here: CrashPlace): void {
  if (here !== place) return;
  timesLeft -= 1;
  if (timesLeft === 0) process.kill(process.pid, 'SIGKILL');
}

const faults = newFaults();
if (place === 'before-put') faults[FAULT.crashBeforePut] = timesLeft;
if (place === 'after-put') faults[FAULT.crashAfterPut] = timesLeft;

const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
const crashing: Queue = {
  ...queue,
  async receive(options) {
    const messages = await queue.receive(options);
    if (messages.length > 0) crashAt('after-receive');
    return messages;
  },
  async delete(receipts) {
    crashAt('before-delete');
    const results = await queue.delete(receipts);
    crashAt('after-delete');
    return results;
  },
  async changeVisibility(entries) {
    const results = await queue.changeVisibility(entries);
    crashAt('after-heartbeat');
    return results;
  },
};

const workerData: TestWorkerData = {
  folder,
  faults,
  limits: { valBytes: 64 << 20, rows: 60, ageMs: 200, heldBytes: 256 << 20 },
};
const { finished } = startConsumer({
  queue: crashing,
  corporate: localStore(join(folder, 'corporate')),
  published: localStore(join(folder, 'published')),
  keyRing: keyRing(standaloneKeys()),
  startWorker: () => new Worker(new URL('consumer-worker.ts', import.meta.url), { workerData }),
  workers: 1,
  inFlightBytes: 64 << 20,
  visibilityTimeoutMs: 1_000,
  drain: true,
  stop: new AbortController().signal,
  onWritten: () => {},
  log: () => {},
});
process.stdout.write(JSON.stringify(await finished));
process.exit();
