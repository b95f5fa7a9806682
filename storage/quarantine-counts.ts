import { mapConcurrently } from './map-concurrently.ts';
import { publishedFiles, type FileFilter } from './published-files.ts';
import type { ObjectStore } from './store.ts';
import type { DayOfCollection } from '../schemas/layout.ts';

/** What is in the quarantine of one collection and export date. */
export interface QuarantineCounts extends DayOfCollection {
  files: number;
  /** As written: that of a line which was delivered twice counts twice. */
  entries: number;
  /** Entries by reason; those that tell none, such as half a line, are `unreadable`. */
  readonly reasons: Record<string, number>;
}

/** Counts quarantine entries, reading every file as a stream. */
export async function quarantineCounts(
  published: ObjectStore,
  filter: FileFilter = {},
): Promise<readonly Readonly<QuarantineCounts>[]> {
  const days: QuarantineCounts[] = [];
  const files = mapConcurrently(publishedFiles(published, 'quarantine', filter), READS, async (file) => ({
    file,
    reasons: await countReasons(published, file.key),
  }));
  for await (const { file, reasons } of files) {
    if (reasons === undefined) continue;
    const { db, collection, exportDate } = file;
    let day = days.at(-1);
    if (day?.db !== db || day.collection !== collection || day.exportDate !== exportDate) {
      day = { db, collection, exportDate, files: 0, entries: 0, reasons: {} };
      days.push(day);
    }
    day.files += 1;
    for (const [reason, count] of reasons) {
      day.entries += count;
      day.reasons[reason] = (day.reasons[reason] ?? 0) + count;
    }
  }
  return days;
}

const READS = 4;

/** Undefined when the file is gone. */
async function countReasons(published: ObjectStore, key: string): Promise<Map<string, number> | undefined> {
  const found = await published.get(key);
  if (found.kind !== 'found') return undefined;
  await using body = found.body;
  const counts = new Map<string, number>();
  for await (const line of linesOf(body)) {
    const reason = reasonIn(line);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}

/** Not by `node:readline`, which also ends lines where JSON has line separators of Unicode. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let begun: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield Buffer.concat([...begun, chunk.subarray(start, end)]).toString();
      begun = [];
      start = end + 1;
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  }
  if (begun.length > 0) yield Buffer.concat(begun).toString();
}

const LINE_FEED = 0x0a;

function reasonIn(line: string): string {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === 'object' && entry !== null && 'reason' in entry && typeof entry.reason === 'string')
      return entry.reason;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return 'unreadable';
}
