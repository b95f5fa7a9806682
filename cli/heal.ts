import type { Command } from 'commander';
import { announceMissing, lookForMissing } from '../heal/heal.ts';
import type { HealPlan } from '../heal/plan.ts';
import type { OffsetRange } from '../schemas/certificate.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { calendarDate, collectionName, existingFolder } from './arguments.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { counted } from './figures.ts';
import { openQueue, openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { startProgress } from './progress.ts';
import { terminalWidth } from './rows.ts';
import { textTable } from './text-table.ts';

interface HealCommandOptions {
  readonly local?: string;
  readonly exportDate?: string;
  readonly collection?: CollectionName;
  readonly dryRun?: true;
  readonly checkCoalesced?: true;
  readonly json?: true;
}

export function addHeal(program: Command): void {
  program
    .command('heal')
    .description('announce source objects of an export date that were never ingested')
    .option('--local <DIR>', 'work in this folder', existingFolder)
    .option('--export-date <DATE>', 'the day after the date of the folders', calendarDate)
    .option('--collection <DB:COLLECTION>', 'only objects of its topic', collectionName)
    .option('--check-coalesced', 'count the lines of coalesced objects that were not ingested as well')
    .option('--dry-run', 'only say what is missing')
    .option('--json', 'print what was found for a program')
    .addHelpText(
      'after',
      `
It compares the bucket with the live parts: originals that are not in them whole,
and coalesced objects with offsets that nothing holds, are put into the queue. Run
it when the queue holds nothing, or what waits there is announced twice, which does
no harm. Gaps of offsets are no loss by themselves: Kafka leaves some.

Example:
  $ cdi heal --local ./sample --export-date 2026-11-18 --dry-run`,
    )
    .action(heal);
}

async function heal(options: HealCommandOptions): Promise<void> {
  const { local, exportDate, collection, dryRun = false, checkCoalesced = false, json } = options;
  if (exportDate === undefined) throw new UsageError('say which day to heal with --export-date DATE');
  const progress = startProgress();
  try {
    const outcome = await healDay({ local, exportDate, collection, dryRun, checkCoalesced });
    progress.end();
    if (json) printJson(healJson(outcome));
    else printText(healText(outcome));
    const failure = healFailure(outcome);
    if (failure !== undefined) throw new CommandFailed(failure);
  } finally {
    progress.end();
  }
}

export interface HealDayOptions {
  readonly local: string | undefined;
  readonly exportDate: string;
  readonly collection?: CollectionName | undefined;
  readonly dryRun?: boolean;
  readonly checkCoalesced?: boolean;
}

export interface HealOutcome {
  readonly plan: HealPlan;
  readonly isDryRun: boolean;
  readonly refused: readonly { readonly key: string; readonly reason: string }[];
}

/** Looks for what is missing of a day, and puts it into the queue unless it is a dry run. */
export async function healDay({ local, dryRun = false, ...wanted }: HealDayOptions): Promise<HealOutcome> {
  const plan = await lookForMissing({ ...openStores(local), ...wanted });
  if (dryRun) return { plan, isDryRun: true, refused: [] };
  const queue = openQueue(local);
  try {
    return { plan, isDryRun: false, refused: await announceMissing(queue, plan) };
  } finally {
    await queue.close();
  }
}

/** Why not everything was healed; undefined when it was. */
export function healFailure({ plan, refused }: HealOutcome): string | undefined {
  const [first] = refused;
  if (first !== undefined) {
    return `the queue did not take ${counted(refused.length, 'object')}: ${first.reason}; run it again`;
  }
  if (plan.lost.length === 0) return undefined;
  return `${counted(plan.lost.length, 'object')} ingested in part and gone now, with nothing that covers it: ${plan.lost[0]}`;
}

function healJson({ plan, isDryRun, refused }: HealOutcome): unknown {
  const missing = plan.missing.map(({ object, size, reason }) => ({
    key: object.key,
    kind: object.kind,
    size,
    reason,
  }));
  return { ...plan, missing, isDryRun, sent: isDryRun ? 0 : missing.length - refused.length, refused };
}

function healText({ plan, isDryRun, refused }: HealOutcome): string {
  const { missing, lost, shortfalls, offsets } = plan;
  const rows = [
    ...missing.map(({ object, reason }) => [reason, object.key]),
    ...lost.map((key) => ['gone', key]),
  ];
  const sent = isDryRun
    ? `${counted(missing.length, 'object')} would be announced.`
    : `${counted(missing.length - refused.length, 'object')} announced.`;
  return [
    ...(rows.length === 0 ? [] : [textTable(['missing', 'object'], rows)]),
    ...(offsets.length === 0 ? [] : [offsetTable(offsets)]),
    ...shortfalls.map(
      ({ key, lines, replaced }) =>
        `warning: ${key} has ${counted(lines, 'line')}, the ${counted(replaced.keys.length, 'object')} that it replaced had ${replaced.lines.toLocaleString('en')}; our rows of them are safe\n`,
    ),
    `${sent}\n`,
  ].join('\n');
}

function offsetTable(offsets: HealPlan['offsets']): string {
  return textTable(
    ['topic', 'partition', 'objects', 'first', 'last', 'gaps', 'overlaps'],
    offsets.map(({ topic, partition, objects, span, gaps, overlaps }) => [
      topic,
      partition,
      objects,
      span?.from ?? null,
      span?.to ?? null,
      rangesText(gaps),
      rangesText(overlaps),
    ]),
    terminalWidth(),
  );
}

function rangesText(ranges: readonly OffsetRange[]): string | null {
  return ranges.length === 0 ? null : ranges.map(({ from, to }) => `${from}-${to}`).join(' ');
}
