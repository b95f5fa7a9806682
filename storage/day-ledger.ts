import type { LivePart } from './live-parts.ts';
import { objectReadings, type ObjectEntry } from './object-reading.ts';
import { nameKey } from '../schemas/collection.ts';
import type { ObjectSummary } from '../schemas/part.ts';

/** What the ledger says of one collection and export date, whatever was delivered twice and however parts were cut. */
export interface DayLedger {
  /**
   * Versions of source objects in a generation, coalesced copies beside their originals. A version whose reading was
   * given up, as when the object is written again meanwhile, counts only if nothing of the object is complete.
   */
  readonly objects: { readonly complete: number; readonly incomplete: number };
  /** The next four are those of whole objects, whatever the collection of their rows, that were read to their end. */
  readonly lines: number;
  readonly rows: number;
  readonly quarantined: number;
  readonly blank: number;
  /** Rows of this collection that are in the parts: each line of a version counts once in a generation. */
  readonly distinctRows: number;
  /** Keys of objects with `lines ≠ rows + quarantined + blank`, ascending. There should be none. */
  readonly unbalanced: readonly string[];
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
  const complete = readings.filter(({ isComplete }) => isComplete);
  const completeKeys = new Set(complete.map(({ key }) => key));
  const ended = readings.flatMap(({ key, summary }) => (summary === undefined ? [] : { key, ...summary }));
  return {
    objects: {
      complete: complete.length,
      incomplete: readings.filter(({ key }) => !completeKeys.has(key)).length,
    },
    lines: sum(ended.map(({ lines }) => lines)),
    rows: sum(ended.map(({ rows }) => rows)),
    quarantined: sum(ended.map(({ quarantined }) => quarantined)),
    blank: sum(ended.map(({ blank }) => blank)),
    distinctRows: sum(readings.map(({ rows }) => rows.get(collection) ?? 0)),
    unbalanced: [...new Set(ended.filter(isUnbalanced).map(({ key }) => key))].toSorted(),
  };
}

function isUnbalanced({ lines, rows, quarantined, blank }: ObjectSummary): boolean {
  return lines !== rows + quarantined + blank;
}

function entriesOf(part: LivePart): ObjectEntry[] {
  const collection = nameKey(part);
  return part.sources.map((source) => ({ source, generation: part.generation, collection }));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
