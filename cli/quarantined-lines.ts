import { nameKey } from '../schemas/collection.ts';
import { parseJsonObject } from '../schemas/json-object.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { jsonLines } from '../storage/json-lines.ts';
import { mapConcurrently } from '../storage/map-concurrently.ts';
import { publishedFiles, type ListedFile } from '../storage/published-files.ts';
import { QUARANTINE_READS } from '../storage/quarantine-entries.ts';
import { followRecords } from '../storage/quarantine-states.ts';
import { quarantinedRecords, type QuarantinedRecord } from '../storage/quarantined-records.ts';
import type { ObjectStore } from '../storage/store.ts';
import { idText, type AskedId } from './asked-id.ts';

/** A quarantine entry, without the line that it is about. */
export interface QuarantinedLine {
  readonly collection: string;
  readonly exportDate: string;
  readonly reason: string;
  readonly detail: string;
  readonly sourceObject: string;
  readonly sourceLine: number;
  readonly generation: number;
  /** The key of the quarantine file. */
  readonly file: string;
  readonly became: Became;
}

/**
 * What became of the line since, as `cdi quarantine list` counts it.
 *
 * - `waits`: its object was sent to be read again, and was not yet.
 * - `covered`: an object that covers its own has the same line in quarantine; that one counts.
 */
export type Became = 'open' | 'waits' | 'resolved' | 'covered';

/** Entries whose line has the id in its envelope, which is not encrypted. By collection and export date. */
export async function quarantinedLines(
  published: ObjectStore,
  asked: AskedId,
  collection: CollectionName | undefined,
): Promise<readonly QuarantinedLine[]> {
  const files = publishedFiles(published, 'quarantine', collection === undefined ? {} : { collection });
  const reads = mapConcurrently(files, QUARANTINE_READS, (file) => linesIn(published, file, asked));
  const found = (await Array.fromAsync(reads)).flat();
  const became = await fates(published, found);
  return found.map((line) => ({ ...line, became: became.get(placeOf(line)) ?? 'open' }));
}

async function linesIn(
  published: ObjectStore,
  file: ListedFile,
  asked: AskedId,
): Promise<readonly Omit<QuarantinedLine, 'became'>[]> {
  const found: Omit<QuarantinedLine, 'became'>[] = [];
  for await (const entry of jsonLines(published, file.key)) {
    const id = entry === undefined ? undefined : idOfLine(entry);
    if (entry === undefined || id === undefined || !asked.matches(id)) continue;
    found.push({
      collection: nameKey(file),
      exportDate: file.exportDate,
      reason: String(entry.reason),
      detail: String(entry.detail),
      sourceObject: String(entry.source_object),
      sourceLine: Number(entry.source_line),
      generation: Number(entry.generation),
      file: file.key,
    });
  }
  return found;
}

async function fates(published: ObjectStore, lines: readonly Place[]): Promise<ReadonlyMap<string, Became>> {
  const places = new Set(lines.map(placeOf));
  const byPlace = new Map<string, Became>();
  for (const exportDate of new Set(lines.map((line) => line.exportDate))) {
    const all = await quarantinedRecords(published, exportDate);
    const asked = all.filter((record) => places.has(placeOf(record)));
    for (const record of asked) byPlace.set(placeOf(record), 'covered');
    for (const record of await followRecords(published, all, asked)) {
      const isSent = record.replays.some((generation) => generation > record.generation);
      const isResolved = record.state === 'resolved';
      byPlace.set(placeOf(record), isResolved ? 'resolved' : isSent ? 'waits' : 'open');
    }
  }
  return byPlace;
}

type Place = Pick<QuarantinedRecord, 'exportDate' | 'sourceObject' | 'sourceLine'>;

function placeOf({ exportDate, sourceObject, sourceLine }: Place): string {
  return JSON.stringify([exportDate, sourceObject, sourceLine]);
}

/** Undefined where there is no line, or its envelope cannot be read. */
function idOfLine({ line, line_base64: base64 }: Readonly<Record<string, unknown>>): string | undefined {
  const text = typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString() : line;
  const message = typeof text === 'string' ? parseJsonObject(text)?.message : undefined;
  return typeof message === 'object' && message !== null && '_id' in message
    ? idText(message['_id'])
    : undefined;
}
