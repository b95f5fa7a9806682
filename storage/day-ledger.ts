import { coveredObjects } from './covered-objects.ts';
import type { LivePart } from './live-parts.ts';
import { newestReadings, objectReadings, type ObjectEntry, type ObjectReading } from './object-reading.ts';
import { nameKey } from '../schemas/collection.ts';

/** What the ledger says of one collection and export date, whatever was read twice and however parts were cut. */
export interface DayLedger {
  readonly objects: {
    readonly complete: number;
    /** Of the complete ones those whose lines are in others, too, and count there. */
    readonly covered: number;
    readonly incomplete: number;
  };
  /**
   * The next four are of whole objects that were read to their end, whatever the collection of their rows: each object
   * counts once, by its newest reading.
   */
  readonly lines: number;
  readonly rows: number;
  readonly quarantined: {
    readonly total: number;
    /** {@link total} is their sum. Parts from before they told reasons have `unknown`. */
    readonly byReason: Readonly<Record<string, number>>;
  };
  readonly blank: number;
  /** What the four are of. */
  readonly counted: readonly ObjectReading[];
  /** Rows of this collection that are in the parts: each line of a version counts once in a generation. */
  readonly distinctRows: number;
}

/**
 * Adds up what parts of one collection and export date say of their source objects; in any order.
 *
 * @param others what may hold more of the same objects: without the parts of other collections, an object with rows
 *   there is incomplete. They may be of any date, as an object is of one only.
 */
export function dayLedger(parts: readonly LivePart[], others: readonly LivePart[] = []): DayLedger {
  const [collection = ''] = parts.map(nameKey);
  const keys = new Set(parts.flatMap(({ sources }) => sources.map(({ key }) => key)));
  const entries = [...parts, ...others].flatMap(entriesOf).filter(({ source }) => keys.has(source.key));
  const readings = objectReadings(entries).filter(({ rows }) => rows.has(collection));
  const newest = newestReadings(readings);
  const complete = newest.filter(({ isComplete }) => isComplete);
  const covered = coveredObjects(complete);
  const counted = newest.filter(({ key, summary }) => summary !== undefined && !covered.has(key));
  const ended = counted.flatMap(({ summary }) => summary ?? []);
  return {
    objects: {
      complete: complete.length,
      covered: covered.size,
      incomplete: newest.length - complete.length,
    },
    lines: sum(ended.map(({ lines }) => lines)),
    rows: sum(ended.map(({ rows }) => rows)),
    quarantined: {
      total: sum(ended.map(({ quarantined }) => quarantined)),
      byReason: sumByName(
        ended.map(({ quarantined, reasons = { unknown: quarantined } }) =>
          quarantined === 0 ? {} : reasons,
        ),
      ),
    },
    blank: sum(ended.map(({ blank }) => blank)),
    counted,
    distinctRows: sum(readings.map(({ rows }) => rows.get(collection) ?? 0)),
  };
}

function entriesOf(part: LivePart): ObjectEntry[] {
  const collection = nameKey(part);
  return part.sources.map((source) => ({ source, generation: part.generation, collection }));
}

function sumByName(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [name, count] of counts.flatMap((each) => Object.entries(each))) {
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return Object.fromEntries(sums);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
