import { parentPort, workerData } from 'node:worker_threads';
import { fuzzFiles } from './cases.ts';
import { runCase } from './outcome.ts';

const { seed, from, to } = workerData as { seed: number; from: number; to: number };
const files = await fuzzFiles();
for (let number = from; number < to; number++) {
  parentPort?.postMessage({ kind: 'begun', number });
  parentPort?.postMessage({ kind: 'done', outcome: await runCase(files, seed, number) });
}
