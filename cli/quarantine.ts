import type { Command } from 'commander';
import type { Queue } from '../consumer/queue.ts';
import { nameKey } from '../schemas/collection.ts';
import type { DayOfCollection } from '../schemas/layout.ts';
import { ownEvent } from '../schemas/own-event.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { recordReplay } from '../storage/quarantine-replays.ts';
import { followRecords, type FollowedRecord, type QuarantineState } from '../storage/quarantine-states.ts';
import { quarantinedRecords, receivedLine } from '../storage/quarantined-records.ts';
import type { ObjectStore } from '../storage/store.ts';
import { calendarDate, collectionName, existingFolder, plainText, wholeNumber } from './arguments.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { clock, counted } from './figures.ts';
import { openReprocessQueue, openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { printable } from './printable.ts';
import { startProgress, type Progress } from './progress.ts';
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
  readonly dryRun?: true;
}

export function addQuarantine(program: Command): void {
  const quarantine = program
    .command('quarantine')
    .description('lines that could not become rows')
    .addHelpText('after', '\nExample:\n  $ cdi quarantine list --local ./sample');
  withSelection(quarantine.command('list'))
    .description('count them by collection, export date and reason, and what became of them since')
    .addHelpText('after', '\nExample:\n  $ cdi quarantine list --local ./sample --reason key-refused')
    .action(list);
  withSelection(quarantine.command('show'))
    .description('show them as they were received, which is encrypted')
    .option('--limit <N>', 'how many to show', wholeNumber(1), 20)
    .addHelpText('after', '\nExample:\n  $ cdi quarantine show --local ./sample --limit 3')
    .action(show);
  withSelection(quarantine.command('replay'))
    .description('have their source objects read again')
    .option('--all', 'every one')
    .option('--dry-run', 'only say what would be sent')
    .addHelpText(
      'after',
      `
Sends each source object once to the reprocess queue. Those whose lines are resolved
already are left out. May be broken off, and run again.

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
  const { reason, collection, exportDate, source, line } = selection;
  const all = await quarantinedRecords(published, exportDate);
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
  const records = await select(openStores(selection.local).published, selection);
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
  const head = ['collection', 'export date', 'reason', 'lines', 'replayed', 'resolved'];
  const rows = counts.map((row) => Object.values(row));
  printText(textTable(head, rows, process.stdout.columns));
}

function countsOf(first: FollowedRecord, group: readonly FollowedRecord[]) {
  return {
    collection: nameKey(first),
    exportDate: first.exportDate,
    reason: first.reason,
    lines: group.length,
    replayed: group.filter(({ replays }) => replays.length > 0).length,
    resolved: group.filter(({ state }) => state === 'resolved').length,
  };
}

async function show({ limit, ...selection }: ShowOptions): Promise<void> {
  const { published } = openStores(selection.local);
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

async function replay({ all, dryRun, ...selection }: ReplayOptions): Promise<void> {
  const { reason, collection, exportDate, source, line, local, json } = selection;
  const isSelective = [reason, collection, exportDate, source, line].some((one) => one !== undefined);
  if (isSelective === (all === true)) {
    throw new UsageError('say which, such as with --reason REASON, or --all for every one');
  }
  const { published } = openStores(local);
  const records = (await select(published, selection)).filter(({ state }) => state !== 'resolved');
  const objects = new Set(records.flatMap(({ sourceObject }) => sourceObject ?? []));
  const generation = Date.now();
  const refused: Refused[] = [];
  let sent = new Set<string>();
  if (dryRun === undefined && objects.size > 0) {
    const queue = openReprocessQueue(local);
    const progress = startProgress();
    try {
      sent = await sendAll(published, queue, records, generation, refused, progress);
    } finally {
      progress.end();
      await queue.close();
    }
  }
  const placeless = records.filter(({ sourceObject }) => sourceObject === undefined).length;
  const report = {
    generation,
    lines: records.length,
    objects: [...objects],
    sent: sent.size,
    placeless,
    refused,
  };
  if (json) printJson(report);
  else {
    const next = sent.size > 0 ? '; next: cdi consume --reprocess --drain' : '';
    const what = `${counted(dryRun ? objects.size : sent.size, 'source object')}, ${counted(records.length, 'line')}`;
    printText(
      `${dryRun ? 'would send' : 'sent'} ${what}${placeless > 0 ? `, ${placeless} of unknown place` : ''}${next}`,
    );
  }
  if (refused.length > 0) {
    throw new CommandFailed(`${counted(refused.length, 'source object')} not sent: ${refused[0]?.reason}`);
  }
}

interface Refused {
  readonly object: string;
  readonly reason: string;
}

const OBJECTS_PER_SEND = 100;

/**
 * Sends before it marks: who is killed in between has sent what is not marked, and a rerun sends it once more, which
 * only makes the same rows in a newer generation. Marked first, objects that nobody has sent would pass for replayed.
 * The events pin no version: what is read is the object as it is now, which may be what was fixed.
 */
async function sendAll(
  published: ObjectStore,
  queue: Queue,
  records: readonly FollowedRecord[],
  generation: number,
  refused: Refused[],
  progress: Progress,
): Promise<Set<string>> {
  const sent = new Set<string>();
  const days = new Map<string, { readonly day: DayOfCollection; readonly objects: Set<string> }>();
  for (const { db, collection, exportDate, sourceObject } of records) {
    if (sourceObject === undefined) continue;
    const id = JSON.stringify([db, collection, exportDate]);
    const entry = days.get(id) ?? { day: { db, collection, exportDate }, objects: new Set() };
    days.set(id, entry);
    entry.objects.add(sourceObject);
  }
  for (const { day, objects } of days.values()) {
    const ofDay = [...objects];
    for (let at = 0; at < ofDay.length; at += OBJECTS_PER_SEND) {
      const batch = ofDay.slice(at, at + OBJECTS_PER_SEND);
      // An object with lines of several collections is sent once, and marked in each.
      const fresh = batch.filter((key) => !sent.has(key) && !refused.some(({ object }) => object === key));
      const results = await queue.send(fresh.map((key) => ownEvent({ key, generation })));
      for (const [index, object] of fresh.entries()) {
        const result = results[index];
        if (result?.kind === 'sent') sent.add(object);
        else refused.push({ object, reason: result?.reason ?? 'the queue did not answer' });
      }
      const marked = batch.filter((key) => sent.has(key));
      if (marked.length > 0) await recordReplay(published, day, { generation, objects: marked });
      progress.update(`${counted(sent.size, 'source object')} sent`);
    }
  }
  return sent;
}
