import type { Command } from 'commander';
import type { QueueDepth } from '../consumer/queue.ts';
import type { Lease } from '../storage/leases.ts';
import { quarantineCounts, type QuarantineCounts } from '../storage/quarantine-counts.ts';
import type { RunRecord } from '../storage/run-registry.ts';
import { existingFolder } from './arguments.ts';
import { collectionStatuses, type CollectionStatus } from './collection-status.ts';
import { dayStatuses, type DayStatuses } from './day-status.ts';
import {
  openCatalogue,
  openPauses,
  openQueue,
  openReprocessQueue,
  openRunRegistry,
  openStores,
} from './open.ts';
import { readSettings } from '../settings.ts';
import { startProgress } from './progress.ts';
import { printJson, printText } from './output.ts';
import { pausedConsumers, type PausedConsumer } from './paused-consumers.ts';
import { smallFiles, type SmallFiles } from './small-files.ts';
import { statusText } from './status-text.ts';

interface StatusOptions {
  readonly local?: string;
  readonly json?: true;
}

/** What `--json` prints. */
export interface Status extends DayStatuses {
  readonly queue: QueueDepth;
  /** Of what is read again. */
  readonly reprocessQueue: QueueDepth;
  /** Consumers that receive nothing because the key service is out, and those whose process ended meanwhile. */
  readonly paused: readonly PausedConsumer[];
  readonly collections: readonly CollectionStatus[];
  readonly smallFiles: readonly SmallFiles[];
  readonly quarantine: readonly Readonly<QuarantineCounts>[];
  /** The last ones, the newest first. */
  readonly runs: readonly RunRecord[];
  /** Those that have not expired. */
  readonly leases: readonly Lease[];
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('what waits, what there is, how fresh it is, and what could not be used')
    .option('--local <DIR>', 'folder to look at', existingFolder)
    .option('--json', 'print it for a program')
    .addHelpText(
      'after',
      `
Rows are counted as they were written: those of a line that was delivered twice
count twice. Quarantine entries count in each generation that a line was read in, those
that are resolved since among them, which cdi quarantine list tells. A consumer is paused while the key service or a store is out:
it receives nothing, spends no retry, and goes on by itself. An object is incomplete when
rows it gave are in no part yet. Not compacted are the parts that no published version
includes: cdi compact --all.
Small files are told of where an export date has more than 500 such parts, or more
than 8 published files that are below 16 MiB on average.

Example:
  $ cdi status --local ./sample`,
    )
    .action(status);
}

const LAST_RUNS = 10;

async function status({ local, json }: StatusOptions): Promise<void> {
  const { published } = await openStores(local);
  await using opened = new AsyncDisposableStack();
  const queue = opened.adopt(await openQueue(local), close);
  const reprocessQueue = opened.adopt(await openReprocessQueue(local), close);
  const catalogue = opened.adopt(await openCatalogue(local), close);
  const registry = opened.adopt(await openRunRegistry(local), close);
  const pauses = opened.adopt(await openPauses(local), close);
  const [depth, reprocessDepth, { days, unreadableParts }, quarantine, runs, leases, noted] =
    await Promise.all([
      queue.depth(),
      reprocessQueue.depth(),
      dayStatuses(published, catalogue),
      quarantineCounts(published),
      registry.list({ limit: LAST_RUNS }),
      registry.listLeases(),
      pauses.list(),
    ]);
  const found: Status = {
    queue: depth,
    reprocessQueue: reprocessDepth,
    paused: pausedConsumers(noted, Date.now()),
    collections: collectionStatuses(days),
    days,
    smallFiles: days.flatMap(smallFiles),
    unreadableParts,
    quarantine,
    runs,
    leases: leases.filter(({ expiresAtMs }) => expiresAtMs > Date.now()),
  };
  if (readSettings().hasMetrics) tellDebt(days);
  if (json) printJson(found);
  else printText(statusText(found));
}

/** Of export dates that should have been closed by now. */
function tellDebt(days: Status['days']): void {
  const today = new Date().toISOString().slice(0, 10);
  const due = days.filter(({ exportDate }) => exportDate <= today);
  startProgress().metrics('status', { DebtParts: due.reduce((sum, { debt }) => sum + debt.parts, 0) });
}

function close(resource: { close(): Promise<void> }): Promise<void> {
  return resource.close();
}
