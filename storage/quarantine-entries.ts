import type { ObjectStore } from './store.ts';

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
  for await (const line of linesOf(body)) onEntry(parseEntry(line));
  return true;
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

function parseEntry(line: string): QuarantineEntry {
  const entry = parseObject(line);
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

function parseObject(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
}
