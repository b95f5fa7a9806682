import { nameKey } from '../schemas/collection.ts';
import { parseJsonObject } from '../schemas/json-object.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { jsonLines } from '../storage/json-lines.ts';
import { publishedFiles } from '../storage/published-files.ts';
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
}

/** Entries whose line has the id in its envelope, which is not encrypted. By collection and export date. */
export async function quarantinedLines(
  published: ObjectStore,
  asked: AskedId,
  collection: CollectionName | undefined,
): Promise<readonly QuarantinedLine[]> {
  const found: QuarantinedLine[] = [];
  const files = publishedFiles(published, 'quarantine', collection === undefined ? {} : { collection });
  for await (const file of files) {
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
  }
  return found;
}

/** Undefined where there is no line, or its envelope cannot be read. */
function idOfLine({ line, line_base64: base64 }: Readonly<Record<string, unknown>>): string | undefined {
  const text = typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString() : line;
  const message = typeof text === 'string' ? parseJsonObject(text)?.message : undefined;
  return typeof message === 'object' && message !== null && '_id' in message
    ? idText(message['_id'])
    : undefined;
}
