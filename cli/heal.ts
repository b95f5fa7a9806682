import type { Command } from 'commander';
import { announceMissing, lookForMissing, type Refused } from '../heal/heal.ts';
import type { HealPlan } from '../heal/plan.ts';
import type { OffsetRange } from '../schemas/certificate.ts';
import type { MetricValues } from '../schemas/metrics.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { readSettings } from '../settings.ts';
import { calendarDate, collectionName, existingFolder } from './arguments.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { counted, grouped } from './figures.ts';
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
or no longer count since a reprocess that replaced, and coalesced objects with
offsets that nothing holds, are put into the queue. Run it when the queue holds
nothing, or what waits there is announced twice, which does no harm. Gaps of
offsets are no loss by themselves: Kafka leaves some.

Example:
  $ cdi heal --local ./sample --export-date 2026-11-18 --dry-run`,
    )
    .action(heal);
}

async function heal(options: HealCommandOptions): Promise<void> {
  const { local, exportDate, collection, dryRun = false, checkCoalesced = false, json } = options;
  if (exportDate === undefined) throw new UsageError('say which day to heal with --export-date DATE');
  const { hasMetrics } = readSettings();
  const progress = startProgress();
  try {
    const outcome = await healDay({ local, exportDate, collection, dryRun, checkCoalesced });
    progress.end();
    if (hasMetrics && !dryRun) progress.metrics('heal', healMetrics(outcome));
    if (json) printJson(healJson(outcome));
    else printText(healText(outcome));
    const failure = announceFailure(outcome);
    if (failure !== undefined) throw new CommandFailed(failure);
    const { lost } = outcome.plan;
    if (lost.length > 0) throw new CommandFailed(lossText(lost));
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
  readonly refused: readonly Refused[];
}

/** Looks for what is missing of a day, and puts it into the queue unless it is a dry run. */
export async function healDay({ local, dryRun = false, ...wanted }: HealDayOptions): Promise<HealOutcome> {
  const plan = await lookForMissing({ ...(await openStores(local)), ...wanted });
  if (dryRun) return { plan, isDryRun: true, refused: [] };
  const queue = await openQueue(local);
  try {
    return { plan, isDryRun: false, refused: await announceMissing(queue, plan) };
  } finally {
    await queue.close();
  }
}

/** What an alarm watches. */
export function healMetrics({ plan, refused }: HealOutcome): MetricValues {
  return { ObjectsHealed: plan.missing.length - refused.length };
}

/** Why not everything was announced; undefined when it was. */
export function announceFailure({ refused }: HealOutcome): string | undefined {
  const [first] = refused;
  if (first === undefined) return undefined;
  return `the queue did not take ${counted(refused.length, 'object')}, such as ${first.key}: ${first.reason}; mend that and run it again, which announces what is still missing`;
}

/** What the bucket lost, at least one thing, and what that means for tables. */
export function lossText(lost: HealPlan['lost']): string {
  const tables = lost.some(lacksRows) ? 'tables lack rows' : 'tables are whole';
  return `${counted(lost.length, 'object')} of the bucket lost lines, such as ${lost[0]?.key}: ${tables}`;
}

/** Whether rows are missing that tables would have. */
export function lacksRows(loss: HealPlan['lost'][number]): boolean {
  return loss.kind === 'rest' || !loss.replaced.areIngested;
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
  const { missing, lost, offsets } = plan;
  if (offsets.length === 0) {
    return 'There is nothing of this export date, which is the day after that of its folders.';
  }
  const shown = missing.slice(0, MOST_SHOWN).map(({ object, reason }) => [reason, object.key]);
  const more = missing.length - shown.length;
  const odd = offsets.filter(({ gaps, overlaps }) => gaps.length + overlaps.length > 0);
  return [
    ...(shown.length === 0 ? [] : [textTable(['missing', 'object'], shown)]),
    ...(more === 0 ? [] : [`and ${grouped(more)} more, which --json lists\n`]),
    ...(odd.length === 0 ? [] : [offsetTable(odd)]),
    ...(lost.length === 0 ? [] : [lost.map(lostLine).join('')]),
    `${counted(offsets.length, 'partition')}, ${grouped(odd.length)} with gaps or overlaps of offsets.`,
    isDryRun
      ? `${counted(missing.length, 'object')} would be announced.`
      : announcedLine(missing.length - refused.length),
  ].join('\n');
}

const MOST_SHOWN = 50;

function announcedLine(sent: number): string {
  return `${counted(sent, 'object')} announced${sent === 0 ? '.' : '; a consumer takes them now, or cdi consume --drain.'}`;
}

function lostLine(loss: HealPlan['lost'][number]): string {
  if (loss.kind === 'rest') {
    return `lost: ${loss.key} is gone with rows that tables lack, and nothing covers it\n`;
  }
  const { keys, lines } = loss.replaced;
  const tables = lacksRows(loss)
    ? 'tables lack rows of these'
    : 'tables are whole, for these were ingested before; do not reprocess with --mode replace';
  return `lost: ${loss.key} has ${counted(loss.lines, 'line')}, the ${counted(keys.length, 'object')} that it replaced had ${grouped(lines)}; ${tables}\n`;
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
