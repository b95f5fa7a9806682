import type { ObjectSummary } from '../schemas/part.ts';
import { liveParts } from '../storage/live-parts.ts';
import {
  newestReadings,
  objectReadings,
  type ObjectEntry,
  type ObjectReading,
} from '../storage/object-reading.ts';
import type { ObjectStore } from '../storage/store.ts';
import { nameKey } from '../schemas/collection.ts';

/** A version of a source object as the live parts tell of it. */
export interface IngestedObject {
  readonly key: string;
  readonly eTag: string;
  /** Whether every row it gave is in a part and counts; also of an object that gave none. */
  readonly isComplete: boolean;
  /** Whether every row is in a part, but some no longer count since a reprocess run replaced what it did not read. */
  readonly isSuperseded: boolean;
  /** The generation from which on all its rows would count. */
  readonly floor: number;
  /** Undefined when no delivery came to its end. */
  readonly summary: ObjectSummary | undefined;
}

/**
 * Reads from the live parts of an export date, of every collection, what was ingested. An object that was quarantined
 * whole, or is blank, is among it: its summary is in a part without rows.
 *
 * @param floors the generation from which on rows count, by collection
 */
export async function ingestedObjects(
  published: ObjectStore,
  exportDate: string,
  floors: ReadonlyMap<string, number>,
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
    const { key, eTag } = first.source;
    const readings = objectReadings(ofVersion);
    const complete = readings.filter((reading) => reading.isComplete);
    const isComplete = complete.some((reading) => reading.generation >= floorOf(reading, floors));
    return [
      {
        key,
        eTag,
        isComplete,
        isSuperseded: !isComplete && complete.length > 0,
        floor: Math.max(...readings.map((reading) => floorOf(reading, floors))),
        summary: newestReadings(readings)[0]?.summary,
      },
    ];
  });
}

/** The highest of the collections whose parts tell of it, also without rows: certificates count its lines, too. */
function floorOf({ rows }: ObjectReading, floors: ReadonlyMap<string, number>): number {
  return Math.max(0, ...[...rows.keys()].map((collection) => floors.get(collection) ?? 0));
}
