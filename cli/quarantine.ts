import type { Command } from 'commander';
import { nameKey } from '../schemas/collection.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { followRecords, type FollowedRecord, type QuarantineState } from '../storage/quarantine-states.ts';
import { quarantinedRecords, receivedLine } from '../storage/quarantined-records.ts';
import type { ObjectStore } from '../storage/store.ts';
import { calendarDate, collectionName, existingFolder, plainText, wholeNumber } from './arguments.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { clock, counted, grouped } from './figures.ts';
import { openReprocessQueue, openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { printable } from './printable.ts';
import { startProgress } from './progress.ts';
import { sendReplay } from './send-replay.ts';
import { textTable } from './text-table.ts';

interface Selection {
  readonly local?: string;
  readonly reason?: string;
  readonly collection?: CollectionName;
  readonly exportDate?: string;
  readonly source?: string;
  readonly line?: number;
  readonly json?: true;
}

interface ShowOptions extends Selection {
  readonly limit: number;
}

interface ReplayOptions extends Selection {
  readonly all?: true;
  readonly again?: true;
  readonly dryRun?: true;
}

export function addQuarantine(program: Command): void {
  const quarantine = program
    .command('quarantine')
    .description('lines that could not become rows')
    .addHelpText('after', '\nExample:\n  $ cdi quarantine list --local ./sample');
  withSelection(quarantine.command('list'))
    .description('count them by collection, export date and reason, and what became of them since')
    .addHelpText(
      'after',
      `
Each line counts once, with the reason it has now:
  open      nothing was done, or it was read again and could not be used again
  replayed  sent to be read again, and not read yet
  resolved  its object was read again, and it is a row
  attempts  how often the one of them that was replayed most often was replayed

Example:
  $ cdi quarantine list --local ./sample --reason key-refused`,
    )
    .action(list);
  withSelection(quarantine.command('show'))
    .description('show them as they were received, which is encrypted')
    .option('--limit <N>', 'how many to show', wholeNumber(1), 20)
    .addHelpText('after', '\nExample:\n  $ cdi quarantine show --local ./sample --limit 3')
    .action(show);
  withSelection(quarantine.command('replay'))
    .description('have their source objects read again')
    .option('--all', 'every one')
    .option('--again', 'also those that were sent and are not read again yet')
    .option('--dry-run', 'only say what would be sent')
    .addHelpText(
      'after',
      `
Sends each source object once to the reprocess queue. Left out are those whose lines
are resolved, and those that wait to be read again. May be broken off, and run again.

Example:
  $ cdi quarantine replay --local ./sample --reason key-refused
  $ cdi consume --local ./sample --reprocess --drain`,
    )
    .action(replay);
}

function withSelection(command: Command): Command {
  return command
    .option('--local <DIR>', 'work in this folder', existingFolder)
    .option('--reason <REASON>', 'those with this reason', plainText)
    .option('--collection <DB:COLLECTION>', 'those of this collection', collectionName)
    .option('--export-date <DATE>', 'those of this export date', calendarDate)
    .option('--source <KEY>', 'those of this source object', plainText)
    .option('--line <N>', 'that of this line; 0 is the whole object', wholeNumber(0))
    .option('--json', 'print the result for a program');
}

async function select(published: ObjectStore, selection: Selection): Promise<readonly FollowedRecord[]> {
  const progress = startProgress();
  try {
    return await follow(published, selection, (entries) =>
      progress.update(`${counted(entries, 'entry', 'entries')} read`),
    );
  } finally {
    progress.end();
  }
}

async function follow(
  published: ObjectStore,
  { reason, collection, exportDate, source, line }: Selection,
  onRead: (entries: number) => void,
): Promise<readonly FollowedRecord[]> {
  const all = await quarantinedRecords(published, exportDate, onRead);
  const asked = all.filter(
    (record) =>
      (reason === undefined || record.reason === reason) &&
      (collection === undefined || nameKey(record) === nameKey(collection)) &&
      (source === undefined || record.sourceObject === source) &&
      (line === undefined || record.sourceLine === line),
  );
  return followRecords(published, all, asked);
}

async function list(selection: Selection): Promise<void> {
  const records = await select((await openStores(selection.local)).published, selection);
  const groups = Map.groupBy(records, (record) =>
    JSON.stringify([nameKey(record), record.exportDate, record.reason]),
  );
  const inOrder = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const counts = inOrder.flatMap(([, group]) => {
    const [first] = group;
    return first === undefined ? [] : countsOf(first, group);
  });
  if (selection.json) return printJson(counts);
  if (counts.length === 0) return printText('nothing is in quarantine');
  const head = ['collection', 'export date', 'reason', 'lines', 'open', 'replayed', 'resolved', 'attempts'];
  const rows = counts.map((row) => Object.values(row));
  printText(textTable(head, rows, process.stdout.columns));
}

function countsOf(first: FollowedRecord, group: readonly FollowedRecord[]) {
  const count = (wanted: QuarantineState): number => group.filter(({ state }) => state === wanted).length;
  return {
    collection: nameKey(first),
    exportDate: first.exportDate,
    reason: first.reason,
    lines: group.length,
    open: count('open'),
    replayed: count('replayed'),
    resolved: count('resolved'),
    attempts: group.reduce((most, { replays }) => Math.max(most, replays.length), 0),
  };
}

async function show({ limit, ...selection }: ShowOptions): Promise<void> {
  const { published } = await openStores(selection.local);
  const shown = [];
  for (const record of (await select(published, selection)).slice(0, limit)) {
    const { db: _, lineDigest: _digest, position: _position, replays, ...known } = record;
    const replayedAt = replays.map((ms) => ({ generation: ms, at: new Date(ms).toISOString() }));
    const received = await receivedLine(published, record);
    shown.push({ ...known, collection: nameKey(record), replays: replayedAt, ...received });
  }
  if (selection.json) return printJson(shown);
  if (shown.length === 0) return printText('nothing is in quarantine');
  const texts = shown.map((record) =>
    [
      `${record.reason}: ${record.detail}`,
      `  ${record.collection}, ${record.exportDate}, ${stateText(record.state, record.replays)}`,
      `  line ${record.sourceLine} of ${record.sourceObject ?? 'an unknown object'}`,
      `  ${record.line ?? record.lineBase64 ?? '(no line was kept)'}`,
    ]
      .map(printable)
      .join('\n'),
  );
  printText(texts.join('\n\n'));
}

function stateText(state: QuarantineState, replays: readonly { readonly generation: number }[]): string {
  const times = replays.map(({ generation }) => `replayed ${clock(new Date(generation))}`);
  return [...(state === 'replayed' ? [] : [state]), ...times].join(', ');
}

async function replay({ all, again, dryRun, ...selection }: ReplayOptions): Promise<void> {
  const { reason, collection, exportDate, source, line, local, json } = selection;
  const isSelective = [reason, collection, exportDate, source, line].some((one) => one !== undefined);
  if (isSelective === (all === true)) {
    throw new UsageError('say which, such as with --reason REASON, or --all for every one');
  }
  const { published } = await openStores(local);
  const selected = await select(published, selection);
  const waiting = selected.filter(({ state }) => state === 'replayed');
  const records = selected.filter(({ state }) => state === 'open' || (again && state === 'replayed'));
  const objects = new Set(records.flatMap(({ sourceObject }) => sourceObject ?? []));
  const generation = Date.now();
  const { sent, refused } =
    dryRun || objects.size === 0
      ? { sent: 0, refused: [] }
      : await send(local, published, records, generation);
  const placeless = records.filter(({ sourceObject }) => sourceObject === undefined).length;
  const report = {
    generation,
    lines: records.length,
    objects: [...objects],
    sent,
    waiting: again ? 0 : waiting.length,
    placeless,
    refused,
  };
  if (json) printJson(report);
  else {
    const next = sent > 0 ? '; next: cdi consume --reprocess --drain' : '';
    const what = `${counted(dryRun ? objects.size : sent, 'source object')}, ${counted(records.length, 'line')}`;
    const left = [
      ...(placeless > 0 ? [`${grouped(placeless)} of unknown place`] : []),
      ...(report.waiting > 0
        ? [`${counted(report.waiting, 'line')} left out that wait to be read again`]
        : []),
    ];
    printText(`${[`${dryRun ? 'would send' : 'sent'} ${what}`, ...left].join(', ')}${next}`);
  }
  if (refused.length > 0) {
    throw new CommandFailed(`${counted(refused.length, 'source object')} not sent: ${refused[0]?.reason}`);
  }
}

async function send(
  local: string | undefined,
  published: ObjectStore,
  records: readonly FollowedRecord[],
  generation: number,
) {
  const queue = await openReprocessQueue(local);
  const progress = startProgress();
  try {
    return await sendReplay({ published, queue }, records, generation, (count) =>
      progress.update(`${counted(count, 'source object')} sent`),
    );
  } finally {
    progress.end();
    await queue.close();
  }
}
