import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { areaPrefix } from '../schemas/layout.ts';
import type { ObjectStore } from '../storage/store.ts';
import { existingFolder } from './arguments.ts';
import { liveParts, openPart } from './live-parts.ts';
import { openQueue, openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { textTable } from './text-table.ts';

interface StatusOptions {
  readonly local?: string;
  readonly json?: true;
}

/** One collection and export date. */
interface DayStatus {
  readonly collection: string;
  readonly exportDate: string;
  parts: number;
  rows: number;
  bytes: number;
  newest: Date;
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('what waits, what there is, and what could not be used')
    .option('--local <DIR>', 'folder to look at', existingFolder)
    .option('--json', 'print it for a program')
    .addHelpText('after', '\nExample:\n  $ cdi status --local ./sample')
    .action(status);
}

async function status({ local, json }: StatusOptions): Promise<void> {
  const { published } = openStores(local);
  const queue = openQueue(local);
  try {
    const [depth, days, quarantine] = await Promise.all([
      queue.depth(),
      dayStatuses(published),
      quarantineCounts(published),
    ]);
    if (json) return printJson({ queue: depth, days, quarantine });

    const now = Date.now();
    const { visible, inFlight, delayed, dead, oldestSentAt } = depth;
    const oldest =
      oldestSentAt === undefined ? '' : `, the oldest ${ageText(now - oldestSentAt.getTime())} old`;
    printText(
      `queue: ${visible} waiting, ${inFlight} in work, ${delayed} to be tried again${oldest}; ${dead} dead letters\n`,
    );
    printText(
      days.length === 0
        ? 'no parts yet'
        : textTable(
            ['collection', 'export date', 'parts', 'rows', 'MB', 'newest part'],
            days.map(({ collection, exportDate, parts, rows, bytes, newest }) => [
              collection,
              exportDate,
              parts,
              rows,
              (bytes / 1e6).toFixed(1),
              `${ageText(now - newest.getTime())} ago`,
            ]),
          ),
    );
    const reasons = Object.entries(quarantine);
    printText(
      reasons.length === 0 ? '\nnothing in quarantine' : `\n${textTable(['quarantine', 'entries'], reasons)}`,
    );
  } finally {
    await queue.close();
  }
}

async function dayStatuses(published: ObjectStore): Promise<DayStatus[]> {
  const days: DayStatus[] = [];
  for await (const part of liveParts(published)) {
    await using reader = await openPart(published, part);
    const collection = `${part.db}:${part.collection}`;
    const last = days.at(-1);
    if (last === undefined || last.collection !== collection || last.exportDate !== part.exportDate) {
      days.push({
        collection,
        exportDate: part.exportDate,
        parts: 1,
        rows: reader.numberOfRows,
        bytes: part.size,
        newest: part.lastModified,
      });
      continue;
    }
    last.parts += 1;
    last.rows += reader.numberOfRows;
    last.bytes += part.size;
    if (part.lastModified > last.newest) last.newest = part.lastModified;
  }
  return days;
}

/** Entries by reason, the most frequent first. */
async function quarantineCounts(published: ObjectStore): Promise<Record<string, number>> {
  const counts = new Map<string, number>();
  for await (const { key } of published.list(areaPrefix('quarantine'))) {
    const found = await published.get(key);
    if (found.kind !== 'found') continue;
    await using body = found.body;
    for await (const line of createInterface({ input: Readable.from(body) })) {
      const { reason } = JSON.parse(line) as { reason: string };
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
  }
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a));
}

function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
