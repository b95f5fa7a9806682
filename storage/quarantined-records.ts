import { hash } from 'node:crypto';
import { jsonLines } from './json-lines.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { publishedFiles, type ListedFile } from './published-files.ts';
import { QUARANTINE_READS } from './quarantine-entries.ts';
import type { ObjectStore } from './store.ts';
import type { DayOfCollection } from '../schemas/layout.ts';

/** What was quarantined, without the line itself. */
export interface QuarantinedRecord extends DayOfCollection {
  /** `unreadable` for an entry that tells none. */
  readonly reason: string;
  readonly detail: string;
  /** Undefined where the entry doesn't say. */
  readonly sourceObject: string | undefined;
  /** From 1; 0 for a fault of the whole object. */
  readonly sourceLine: number;
  readonly generation: number;
  /** Equal for equal lines; empty when the line was not kept. */
  readonly lineDigest: string;
  /** The quarantine file, and the place of the entry in it, from 0. */
  readonly file: string;
  readonly position: number;
}

/**
 * The quarantine of an export date, or of all: a line of an object once, however often it was replayed, as the newest
 * generation tells it. Files once were those of a batch, and two of them may have one line of one generation: it is told
 * by what is wrong with it besides its key, which is seen only once that is not refused. Takes memory for the distinct
 * lines, not for their text.
 */
export async function quarantinedRecords(
  published: ObjectStore,
  exportDate: string | undefined,
  onRead: (entries: number) => void = () => {},
): Promise<readonly QuarantinedRecord[]> {
  let entries = 0;
  const records = new Map<string, QuarantinedRecord>();
  const filter = exportDate === undefined ? {} : { exportDate };
  const files = publishedFiles(published, 'quarantine', filter);
  const reads = mapConcurrently(files, QUARANTINE_READS, (file) => readRecords(published, file));
  for await (const read of reads) {
    entries += read.length;
    onRead(entries);
    for (const record of read) {
      const { sourceObject, sourceLine, file, position } = record;
      const place = sourceObject === undefined ? [file, position] : [sourceObject, sourceLine];
      const id = JSON.stringify(place);
      if (isNewer(record, records.get(id))) records.set(id, record);
    }
  }
  return [...records.values()];
}

async function readRecords(published: ObjectStore, file: ListedFile): Promise<readonly QuarantinedRecord[]> {
  const records: QuarantinedRecord[] = [];
  for await (const entry of jsonLines(published, file.key)) {
    records.push(parseRecord(entry ?? {}, file, file.key, records.length));
  }
  return records;
}

function isNewer(record: QuarantinedRecord, known: QuarantinedRecord | undefined): boolean {
  if (known === undefined) return true;
  if (record.generation === known.generation) return known.reason === 'key-refused';
  return record.generation > known.generation;
}

/** The line as it was received, its document still encrypted; base64 when it is no UTF-8. */
export async function receivedLine(
  published: ObjectStore,
  { file, position }: Pick<QuarantinedRecord, 'file' | 'position'>,
): Promise<{ readonly line?: string; readonly lineBase64?: string }> {
  let at = 0;
  for await (const entry of jsonLines(published, file)) {
    if (at === position) {
      if (typeof entry?.line === 'string') return { line: entry.line };
      return typeof entry?.line_base64 === 'string' ? { lineBase64: entry.line_base64 } : {};
    }
    at += 1;
  }
  return {};
}

function parseRecord(
  entry: Readonly<Record<string, unknown>>,
  { db, collection, exportDate }: DayOfCollection,
  file: string,
  position: number,
): QuarantinedRecord {
  const line = entry.line ?? entry.line_base64;
  return {
    db,
    collection,
    exportDate,
    reason: typeof entry.reason === 'string' ? entry.reason : 'unreadable',
    detail: typeof entry.detail === 'string' ? entry.detail : '',
    sourceObject: typeof entry.source_object === 'string' ? entry.source_object : undefined,
    sourceLine: Number(entry.source_line ?? 0),
    generation: Number(entry.generation ?? 0),
    lineDigest: typeof line === 'string' ? hash('sha256', line, 'base64') : '',
    file,
    position,
  };
}
