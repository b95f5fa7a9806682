import type { ObjectStore } from './store.ts';
import { textLines } from './text-lines.ts';
import { parseJsonObject } from '../schemas/json-object.ts';

/** Files under way at once: most are small, as each is of one object. */
export const QUARANTINE_READS = 16;

/** What counting needs of an entry. */
export interface QuarantineEntry {
  /** `unreadable` for what tells none, such as half a line. */
  readonly reason: string;
  /** Undefined when the entry doesn't say. */
  readonly origin: QuarantineOrigin | undefined;
}

/** Where the line came from. */
export interface QuarantineOrigin {
  readonly key: string;
  /** The version id, else the eTag. */
  readonly version: string;
  /** From 1; 0 for the whole object. */
  readonly line: number;
  readonly generation: number;
}

/**
 * Reads a quarantine file as a stream.
 *
 * @returns false when nothing has the key any more
 */
export async function eachQuarantineEntry(
  published: ObjectStore,
  key: string,
  onEntry: (entry: QuarantineEntry) => void,
): Promise<boolean> {
  const found = await published.get(key);
  if (found.kind !== 'found') return false;
  await using body = found.body;
  for await (const line of textLines(body)) onEntry(parseEntry(line));
  return true;
}

function parseEntry(line: string): QuarantineEntry {
  const entry = parseJsonObject(line) ?? {};
  return { reason: typeof entry.reason === 'string' ? entry.reason : 'unreadable', origin: originIn(entry) };
}

function originIn({
  source_object: key,
  source_line: line,
  version_id: versionId,
  e_tag: eTag,
  generation,
}: Readonly<Record<string, unknown>>): QuarantineOrigin | undefined {
  const version = versionId ?? eTag;
  return typeof key === 'string' &&
    typeof version === 'string' &&
    typeof line === 'number' &&
    typeof generation === 'number'
    ? { key, version, line, generation }
    : undefined;
}
