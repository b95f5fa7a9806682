import { leaseOf, withLease } from '../compactor/lease.ts';
import { gunzip } from '../consumer/gunzip.ts';
import { nameKey } from '../schemas/collection.ts';
import type { DayOfCollection } from '../schemas/layout.ts';
import { coveringPrefix, covers, parseSourceObject } from '../schemas/source-object.ts';
import type { Leases } from '../storage/leases.ts';
import { liveParts } from '../storage/live-parts.ts';
import { isObjectComplete } from '../storage/object-completeness.ts';
import type { ObjectEntry } from '../storage/object-reading.ts';
import { raiseFloor } from '../storage/replace-floor.ts';
import type { ObjectStore } from '../storage/store.ts';
import type { PlannedObject } from './plan.ts';

export interface IngestedOfRun {
  /** Keys of planned objects of which not every row is in a part of the run's generation. */
  readonly missing: readonly string[];
  /** What was planned, and what else the run has rows of: what floors are for. */
  readonly days: readonly DayOfCollection[];
  /** Not planned, with rows of the run and with older ones of objects that it did not read: these must go on counting. */
  readonly mixedDays: readonly DayOfCollection[];
}

/**
 * Reads in the live parts how far a run is ingested. An object that is gone counts as ingested by a coalesced one that
 * covers it and is whole; one that has nothing but blank lines, which leaves no trace, always.
 */
export async function ingestedOfRun(
  stores: { readonly corporate: ObjectStore; readonly published: ObjectStore },
  generation: number,
  planned: readonly PlannedObject[],
): Promise<IngestedOfRun> {
  const entries = new Map<string, ObjectEntry[]>();
  const days = new Map<string, DayOfCollection>();
  const addDay = ({ db, collection, exportDate }: DayOfCollection): void => {
    days.set(dayKey({ db, collection, exportDate }), { db, collection, exportDate });
  };
  for (const { collection, exportDate } of planned) addDay({ ...collection, exportDate });
  const plannedDays = new Set(days.keys());
  const olderKeys = new Map<string, Set<string>>();
  for await (const part of liveParts(stores.published)) {
    if (part.kind === 'unreadable') continue;
    if (part.generation < generation && !plannedDays.has(dayKey(part))) {
      const keys = olderKeys.get(dayKey(part)) ?? new Set();
      for (const { key } of part.sources) keys.add(key);
      olderKeys.set(dayKey(part), keys);
    }
    if (part.generation !== generation) continue;
    addDay(part);
    for (const source of part.sources) {
      const ofObject = entries.get(source.key) ?? [];
      ofObject.push({ source, generation, collection: nameKey(part) });
      entries.set(source.key, ofObject);
    }
  }
  const complete = new Set([...entries].filter(([, all]) => isObjectComplete(all)).map(([key]) => key));
  const missing: string[] = [];
  for (const { key } of planned) {
    if (complete.has(key) || (await isSettledOtherwise(stores.corporate, key, complete, entries.has(key)))) {
      continue;
    }
    missing.push(key);
  }
  const isMixed = (day: DayOfCollection): boolean =>
    [...(olderKeys.get(dayKey(day)) ?? [])].some((key) => !complete.has(key) && !isCovered(key, complete));
  const all = [...days.values()];
  return { missing, days: all.filter((day) => !isMixed(day)), mixedDays: all.filter(isMixed) };
}

function dayKey({ db, collection, exportDate }: DayOfCollection): string {
  return JSON.stringify([db, collection, exportDate]);
}

/**
 * Has rows of older generations no longer count, in each of the days. Call it when nothing is missing.
 *
 * @throws {LeaseHeldError} when a collection is in work; what is raised by then stays so, and it may be called again.
 */
export async function raiseFloors(
  published: ObjectStore,
  leases: Leases,
  days: readonly DayOfCollection[],
  generation: number,
): Promise<void> {
  for (const ofCollection of Map.groupBy(days, nameKey).values()) {
    const [first] = ofCollection;
    if (first === undefined) continue;
    await withLease(leases, leaseOf(first), async (lost) => {
      for (const day of ofCollection) {
        lost.throwIfAborted();
        await raiseFloor(published, day, generation);
      }
    });
  }
}

async function isSettledOtherwise(
  corporate: ObjectStore,
  key: string,
  complete: ReadonlySet<string>,
  hasEntries: boolean,
): Promise<boolean> {
  const found = await corporate.get(key);
  if (found.kind === 'found') {
    if (hasEntries) {
      await found.body[Symbol.asyncDispose]();
      return false;
    }
    return isBlank(found.body, found.info.size);
  }
  return isCovered(key, complete);
}

/** Whether one of the complete objects is a coalesced one with all offsets of this one. */
function isCovered(key: string, complete: ReadonlySet<string>): boolean {
  const gone = parseSourceObject(key);
  if (gone.kind === 'other') return false;
  const prefix = coveringPrefix(gone);
  return [...complete].some((other) => {
    if (!other.startsWith(prefix)) return false;
    const candidate = parseSourceObject(other);
    return candidate.kind !== 'other' && covers(candidate, gone);
  });
}

/** Whether it has nothing but blank lines; reads as far as the first character of another. */
async function isBlank(body: AsyncIterable<Uint8Array>, size: number): Promise<boolean> {
  const chunks = gunzip(body, size);
  for (;;) {
    const { done, value } = await chunks.next();
    // What cannot be read to its end is not known to be blank.
    if (done === true) return value === undefined;
    if (value.some((byte) => !BLANKS.includes(byte))) {
      await chunks.return(undefined);
      return false;
    }
  }
}

/** Line feed, carriage return, tabulator, space. */
const BLANKS: readonly number[] = [0x0a, 0x0d, 0x09, 0x20];
