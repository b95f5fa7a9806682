import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openQueue, openReprocessQueue, openStores } from '../cli/open.ts';
import type { Queue } from '../consumer/queue.ts';
import type { ConsumeReport } from '../consumer/tally.ts';
import { ownEvent } from '../schemas/own-event.ts';
import { FLUSH_AGE_MS, liveLatencies } from './live-latency.ts';
import { scratchFolder } from './scratch-folder.ts';

const RECORDS = 200_000;
const ROUNDS = 3;
/** Generations of every object that wait to be read again: more than is read in the time. */
const AGAIN = 10;

const main = join(import.meta.dirname, '../cli/main.ts');
const run = promisify(execFile);

/**
 * How much live ingestion is slowed by a reprocess that runs beside it on the same machine, in turns: all there is at
 * once, and single events.
 */
export async function benchReprocessBeside(): Promise<void> {
  const folder = await scratchFolder('reprocess-bench-', 2 ** 30);
  const [alone, beside]: [number[], number[]] = [[], []];
  const latencies: string[] = [];
  try {
    const sample = join(folder, 'sample');
    await cdi('generate', '--dir', sample, '--records', String(RECORDS));
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await live(sample, join(folder, 'alone'), false, drainSeconds));
      beside.push(await live(sample, join(folder, 'beside'), true, drainSeconds));
    }
    for (const isReprocessing of [false, true]) {
      const sorted = await live(sample, join(folder, 'single'), isReprocessing, liveLatencies);
      const name = isReprocessing ? 'with a reprocess beside it' : 'alone';
      latencies.push(`${name.padEnd(28)} p50 ${at(sorted, 0.5)} ms, p99 ${at(sorted, 0.99)} ms`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const [best, slowed] = [Math.min(...alone), Math.min(...beside)];
  process.stdout.write(
    [
      `live, ${RECORDS.toLocaleString('en')} records, alone              ${best.toFixed(2)} s  (${list(alone)})`,
      `live, with a reprocess beside it          ${slowed.toFixed(2)} s  (${list(beside)})`,
      `slower by                                 ${((slowed / best - 1) * 100).toFixed(0)} %`,
      `single events, announced to row in a part, parts written after ${FLUSH_AGE_MS} ms`,
      ...latencies,
      '',
    ].join('\n'),
  );
}

/** Measures in a copy of the sample, with a reprocess from before the start to after the end, or without. */
async function live<Measured>(
  sample: string,
  folder: string,
  isReprocessing: boolean,
  measure: (folder: string) => Promise<Measured>,
): Promise<Measured> {
  await cp(sample, folder, { recursive: true });
  const reprocess = isReprocessing ? await startReprocess(folder) : undefined;
  try {
    const measured = await measure(folder);
    if (reprocess !== undefined && (reprocess.exitCode !== null || (await isReadAgain(folder)))) {
      throw new Error('the reprocess has ended');
    }
    return measured;
  } finally {
    if (reprocess?.kill('SIGKILL') === true) await once(reprocess, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

async function isReadAgain(folder: string): Promise<boolean> {
  const queue = await openReprocessQueue(folder);
  const { visible, inFlight } = await queue.depth();
  await queue.close();
  return visible + inFlight === 0;
}

/** From start to end of `cdi consume --drain`, which finds everything announced. @throws {Error} when rows are missing */
async function drainSeconds(folder: string): Promise<number> {
  await announce(await openQueue(folder), folder, [0]);
  const startMs = performance.now();
  const report = JSON.parse(await cdi('consume', '--local', folder, '--drain', '--json')) as ConsumeReport;
  if (report.lines.rows < 0.9 * RECORDS) throw new Error(`${report.lines.rows} rows are too few`);
  return (performance.now() - startMs) / 1e3;
}

/** A consumer of the reprocess queue that has begun to work. */
async function startReprocess(folder: string) {
  await announce(
    await openReprocessQueue(folder),
    folder,
    Array.from({ length: AGAIN }, (_, i) => i + 1),
  );
  const queue = await openReprocessQueue(folder);
  const words = [main, 'consume', '--local', folder, '--reprocess'];
  const child = spawn(process.execPath, words, { stdio: 'ignore' });
  while ((await queue.depth()).inFlight === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await queue.close();
  return child;
}

/** Every object, in each of the generations; closes the queue. */
async function announce(queue: Queue, folder: string, generations: readonly number[]): Promise<void> {
  const bodies: string[] = [];
  for await (const { key } of (await openStores(folder)).corporate.list('')) {
    for (const generation of generations) bodies.push(ownEvent({ key, generation }));
  }
  await queue.send(bodies);
  await queue.close();
}

async function cdi(...words: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [main, ...words]);
  return stdout;
}

/** Of ascending numbers that which a share of them does not exceed. */
function at(ascending: readonly number[], share: number): string {
  return (ascending[Math.ceil(share * ascending.length) - 1] ?? Number.NaN).toFixed(0);
}

function list(seconds: readonly number[]): string {
  return seconds.map((each) => each.toFixed(2)).join(', ');
}
