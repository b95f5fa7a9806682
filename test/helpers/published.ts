import { openReader, type RowValue } from 'orc-writer-wasm';
import { areaPrefix, parsePublishedKey } from '../../schemas/layout.ts';
import { PART_METADATA, type PartSource } from '../../schemas/part.ts';
import type { ObjectStore } from '../../storage/store.ts';

export interface PublishedPart {
  readonly key: string;
  /** `db:collection export_date` */
  readonly place: string;
  readonly sources: readonly PartSource[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly rows: readonly Record<string, RowValue>[];
}

/** Every live part, read back. */
export async function readParts(published: ObjectStore): Promise<PublishedPart[]> {
  const parts: PublishedPart[] = [];
  for await (const { key } of published.list(areaPrefix('live'))) {
    await using reader = await openReader(await bodyOf(published, key));
    const metadata = new Map(
      [...reader.userMetadata].map(([name, value]) => [name, Buffer.from(value).toString()]),
    );
    parts.push({
      key,
      place: placeOf(key),
      sources: JSON.parse(metadata.get(PART_METADATA.sources) ?? '[]') as PartSource[],
      metadata,
      rows: await Array.fromAsync(reader.rows()),
    });
  }
  return parts;
}

export interface QuarantineEntry {
  readonly key: string;
  readonly place: string;
  readonly reason: string;
  readonly detail: string;
  readonly source_object: string;
  readonly source_line: number;
  readonly generation: number;
  readonly line?: string;
  readonly line_base64?: string;
}

/** Every quarantine entry. */
export async function readQuarantine(published: ObjectStore): Promise<QuarantineEntry[]> {
  const entries: QuarantineEntry[] = [];
  for await (const { key } of published.list(areaPrefix('quarantine'))) {
    const text = (await bodyOf(published, key)).toString();
    for (const line of text.split('\n').slice(0, -1)) {
      entries.push({ ...(JSON.parse(line) as QuarantineEntry), key, place: placeOf(key) });
    }
  }
  return entries;
}

/** The rows without those that are there again: `db:collection export_date id fingerprint`. */
export function distinctRows(parts: readonly PublishedPart[]): Set<string> {
  return new Set(
    parts.flatMap(({ place, rows }) =>
      rows.map(({ id, fingerprint }) => `${place} ${String(id)} ${String(fingerprint)}`),
    ),
  );
}

export async function bodyOf(store: ObjectStore, key: string): Promise<Buffer> {
  const result = await store.get(key);
  if (result.kind !== 'found') throw new Error(`${key} is ${result.kind}`);
  return Buffer.concat(await Array.fromAsync(result.body));
}

function placeOf(key: string): string {
  const file = parsePublishedKey(key);
  return file === undefined ? key : `${file.db}:${file.collection} ${file.exportDate}`;
}
