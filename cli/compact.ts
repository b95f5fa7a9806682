import type { Command } from 'commander';
import type { CollectionOutcome, CompactProgress, DayOutcome } from '../compactor/compact.ts';
import type { MetricValues } from '../schemas/metrics.ts';
import { readSettings } from '../settings.ts';
import { calendarDate, collectionName, existingFolder, runName, wholeNumber } from './arguments.ts';
import { compactionFailures } from './compaction-failures.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { counted, seconds } from './figures.ts';
import { printJson, printText } from './output.ts';
import { startProgress } from './progress.ts';
import { runCompaction, type RunCompactionOptions } from './run-compaction.ts';
import { runStep } from './run-step.ts';
import { stopOnSignals } from './stop.ts';
import { terminalWidth } from './rows.ts';
import { textTable, type Cell } from './text-table.ts';
import type { CollectionName } from '../schemas/source-object.ts';

interface CompactCommandOptions {
  readonly local?: string;
  readonly collection?: CollectionName;
  readonly exportDate?: string;
  readonly all?: true;
  readonly shards?: number;
  readonly run?: string;
  readonly json?: true;
}

export function addCompact(program: Command): void {
  program
    .command('compact')
    .description('merge live parts into tables, prove that nothing was lost, and publish them')
    .option('--local <DIR>', 'work in this folder', existingFolder)
    .option('--collection <DB:COLLECTION>', 'only this collection', collectionName)
    .option('--export-date <DATE>', 'only this export date, and what its snapshot stands on', calendarDate)
    .option('--all', 'every export date of every collection that has something to be done')
    .option('--shards <N>', 'most pieces to merge side by side', wholeNumber(1))
    .option(
      '--run <NAME>',
      'be a step of this run, whose merging tasks of cdi shard do; all without a choice',
      runName,
    )
    .option('--json', 'print the outcome for a program')
    .addHelpText(
      'after',
      `
Each export date goes through plan, merge, snapshot, typed tables, proof,
publication and certificate. What readers have already is not made again, so it may
be run at any time, and run again after it was broken off. Snapshots stand on each
other: those before the date are made if need be, those behind it are made anew.

With --run it plans, leaves the jobs that can be done now for as many tasks of
cdi shard, and ends; once they have ended, the same command goes on. Its answer,
runs/NAME/answer.json in the area work, is pending, done or failed; when it was
left, whichever it is, the step ends with 0.

Examples:
  $ cdi compact --local ./sample --all
  $ cdi compact --local ./sample --collection core:contract --export-date 2026-11-18`,
    )
    .action(compact);
}

async function compact(options: CompactCommandOptions): Promise<void> {
  const { local, collection, exportDate, all, shards, run, json } = options;
  if (all && (collection !== undefined || exportDate !== undefined)) {
    throw new UsageError(
      '--all takes every collection and date: leave it out, or --collection and --export-date',
    );
  }
  if (!all && collection === undefined && exportDate === undefined && run === undefined) {
    throw new UsageError(
      'say what to compact: --all, or --collection DB:COLLECTION, --export-date DATE or both',
    );
  }
  const settings = readSettings();
  const progress = startProgress();
  const stop = stopOnSignals();
  try {
    const asked: RunCompactionOptions = {
      localFolder: local,
      settings,
      collection,
      exportDate,
      shards,
      stop: stop.signal,
      onProgress: (now) => progress.update(progressLine(now)),
    };
    if (run !== undefined) {
      const { answer, outcomes } = await runStep(asked, run);
      progress.end();
      if (settings.hasMetrics && answer.kind !== 'pending') {
        progress.metrics('compact', compactionMetrics(outcomes));
      }
      if (json) printJson(answer);
      else printText(answer.kind === 'pending' ? pendingText(answer.jobs) : outcomeText(outcomes));
      if (answer.kind === 'failed' && !json) printText(`failed: ${answer.reason}`);
      return;
    }
    const outcomes = await runCompaction(asked);
    progress.end();
    if (settings.hasMetrics) progress.metrics('compact', compactionMetrics(outcomes));
    if (json) printJson(outcomes);
    else printText(outcomeText(outcomes));
    const failures = compactionFailures(outcomes);
    if (failures.length > 0) throw new CommandFailed(failures.join('; '));
  } finally {
    progress.end();
    stop.dispose();
  }
}

/** What an alarm watches. */
export function compactionMetrics(outcomes: readonly CollectionOutcome[]): MetricValues {
  const days = outcomes.flatMap((outcome) => (outcome.kind === 'in-work' ? [] : outcome.days));
  return {
    CertificatesIssued: days.filter(({ kind }) => kind === 'published').length,
    CertificatesFailed: days.filter(({ kind }) => kind === 'failed').length,
  };
}

const DOING: Record<CompactProgress['doing'], string> = {
  changes: 'merging',
  snapshot: 'bringing the snapshot up to',
  typed: 'writing typed tables of',
  publish: 'publishing',
  certify: 'certifying',
};

/** What a person sees while it works. */
export function progressLine({ collection, exportDate, doing, day, days }: CompactProgress): string {
  return `${collection}: ${DOING[doing]} ${exportDate} (day ${day} of ${days})`;
}

function pendingText(jobs: number): string {
  return `${counted(jobs, 'job')} for cdi shard, then the same command again`;
}

/** A line for each export date. */
export function outcomeText(outcomes: readonly CollectionOutcome[]): string {
  const days = outcomes.flatMap((outcome) =>
    outcome.kind === 'in-work' ? [] : outcome.days.map((day) => ({ collection: outcome.collection, ...day })),
  );
  if (days.length === 0) return `Everything of ${counted(outcomes.length, 'collection')} is up to date.`;
  const table = textTable(
    [
      'collection',
      'export date',
      'parts',
      'rows in',
      'duplicates',
      'superseded',
      'rows out',
      'snapshot',
      'time',
    ],
    days.map((day) => [day.collection, day.exportDate, ...figures(day)]),
    terminalWidth(),
  );
  return [table, ...days.flatMap(uncountedLine)].join('\n');
}

function uncountedLine(day: DayOutcome): string[] {
  const [first] = day.kind === 'published' ? day.uncounted : [];
  if (day.kind === 'failed' || first === undefined) return [];
  return [
    `no row of ${counted(day.uncounted.length, 'object')} counts, such as ${first}: a run that replaced did not read them; cdi close --export-date ${day.exportDate}`,
  ];
}

function figures(day: DayOutcome): Cell[] {
  if (day.kind === 'failed') return [null, null, null, null, 'failed', null, seconds(day.elapsedMs)];
  const { parts, rows_in, duplicates, superseded, rows_out, snapshot_rows } = day.counts;
  return [parts, rows_in, duplicates, superseded, rows_out, snapshot_rows]
    .map((count): Cell => count ?? null)
    .concat(seconds(day.elapsedMs));
}
