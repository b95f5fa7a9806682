import type { LivePart, UnreadablePart } from './live-parts.ts';
import { isObjectComplete } from './object-completeness.ts';
import type { ObjectEntry } from './object-reading.ts';
import { nameKey } from '../schemas/collection.ts';
import type { DayOfCollection } from '../schemas/layout.ts';

/** What the live parts hold of one collection and export date. */
export interface DayCoverage extends DayOfCollection {
  parts: number;
  unreadableParts: number;
  /** As written: those of a line that was delivered twice count twice. */
  rows: number;
  bytes: number;
  /**
   * Source objects. One is complete when every row it gave is in a part. It may have rows of several collections and
   * counts in each of them; where only some are looked at, it is therefore incomplete.
   */
  readonly objects: { complete: number; incomplete: number };
  /** Undefined when no part can be read. */
  newestPartAt: Date | undefined;
}

/**
 * Adds up live parts, of which those of one collection and export date must come together. Takes memory for the
 * objects of one of these, and for those that are not complete by then.
 */
export async function coverageByDay(
  parts: AsyncIterable<LivePart | UnreadablePart>,
): Promise<readonly Readonly<DayCoverage>[]> {
  const days: DayCoverage[] = [];
  const open = new Map<string, OpenObject>();
  const touched = new Set<string>();

  function endDay(): void {
    for (const key of touched) {
      const object = open.get(key);
      if (object === undefined || !isObjectComplete(object.entries)) continue;
      for (const day of object.days) day.objects.complete += 1;
      open.delete(key);
    }
    touched.clear();
  }

  for await (const part of parts) {
    let day = days.at(-1);
    if (day === undefined || !isSameDay(day, part)) {
      endDay();
      days.push((day = emptyDay(part)));
    }
    if (part.kind === 'unreadable') {
      day.unreadableParts += 1;
      continue;
    }
    addPart(day, part);
    for (const source of part.sources) {
      const object = open.get(source.key) ?? { days: new Set(), entries: [] };
      object.days.add(day);
      object.entries.push({ source, generation: part.generation, collection: nameKey(part) });
      open.set(source.key, object);
      touched.add(source.key);
    }
  }
  endDay();
  for (const object of open.values()) for (const day of object.days) day.objects.incomplete += 1;
  return days;
}

interface OpenObject {
  readonly days: Set<DayCoverage>;
  readonly entries: ObjectEntry[];
}

function emptyDay({ db, collection, exportDate }: DayOfCollection): DayCoverage {
  return {
    db,
    collection,
    exportDate,
    parts: 0,
    unreadableParts: 0,
    rows: 0,
    bytes: 0,
    objects: { complete: 0, incomplete: 0 },
    newestPartAt: undefined,
  };
}

function isSameDay(a: DayOfCollection, b: DayOfCollection): boolean {
  return a.db === b.db && a.collection === b.collection && a.exportDate === b.exportDate;
}

function addPart(day: DayCoverage, { rows, bytes, writtenAt }: LivePart): void {
  day.parts += 1;
  day.rows += rows;
  day.bytes += bytes;
  if (day.newestPartAt === undefined || writtenAt > day.newestPartAt) day.newestPartAt = writtenAt;
}
