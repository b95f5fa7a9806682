import { coveredObjects } from './covered-objects.ts';
import { liveParts } from './live-parts.ts';
import { newestReadings, objectReadings, type ObjectEntry, type ObjectReading } from './object-reading.ts';
import { readReplays } from './quarantine-replays.ts';
import type { QuarantinedRecord } from './quarantined-records.ts';
import type { ObjectStore } from './store.ts';
import { nameKey } from '../schemas/collection.ts';
import { covers, coveringPrefix, parseSourceObject, type SourceObject } from '../schemas/source-object.ts';

/**
 * What became of a quarantined line since.
 *
 * - `open`: nothing, or it was read again since it was last sent, and quarantined again.
 * - `replayed`: its object was sent to be read again, and nobody has read it since.
 * - `resolved`: the reading of its object that counts, or an object that stands for it, has it as a row.
 *
 * What is not resolved is what certificates count as quarantined, once all that was sent has been read.
 */
export type QuarantineState = 'open' | 'replayed' | 'resolved';

export type FollowedRecord = QuarantinedRecord & {
  readonly state: QuarantineState;
  /** The generations in which it was replayed, which are times in epoch ms. */
  readonly replays: readonly number[];
};

/**
 * Tells what became of quarantined lines. Those of an object that another stands for are left out where that one has
 * them in quarantine, too.
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
  for (const [exportDate, ofDate] of Map.groupBy(asked, (record) => record.exportDate)) {
    const readings = await completeReadings(published, exportDate);
    const covered = coveredObjects([...readings.values()].flat());
    const failed = all.filter((record) => record.exportDate === exportDate && record.lineDigest !== '');
    const counted = failed.filter(({ sourceObject }) => !covered.has(sourceObject ?? ''));
    const countedLines = new Set(counted.map(({ lineDigest }) => lineDigest));
    const failedLines = new Set(failed.map((record) => contentOf(record, record.sourceObject)));
    for (const records of Map.groupBy(ofDate, nameKey).values()) {
      const [first] = records;
      if (first === undefined) continue;
      const replays = await readReplays(published, first);
      for (const record of records) {
        const isCovered = covered.has(record.sourceObject ?? '');
        if (isCovered && countedLines.has(record.lineDigest)) continue;
        const times = replays.get(record.sourceObject ?? '') ?? [];
        const isResolved = isCovered || isRow(record, readings, failedLines);
        const isWaiting = times.length > 0 && Math.max(...times) > lastReading(record, readings);
        const state = isResolved ? 'resolved' : isWaiting ? 'replayed' : 'open';
        followed.push({ ...record, state, replays: times });
      }
    }
  }
  return followed;
}

/** Of each object the one that counts, by the prefix of the keys of what may cover it. */
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
  const complete = newestReadings(objectReadings(entries)).filter(({ isComplete }) => isComplete);
  return Map.groupBy(complete, ({ key }) => neighbourhood(key));
}

function neighbourhood(key: string): string {
  const object = parseSourceObject(key);
  return object.kind === 'other' ? key : coveringPrefix(object);
}

/** By the object itself; where that was never read to its end, by a coalesced one that covers it. */
function isRow(
  record: QuarantinedRecord,
  readings: ReadonlyMap<string, readonly ObjectReading[]>,
  failedLines: ReadonlySet<string>,
): boolean {
  const { sourceObject } = record;
  if (sourceObject === undefined) return false;
  const near = readings.get(neighbourhood(sourceObject)) ?? [];
  const own = near.find(({ key }) => key === sourceObject);
  if (own !== undefined) {
    // A record is of the newest generation in which its line was quarantined.
    return own.generation > record.generation || (own.generation === record.generation && hasRowsOnly(own));
  }
  const object = parseSourceObject(sourceObject);
  return near.some((reading) => {
    if (!isCovering(reading.key, object)) return false;
    if (reading.generation < record.generation) return false;
    if (hasRowsOnly(reading)) return true;
    // Whose bytes were not kept, such as a fault of a whole object, is not followed into another one.
    const again = contentOf({ ...record, generation: reading.generation }, reading.key);
    return reading.generation > record.generation && record.lineDigest !== '' && !failedLines.has(again);
  });
}

/** The newest generation in which the line was read, by its own object or by one that stands for it. */
function lastReading(
  { sourceObject = '', generation }: QuarantinedRecord,
  readings: ReadonlyMap<string, readonly ObjectReading[]>,
): number {
  const object = parseSourceObject(sourceObject);
  const near = readings.get(neighbourhood(sourceObject)) ?? [];
  const own = near.filter(({ key }) => key === sourceObject || isCovering(key, object));
  return own.reduce((newest, reading) => Math.max(newest, reading.generation), generation);
}

function isCovering(key: string, object: SourceObject): boolean {
  const other = parseSourceObject(key);
  return object.kind !== 'other' && other.kind !== 'other' && covers(other, object);
}

/** Where nothing was quarantined, every line is a row. */
function hasRowsOnly({ summary }: ObjectReading): boolean {
  return summary?.quarantined === 0;
}

function contentOf({ generation, lineDigest }: QuarantinedRecord, object: string | undefined): string {
  return JSON.stringify([object, generation, lineDigest]);
}
