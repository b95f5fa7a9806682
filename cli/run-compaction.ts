import { Worker } from 'node:worker_threads';
import { compactCollection, type CollectionOutcome, type CompactProgress } from '../compactor/compact.ts';
import { jobPool, type JobPool } from '../compactor/job-pool.ts';
import { nameKey, type Collection } from '../schemas/collection.ts';
import { loadCollections } from '../schemas/load-collections.ts';
import { DefinitionError, loadDefinitions } from '../schemas/load-definitions.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import type { Settings } from '../settings.ts';
import { liveCollections } from '../storage/live-collections.ts';
import { mapConcurrently } from '../storage/map-concurrently.ts';
import { publishedFiles } from '../storage/published-files.ts';
import type { ObjectStore } from '../storage/store.ts';
import type { CompactorWorkerData } from './compactor-worker.ts';
import { CommandFailed } from './ending.ts';
import { openCatalogue, openRunRegistry, openStores } from './open.ts';

export interface RunCompactionOptions {
  readonly localFolder: string | undefined;
  readonly settings: Settings;
  /** Only this one. */
  readonly collection?: CollectionName | undefined;
  /** Only this day, with what it stands on and what stands on it. */
  readonly exportDate?: string | undefined;
  /** Most shards of a merge; when undefined, as many as there are worker threads, or 16 when they are tasks. */
  readonly shards?: number | undefined;
  readonly stop: AbortSignal;
  readonly onProgress: (progress: CompactProgress) => void;
  /** Of a run over several tasks. */
  readonly step?: CompactionStep | undefined;
}

export interface CompactionStep {
  readonly run: string;
  readonly pool: JobPool;
  /** What the step before came to. */
  readonly outcomes: readonly CollectionOutcome[];
}

/** The same in every step of a run, whatever machine that is on. */
const SHARDS_OF_TASKS = 16;

/**
 * Compacts collections side by side, with worker threads of this process, or in steps between which tasks do the work.
 *
 * @throws {CommandFailed} when there is nothing of the collection or the day that was asked for, or a data definition of
 * a typed table is wrong
 */
export async function runCompaction(options: RunCompactionOptions): Promise<readonly CollectionOutcome[]> {
  const { localFolder, settings, collection, exportDate, onProgress, step } = options;
  const { published } = await openStores(localFolder);
  const names = await Array.fromAsync(collection === undefined ? liveCollections(published) : [collection]);
  if (!(await hasParts(published, names, exportDate))) throw new CommandFailed(nothingText(options));
  const collections = await wantedOf(names, settings.ddlFolder);
  const workerData: CompactorWorkerData = { localFolder, scratchFolder: settings.scratchFolder };
  const pool =
    step?.pool ??
    jobPool(
      settings.workers,
      () => new Worker(new URL('compactor-worker.ts', import.meta.url), { workerData }),
    );
  const catalogue = await openCatalogue(localFolder);
  const runs = await openRunRegistry(localFolder);
  // A thread in the middle of a merge would go on to its end.
  options.stop.addEventListener('abort', () => void pool.close());
  try {
    const shards = options.shards ?? (step === undefined ? settings.workers : SHARDS_OF_TASKS);
    const common = {
      published,
      catalogue,
      runs,
      pool,
      shards,
      signal: options.stop,
      run: step?.run,
      onProgress,
    };
    const outcomes = mapConcurrently(collections, settings.workers, async ({ wanted, definitions }) => {
      const before = step?.outcomes.find((outcome) => outcome.collection === nameKey(wanted));
      if (before?.kind === 'compacted') return before;
      const pending = before?.kind === 'pending' ? before : undefined;
      return compactCollection({ ...common, definitions }, wanted, exportDate, pending);
    });
    return await Array.fromAsync(outcomes);
  } finally {
    await pool.close();
    await runs.close();
    await catalogue.close();
  }
}

interface Wanted {
  readonly wanted: Collection;
  readonly definitions: readonly string[];
}

/** Before anything is begun, so that a data definition that is wrong is told at once. */
async function wantedOf(
  names: readonly CollectionName[],
  ddlFolder: string | undefined,
): Promise<readonly Wanted[]> {
  const findCollection = await loadCollections();
  try {
    return await Promise.all(
      names.map(async (name) => {
        const wanted = findCollection(name);
        return { wanted, definitions: await loadDefinitions(wanted.typedTables, ddlFolder) };
      }),
    );
  } catch (error) {
    if (error instanceof DefinitionError) throw new CommandFailed(error.message);
    throw error;
  }
}

async function hasParts(
  published: ObjectStore,
  collections: readonly CollectionName[],
  exportDate: string | undefined,
): Promise<boolean> {
  for (const collection of collections) {
    const filter = { collection, ...(exportDate !== undefined && { exportDate }) };
    for await (const _ of publishedFiles(published, 'live', filter)) return true;
  }
  return collections.length === 0 && exportDate === undefined;
}

function nothingText({ collection, exportDate }: RunCompactionOptions): string {
  const of = collection === undefined ? '' : ` of ${nameKey(collection)}`;
  const on = exportDate === undefined ? '' : ` with the export date ${exportDate}`;
  return `there are no live parts${of}${on}; cdi status shows which there are`;
}
