import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { CompactorWorkerData } from '../cli/compactor-worker.ts';
import { openCatalogue, openRunRegistry, openStores } from '../cli/open.ts';
import { compactCollection } from '../compactor/compact.ts';
import { jobPool } from '../compactor/job-pool.ts';
import { collectionsOf } from '../schemas/collection.ts';
import { readSettings } from '../settings.ts';
import { DAY, type Codec } from './compaction-data.ts';
import type { Run } from './compaction-sides.ts';

/**
 * One compaction, in a process of its own so that its memory can be told: `node compact-process.ts DIR CODEC`. Says
 * what it took, but for starting the process and loading, on the standard output.
 */
const [localFolder, codec] = process.argv.slice(2);
const startMs = performance.now();
const startCpu = process.cpuUsage();
await compact();
const { user, system } = process.cpuUsage(startCpu);
const run: Run = {
  seconds: (performance.now() - startMs) / 1e3,
  cpuSeconds: (user + system) / 1e6,
  peakBytes: await peakBytes(),
};
process.stdout.write(`${JSON.stringify(run)}\n`);

/** As `cdi compact --all` does it, with the codec wanted and changes alone, which is all that the others make. */
async function compact(): Promise<void> {
  const { workers, scratchFolder } = readSettings();
  const compression = codec as Codec;
  const workerData: CompactorWorkerData = { localFolder, scratchFolder };
  const pool = jobPool(
    workers,
    () => new Worker(new URL('../cli/compactor-worker.ts', import.meta.url), { workerData }),
  );
  const catalogue = await openCatalogue(localFolder);
  const runs = await openRunRegistry(localFolder);
  try {
    const outcome = await compactCollection(
      {
        published: (await openStores(localFolder)).published,
        catalogue,
        runs,
        pool,
        shards: workers,
        definitions: [],
        signal: new AbortController().signal,
        onProgress: () => {},
      },
      { ...collectionsOf([])(DAY), compression, snapshot: 'none' },
    );
    if (outcome.kind !== 'compacted' || outcome.days[0]?.kind !== 'published') {
      throw new Error(`compaction ended so: ${JSON.stringify(outcome)}`);
    }
  } finally {
    await pool.close();
    await runs.close();
    await catalogue.close();
  }
}

/** The system's own count of the highest, as `process.resourceUsage()` begins with that of the parent process. */
async function peakBytes(): Promise<number> {
  const status = await readFile('/proc/self/status', 'latin1').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Number(kilobytes) * 1024;
}
