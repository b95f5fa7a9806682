import type { QueueDepth } from '../consumer/queue.ts';
import { nameKey } from '../schemas/collection.ts';
import type { DayOfCollection } from '../schemas/layout.ts';
import type { QuarantineCounts } from '../storage/quarantine-counts.ts';
import type { RunRecord } from '../storage/run-registry.ts';
import type { DayStatus } from './day-status.ts';
import { clock, counted, grouped, megabytes, roughTime, seconds } from './figures.ts';
import type { PausedConsumer } from './paused-consumers.ts';
import { terminalWidth } from './rows.ts';
import type { SmallFiles } from './small-files.ts';
import type { Status } from './status.ts';
import { textTable, type Cell } from './text-table.ts';

/** What a person sees of it: the whole in a few lines, and tables of what there is. */
export function statusText(status: Status): string {
  const { queue, reprocessQueue, days, collections, unreadableParts, quarantine, runs, leases } = status;
  const nowMs = Date.now();
  const sections = [
    status.paused.map((consumer) => pausedText(consumer, nowMs)).join(''),
    textTable(
      ['queue', queueText(queue, nowMs)],
      [
        ...(isEmpty(reprocessQueue) ? [] : [['reprocess queue', queueText(reprocessQueue, nowMs)]]),
        ['parts', partsText(days)],
        ['not compacted', debtText(collections.map(({ debt }) => debt))],
        ['quarantine', entriesText(sum(quarantine.map(({ entries }) => entries)))],
      ],
    ),
    collections.length === 0 ? '' : collectionsTable(collections, nowMs),
    days.length === 0 ? '' : daysTable(days, nowMs),
    status.smallFiles.map(smallFilesText).join(''),
    unreadableParts.map(({ key, reason }) => `unreadable: ${key}: ${reason}\n`).join(''),
    quarantine.length === 0 ? '' : reasonsTable(quarantine),
    quarantine.length < 2 ? '' : quarantineTable(quarantine),
    runs.length === 0 ? '' : runsTable(runs, nowMs),
    leases
      .map(
        ({ name, expiresAtMs }) => `in work: ${name}, for ${roughTime(expiresAtMs - nowMs)} unless renewed\n`,
      )
      .join(''),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function pausedText(
  { host, pid, since, reason, isGone, lastNotedAt }: PausedConsumer,
  nowMs: number,
): string {
  const whose = `the consumer at ${host}, process ${pid}`;
  const why = `since ${clock(since)}, ${reason}`;
  return isGone
    ? `gone: ${whose}, was paused ${why}; last heard of ${clock(lastNotedAt)}, what it held is delivered again\n`
    : `PAUSED: ${whose}, ${why} (${roughTime(nowMs - since.getTime())}); it goes on by itself\n`;
}

function queueText({ visible, inFlight, delayed, dead, oldestSentAt }: QueueDepth, nowMs: number): string {
  const oldest =
    oldestSentAt === undefined ? '' : `, the oldest sent ${roughTime(nowMs - oldestSentAt.getTime())} ago`;
  const waiting = `${grouped(visible)} waiting, ${grouped(inFlight)} in work, ${grouped(delayed)} to be tried again`;
  return `${waiting}${oldest}; ${counted(dead, 'dead letter')}`;
}

function isEmpty({ visible, inFlight, delayed, dead }: QueueDepth): boolean {
  return visible + inFlight + delayed + dead === 0;
}

function partsText(days: Status['days']): string {
  const rows = sum(days.map((day) => day.rows));
  const parts = sum(days.map((day) => day.parts));
  return `${grouped(parts)} with ${counted(rows, 'row')}, ${megabytes(sum(days.map(({ bytes }) => bytes)))}`;
}

function debtText(debts: readonly DayStatus['debt'][]): string {
  const rows = sum(debts.map((debt) => debt.rows));
  return `${counted(sum(debts.map(({ parts }) => parts)), 'part')} with ${counted(rows, 'row')}`;
}

function entriesText(entries: number): string {
  return `${counted(entries, 'entry', 'entries')}${entries === 0 ? '' : ' as written; each line once: cdi quarantine list'}`;
}

function collectionsTable(collections: Status['collections'], nowMs: number): string {
  return textTable(
    ['collection', 'newest part', 'published up to', 'not compacted'],
    collections.map(({ collection, newestPartAt, publishedUpTo, debt }) => [
      collection,
      ago(newestPartAt, nowMs),
      publishedUpTo ?? null,
      debt.parts === 0 ? null : debtText([debt]),
    ]),
    terminalWidth(),
  );
}

function daysTable(days: Status['days'], nowMs: number): string {
  const hasUnreadable = days.some(({ unreadableParts }) => unreadableParts > 0);
  const hasIncomplete = days.some(({ objects }) => objects.incomplete > 0);
  const hasVersions = days.some(({ published }) => published !== undefined);
  const figures = (day: DayStatus): Cell[] => [
    day.parts,
    ...(hasUnreadable ? [day.unreadableParts] : []),
    day.rows,
    mb(day.bytes),
    ...(hasIncomplete ? [day.objects.complete, day.objects.incomplete] : []),
    ago(day.newestPartAt, nowMs),
    ...(hasVersions
      ? [
          day.debt.parts,
          day.published?.files ?? null,
          day.published === undefined ? null : mb(day.published.bytes),
        ]
      : []),
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
      ...(hasVersions ? ['not compacted', 'files', 'MB of them'] : []),
    ],
    days.map((day) => [...placeCells(day), ...figures(day)]),
    terminalWidth(),
  );
}

function ago(time: Date | undefined, nowMs: number): Cell {
  return time === undefined ? null : `${roughTime(nowMs - time.getTime())} ago`;
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(2);
}

function smallFilesText({ kind, files, averageBytes, ...day }: SmallFiles): string {
  const what =
    kind === 'live'
      ? `${grouped(files)} parts are not compacted`
      : `${grouped(files)} published files of ${megabytes(averageBytes ?? 0)} on average`;
  return `small files: ${placeCells(day).join(' ')}: ${what}\n`;
}

function runsTable(runs: readonly RunRecord[], nowMs: number): string {
  return textTable(
    ['last runs', 'export date', 'status', 'started', 'time', 'rows out', 'failure'],
    runs.map((run) => [
      run.DataProduct.replace(/^CDI-/, ''),
      run.Date,
      run.Status,
      ago(new Date(run.Started_At), nowMs),
      run.Finished_At === undefined
        ? null
        : seconds(Date.parse(run.Finished_At) - Date.parse(run.Started_At)),
      run.Counts.rows_out ?? null,
      run.Failure_Reason ?? null,
    ]),
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
  return textTable(['reason', 'quarantine entries'], mostFirst(counts));
}

function quarantineTable(quarantine: Status['quarantine']): string {
  return textTable(
    ['collection', 'export date', 'quarantine entries', 'reasons'],
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
  return [nameKey({ db, collection }), exportDate];
}
