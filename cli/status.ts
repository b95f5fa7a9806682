import type { Command } from 'commander';
import type { QueueDepth } from '../consumer/queue.ts';
import type { DayOfCollection } from '../schemas/layout.ts';
import { coverageByDay, type DayCoverage } from '../storage/coverage.ts';
import { liveParts, type LivePart, type UnreadablePart } from '../storage/live-parts.ts';
import { quarantineCounts, type QuarantineCounts } from '../storage/quarantine-counts.ts';
import { existingFolder } from './arguments.ts';
import { counted, grouped, megabytes, roughTime } from './figures.ts';
import { openQueue, openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { terminalWidth } from './rows.ts';
import { textTable, type Cell } from './text-table.ts';

interface StatusOptions {
  readonly local?: string;
  readonly json?: true;
}

interface Status {
  readonly queue: QueueDepth;
  readonly days: readonly Readonly<DayCoverage>[];
  readonly unreadableParts: readonly UnreadablePart[];
  readonly quarantine: readonly Readonly<QuarantineCounts>[];
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('what waits, what there is, and what could not be used')
    .option('--local <DIR>', 'folder to look at', existingFolder)
    .option('--json', 'print it for a program')
    .addHelpText(
      'after',
      `
Rows are counted as they were written: those of a line that was delivered twice
count twice. An object is incomplete when rows it gave are in no part yet.

Example:
  $ cdi status --local ./sample`,
    )
    .action(status);
}

async function status({ local, json }: StatusOptions): Promise<void> {
  const { published } = openStores(local);
  const queue = openQueue(local);
  try {
    const unreadableParts: UnreadablePart[] = [];
    const [depth, days, quarantine] = await Promise.all([
      queue.depth(),
      coverageByDay(notingUnreadable(liveParts(published), unreadableParts)),
      quarantineCounts(published),
    ]);
    const found: Status = { queue: depth, days, unreadableParts, quarantine };
    if (json) printJson(found);
    else printText(statusText(found));
  } finally {
    await queue.close();
  }
}

async function* notingUnreadable(
  parts: AsyncIterable<LivePart | UnreadablePart>,
  unreadable: UnreadablePart[],
): AsyncGenerator<LivePart | UnreadablePart, void, undefined> {
  for await (const part of parts) {
    if (part.kind === 'unreadable') unreadable.push(part);
    yield part;
  }
}

function statusText({ queue, days, unreadableParts, quarantine }: Status): string {
  const nowMs = Date.now();
  const sections = [
    textTable(
      ['queue', queueText(queue, nowMs)],
      [
        ['parts', partsText(days)],
        ['quarantine', counted(sum(quarantine.map(({ entries }) => entries)), 'entry', 'entries')],
      ],
    ),
    days.length === 0 ? '' : partsTable(days, nowMs),
    unreadableParts.map(({ key, reason }) => `unreadable: ${key}: ${reason}\n`).join(''),
    quarantine.length === 0 ? '' : reasonsTable(quarantine),
    quarantine.length < 2 ? '' : quarantineTable(quarantine),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function queueText({ visible, inFlight, delayed, dead, oldestSentAt }: QueueDepth, nowMs: number): string {
  const oldest =
    oldestSentAt === undefined ? '' : `, the oldest sent ${roughTime(nowMs - oldestSentAt.getTime())} ago`;
  const waiting = `${grouped(visible)} waiting, ${grouped(inFlight)} in work, ${grouped(delayed)} to be tried again`;
  return `${waiting}${oldest}; ${counted(dead, 'dead letter')}`;
}

function partsText(days: Status['days']): string {
  const rows = sum(days.map((day) => day.rows));
  const parts = sum(days.map((day) => day.parts));
  return `${grouped(parts)} with ${counted(rows, 'row')}, ${megabytes(sum(days.map(({ bytes }) => bytes)))}`;
}

function partsTable(days: Status['days'], nowMs: number): string {
  const hasUnreadable = days.some(({ unreadableParts }) => unreadableParts > 0);
  const hasIncomplete = days.some(({ objects }) => objects.incomplete > 0);
  const figures = (day: Readonly<DayCoverage>): Cell[] => [
    day.parts,
    ...(hasUnreadable ? [day.unreadableParts] : []),
    day.rows,
    (day.bytes / 1e6).toFixed(2),
    ...(hasIncomplete ? [day.objects.complete, day.objects.incomplete] : []),
    day.newestPartAt === undefined ? null : `${roughTime(nowMs - day.newestPartAt.getTime())} ago`,
  ];
  return textTable(
    [
      'collection',
      'export date',
      'parts',
      ...(hasUnreadable ? ['unreadable'] : []),
      'rows',
      'MB',
      ...(hasIncomplete ? ['complete objects', 'incomplete'] : []),
      'newest part',
    ],
    days.map((day) => [...placeCells(day), ...figures(day)]),
    terminalWidth(),
  );
}

function reasonsTable(quarantine: Status['quarantine']): string {
  const counts = new Map<string, number>();
  for (const { reasons } of quarantine) {
    for (const [reason, count] of Object.entries(reasons)) {
      counts.set(reason, (counts.get(reason) ?? 0) + count);
    }
  }
  return textTable(['reason', 'quarantined'], mostFirst(counts));
}

function quarantineTable(quarantine: Status['quarantine']): string {
  return textTable(
    ['collection', 'export date', 'quarantined', 'reasons'],
    quarantine.map((day) => [...placeCells(day), day.entries, reasonsText(day.reasons)]),
    terminalWidth(),
  );
}

function reasonsText(reasons: QuarantineCounts['reasons']): string {
  return mostFirst(Object.entries(reasons))
    .map(([reason, count]) => `${reason} ${grouped(count)}`)
    .join(', ');
}

function mostFirst(counts: Iterable<[string, number]>): [string, number][] {
  return [...counts].toSorted(([, a], [, b]) => b - a);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function placeCells({ db, collection, exportDate }: DayOfCollection): Cell[] {
  return [`${db}:${collection}`, exportDate];
}
