import { liveParts } from './live-parts.ts';
import { objectReadings, type ObjectEntry, type ObjectReading } from './object-reading.ts';
import { readReplays } from './quarantine-replays.ts';
import type { QuarantinedRecord } from './quarantined-records.ts';
import type { ObjectStore } from './store.ts';
import { nameKey } from '../schemas/collection.ts';
import { covers, coveringPrefix, parseSourceObject } from '../schemas/source-object.ts';

/**
 * What became of a quarantined line since.
 *
 * - `open`: nothing.
 * - `replayed`: its object was sent to be read again, and it is not a row yet, or was quarantined again.
 * - `resolved`: its object, or a coalesced one that covers it, was read again to the end and it is no longer
 *   among what was quarantined.
 */
export type QuarantineState = 'open' | 'replayed' | 'resolved';

export type FollowedRecord = QuarantinedRecord & {
  readonly state: QuarantineState;
  /** The generations in which it was replayed, which are times in epoch ms. */
  readonly replays: readonly number[];
};

/**
 * Tells what became of quarantined lines.
 *
 * @param all every record of the export dates concerned, of all collections: what is not among them was not
 *   quarantined again
 * @param asked those that are wanted
 */
export async function followRecords(
  published: ObjectStore,
  all: readonly QuarantinedRecord[],
  asked: readonly QuarantinedRecord[],
): Promise<readonly FollowedRecord[]> {
  const followed: FollowedRecord[] = [];
  const failedLines = new Set(
    all.flatMap((record) => [placeOf(record, record.sourceObject), contentOf(record, record.sourceObject)]),
  );
  for (const [exportDate, ofDate] of Map.groupBy(asked, (record) => record.exportDate)) {
    const readings = await completeReadings(published, exportDate);
    for (const records of Map.groupBy(ofDate, nameKey).values()) {
      const [first] = records;
      if (first === undefined) continue;
      const replays = await readReplays(published, first);
      for (const record of records) {
        const times = replays.get(record.sourceObject ?? '') ?? [];
        const isResolved = readingsOf(record, readings).some((reading) =>
          isRowIn(reading, record, failedLines),
        );
        const state = isResolved ? 'resolved' : times.length > 0 ? 'replayed' : 'open';
        followed.push({ ...record, state, replays: times });
      }
    }
  }
  return followed;
}

/** By the prefix of the keys of what may cover them. */
async function completeReadings(
  published: ObjectStore,
  exportDate: string,
): Promise<ReadonlyMap<string, readonly ObjectReading[]>> {
  const entries: ObjectEntry[] = [];
  for await (const part of liveParts(published, { exportDate })) {
    if (part.kind === 'unreadable') continue;
    const collection = nameKey(part);
    for (const source of part.sources) entries.push({ source, generation: part.generation, collection });
  }
  const complete = objectReadings(entries).filter(({ isComplete }) => isComplete);
  return Map.groupBy(complete, ({ key }) => neighbourhood(key));
}

function neighbourhood(key: string): string {
  const object = parseSourceObject(key);
  return object.kind === 'other' ? key : coveringPrefix(object);
}

function readingsOf(
  { sourceObject }: QuarantinedRecord,
  readings: ReadonlyMap<string, readonly ObjectReading[]>,
): readonly ObjectReading[] {
  if (sourceObject === undefined) return [];
  const object = parseSourceObject(sourceObject);
  return (readings.get(neighbourhood(sourceObject)) ?? []).filter(({ key }) => {
    if (key === sourceObject) return true;
    const other = parseSourceObject(key);
    return object.kind !== 'other' && other.kind === 'coalesced' && covers(other, object);
  });
}

/**
 * Where nothing was quarantined, every line is a row. Otherwise it must be a newer reading, in which the line is not
 * among what was: told by its place in the same object, by its bytes in another one. Whose bytes were not kept, such as
 * a fault of a whole object, is not followed into another one.
 */
function isRowIn(
  { key, generation, summary }: ObjectReading,
  record: QuarantinedRecord,
  failedLines: ReadonlySet<string>,
): boolean {
  if (summary === undefined || generation < record.generation) return false;
  if (summary.quarantined === 0) return true;
  if (generation === record.generation) return false;
  const again = { ...record, generation };
  if (key === record.sourceObject) return !failedLines.has(placeOf(again, key));
  return record.lineDigest !== '' && !failedLines.has(contentOf(again, key));
}

function placeOf({ generation, sourceLine }: QuarantinedRecord, object: string | undefined): string {
  return JSON.stringify([object, generation, sourceLine]);
}

function contentOf({ generation, lineDigest }: QuarantinedRecord, object: string | undefined): string {
  return JSON.stringify([object, generation, lineDigest]);
}
