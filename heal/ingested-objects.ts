import type { ObjectSummary } from '../schemas/part.ts';
import { liveParts } from '../storage/live-parts.ts';
import { newestReadings, objectReadings, type ObjectEntry } from '../storage/object-reading.ts';
import type { ObjectStore } from '../storage/store.ts';
import { nameKey } from '../schemas/collection.ts';

/** A version of a source object as the live parts tell of it. */
export interface IngestedObject {
  readonly key: string;
  readonly eTag: string;
  /** Whether every row it gave is in a part; also of an object that gave none. */
  readonly isComplete: boolean;
  /** Undefined when no delivery came to its end. */
  readonly summary: ObjectSummary | undefined;
}

/**
 * Reads from the live parts of an export date, of every collection, what was ingested. An object that was quarantined
 * whole, or is blank, is among it: its summary is in a part without rows.
 */
export async function ingestedObjects(
  published: ObjectStore,
  exportDate: string,
): Promise<readonly IngestedObject[]> {
  const entries: ObjectEntry[] = [];
  for await (const part of liveParts(published, { exportDate })) {
    if (part.kind === 'unreadable') continue;
    const collection = nameKey(part);
    for (const source of part.sources) entries.push({ source, generation: part.generation, collection });
  }
  const versions = Map.groupBy(entries, ({ source }) => JSON.stringify([source.key, source.eTag]));
  return [...versions.values()].flatMap((ofVersion) => {
    const [first] = ofVersion;
    if (first === undefined) return [];
    const [reading] = newestReadings(objectReadings(ofVersion));
    const { key, eTag } = first.source;
    return [{ key, eTag, isComplete: reading?.isComplete ?? false, summary: reading?.summary }];
  });
}
