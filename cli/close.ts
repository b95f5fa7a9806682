import type { Command } from 'commander';
import type { HealPlan } from '../heal/plan.ts';
import { readSettings } from '../settings.ts';
import { calendarDate, duration, existingFolder } from './arguments.ts';
import { compactionMetrics, progressLine as compactionLine } from './compact.ts';
import { compactionFailures } from './compaction-failures.ts';
import { drain } from './drain.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { counted } from './figures.ts';
import { announceFailure, healDay, healMetrics, lacksRows, lossText } from './heal.ts';
import { printJson, printText } from './output.ts';
import { startProgress } from './progress.ts';
import { runCompaction } from './run-compaction.ts';
import { stopOnSignals } from './stop.ts';

interface CloseCommandOptions {
  readonly local?: string;
  readonly exportDate?: string;
  /** In milliseconds. */
  readonly wait: number;
  readonly json?: true;
}

interface Step {
  readonly step: 'drain' | 'heal' | 'drain again' | 'look again' | 'compact and certify';
  readonly done: string;
}

export function addClose(program: Command): void {
  program
    .command('close')
    .description('finish an export date: drain the queue, heal, compact and certify')
    .option('--local <DIR>', 'work in this folder', existingFolder)
    .option('--export-date <DATE>', 'the date to finish, after the day of its folders is over', calendarDate)
    .option('--wait <TIME>', 'how long nothing may come of a queue that is not empty', duration, 20 * 60_000)
    .option('--json', 'print the steps for a program')
    .addHelpText(
      'after',
      `
It takes what is in the queue itself, beside a consumer that may run elsewhere, then
puts what was never announced into it and takes that too. Compaction is that of every
date that has something to be done, so that parts that came late are in tables too.
It may be run again at any time, also after a step failed, and beside another one.
What the bucket lost for good stops no step: tables get what there is, and it ends
with 1 if they lack rows.

Example:
  $ cdi close --local ./sample --export-date 2026-11-18`,
    )
    .action(close);
}

async function close({ local, exportDate, wait, json }: CloseCommandOptions): Promise<void> {
  if (exportDate === undefined) throw new UsageError('say which day to close with --export-date DATE');
  const settings = readSettings();
  const progress = startProgress();
  const stop = stopOnSignals();
  const steps: Step[] = [];

  /** Says what was done, or which step it was that failed. */
  async function take(step: Step['step'], act: () => Promise<string>): Promise<void> {
    try {
      const done = await act();
      if (stop.signal.aborted) throw new CommandFailed('told to stop');
      steps.push({ step, done });
      progress.end();
      if (!json) printText(`${step}: ${done}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandFailed(`close ${exportDate}, ${step}: ${reason}; then run cdi close again`, {
        cause: error,
      });
    }
  }

  const drained = (): Promise<string> =>
    drain({ localFolder: local, settings, stop: stop.signal, mostIdleMs: wait, progress });
  try {
    await take('drain', drained);
    await take('heal', async () => {
      const outcome = await healDay({ local, exportDate });
      if (settings.hasMetrics) progress.metrics('heal', healMetrics(outcome));
      const failure = announceFailure(outcome);
      if (failure !== undefined) throw new CommandFailed(failure);
      return `${counted(outcome.plan.missing.length, 'object')} announced`;
    });
    await take('drain again', drained);
    let lost: HealPlan['lost'] = [];
    await take('look again', async () => {
      const { plan } = await healDay({ local, exportDate, dryRun: true });
      lost = plan.lost;
      const [first] = plan.missing;
      if (first === undefined) return lost.length === 0 ? 'nothing is missing' : lossText(lost);
      throw new CommandFailed(
        `${counted(plan.missing.length, 'object')} still missing, such as ${first.object.key}: cdi status shows what could not be read`,
      );
    });
    await take('compact and certify', async () => {
      const outcomes = await runCompaction({
        localFolder: local,
        settings,
        stop: stop.signal,
        onProgress: (now) => progress.update(compactionLine(now)),
      });
      if (settings.hasMetrics) progress.metrics('compact', compactionMetrics(outcomes));
      const failures = compactionFailures(outcomes);
      if (failures.length > 0) throw new CommandFailed(failures.join('; '));
      const days = outcomes.flatMap((outcome) => (outcome.kind === 'in-work' ? [] : outcome.days));
      return days.length === 0 ? 'all is up to date' : `${counted(days.length, 'certificate')} issued`;
    });
    if (json) printJson({ exportDate, steps });
    if (lost.some(lacksRows))
      throw new CommandFailed(`close ${exportDate}: certified, but ${lossText(lost)}`);
  } finally {
    progress.end();
    stop.dispose();
  }
}
