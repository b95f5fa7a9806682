import { Option, type Command } from 'commander';
import { collectGarbage, type CollectOutcome, type RemovedVersion } from '../compactor/gc/collect-garbage.ts';
import { removeWorkFiles } from '../compactor/gc/work-files.ts';
import { collectionsIn } from '../storage/collections-in-area.ts';
import { duration, existingFolder } from './arguments.ts';
import { CommandFailed } from './ending.ts';
import { counted, megabytes } from './figures.ts';
import { openCatalogue, openRunRegistry, openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { startProgress } from './progress.ts';

interface GcOptions {
  readonly local?: string;
  readonly olderThan: number;
  readonly dryRun?: true;
  readonly json?: true;
}

/** What became of a collection, or of the files that runs over several tasks leave behind. */
export type GcOutcome =
  | CollectOutcome
  | { readonly kind: 'work'; readonly removed: readonly RemovedVersion[] };

export function addGc(program: Command): void {
  program
    .command('gc')
    .description('remove versions of tables that nobody has a use for any more')
    .option('--local <DIR>', 'work in this folder', existingFolder)
    .addOption(
      new Option('--older-than <TIME>', 'how long they must have been of no use')
        .argParser(duration)
        .default(duration('7d'), '7d'),
    )
    .option('--dry-run', 'only say what would be removed')
    .option('--json', 'print what was removed for a program')
    .addHelpText(
      'after',
      `
Removes what neither the catalogue shows nor a certificate names, and what runs over
several tasks left to each other. Whoever reads a version that was replaced has this
time to finish. Live parts, quarantined lines and
certificates stay. May be broken off, and run again.

Examples:
  $ cdi gc --local ./sample --dry-run
  $ cdi gc --local ./sample --older-than 12h`,
    )
    .action(gc);
}

async function gc({ local, olderThan, dryRun, json }: GcOptions): Promise<void> {
  const { published } = await openStores(local);
  const catalogue = await openCatalogue(local);
  const runs = await openRunRegistry(local);
  const progress = startProgress();
  try {
    const outcomes: GcOutcome[] = [];
    const nowMs = Date.now();
    for (const collection of await collectionsIn(published, AREAS)) {
      progress.update(`${collection.db}:${collection.collection}: looking for versions of no use`);
      const options = { published, catalogue, leases: runs, olderThanMs: olderThan, nowMs };
      outcomes.push(await collectGarbage({ ...options, isDryRun: dryRun === true }, collection));
    }
    const work = await removeWorkFiles(published, nowMs - olderThan, dryRun === true);
    if (work.files > 0) outcomes.push({ kind: 'work', removed: [work] });
    progress.end();
    if (json) printJson(outcomes);
    else printText(gcText(outcomes, dryRun === true));
    const leftOut = outcomes.filter((outcome) => outcome.kind === 'left-out');
    if (leftOut.length > 0) {
      const reasons = leftOut.map(({ collection, reason }) => `${collection} was left out: ${reason}`);
      throw new CommandFailed(reasons.join('; '));
    }
  } finally {
    progress.end();
    await runs.close();
    await catalogue.close();
  }
}

const AREAS = ['changes', 'exports', 'tombstones', 'certificates'] as const;

/** A line for each version, and a sum. */
export function gcText(outcomes: readonly GcOutcome[], isDryRun: boolean): string {
  const removed = outcomes.flatMap((outcome) => (outcome.kind === 'left-out' ? [] : outcome.removed));
  const sum = (of: (version: RemovedVersion) => number): number =>
    removed.reduce((total, version) => total + of(version), 0);
  const total = [
    counted(removed.length, 'folder'),
    counted(
      sum(({ files }) => files),
      'file',
    ),
    megabytes(sum(({ bytes }) => bytes)),
  ].join(', ');
  return [
    ...removed.map(({ folder, files, bytes }) => `${folder}  ${counted(files, 'file')}, ${megabytes(bytes)}`),
    `${isDryRun ? 'would remove' : 'removed'} ${total}`,
  ].join('\n');
}
