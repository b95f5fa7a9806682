import { mostDisjoint } from './most-disjoint.ts';
import type { ObjectSummary, PartSource } from '../schemas/part.ts';

/** What one part holds of a source object. */
export interface ObjectEntry {
  readonly source: PartSource;
  readonly generation: number;
  /** Lines of different collections may alternate; those of one are read in order. */
  readonly collection: string;
}

/** A version of a source object in a generation. */
export interface ReadVersion {
  readonly key: string;
  readonly generation: number;
  /** The version id, else the eTag. */
  readonly version: string;
}

/** What the entries hold of a version of a source object in a generation, however often it was delivered. */
export interface ObjectReading extends ReadVersion {
  /** Of the delivery that gave the most rows, as keys may be refused in one; undefined when none came to the end. */
  readonly summary: ObjectSummary | undefined;
  /** By collection. A line counts once; where too little is known of overlapping entries, some may not be counted. */
  readonly rows: ReadonlyMap<string, number>;
  /** Whether every row of the summary is there. */
  readonly isComplete: boolean;
}

/** Groups entries, of any number of source objects, by what was read. */
export function objectReadings(entries: readonly ObjectEntry[]): ObjectReading[] {
  const readings = Map.groupBy(entries, (entry) => readingId(versionOf(entry)));
  return [...readings.values()].flatMap(readingOf);
}

/**
 * Of each source object the reading that counts: the newest that is complete, else the newest that came to its end. No
 * part says which of two versions of one generation was read last, and all of their rows are there, so that with the
 * most rows counts.
 */
export function newestReadings(readings: readonly ObjectReading[]): ObjectReading[] {
  const ofObjects = Map.groupBy(readings, ({ key }) => key);
  return [...ofObjects.values()].flatMap((all) => all.toSorted(byNewest)[0] ?? []);
}

/** Equal for what is of the same reading. */
export function readingId({ key, generation, version }: ReadVersion): string {
  return JSON.stringify([key, generation, version]);
}

function versionOf({ source, generation }: ObjectEntry): ReadVersion {
  return { key: source.key, generation, version: source.versionId ?? source.eTag };
}

function readingOf(entries: readonly ObjectEntry[]): ObjectReading[] {
  const [first] = entries;
  if (first === undefined) return [];
  const summary = entries.flatMap(({ source }) => source.object ?? []).toSorted(byMostRows)[0];
  const rows = new Map<string, number>();
  let found = 0;
  for (const [collection, ofCollection] of Map.groupBy(entries, (entry) => entry.collection)) {
    const disjoint = mostDisjoint(
      ofCollection
        .filter(({ source }) => source.rows > 0)
        .map(({ source }) => ({ first: source.firstLine, last: source.lastLine, weight: source.rows })),
    );
    rows.set(collection, disjoint);
    found += disjoint;
  }
  return [{ ...versionOf(first), summary, rows, isComplete: summary !== undefined && found >= summary.rows }];
}

function byNewest(a: ObjectReading, b: ObjectReading): number {
  return (
    Number(b.isComplete) - Number(a.isComplete) ||
    Number(b.summary !== undefined) - Number(a.summary !== undefined) ||
    b.generation - a.generation ||
    (a.summary && b.summary ? byMostRows(a.summary, b.summary) : 0) ||
    compareText(a.version, b.version)
  );
}

/** Entries may come in any order, so summaries with the same number of rows need one too. */
function byMostRows(a: ObjectSummary, b: ObjectSummary): number {
  return (
    b.rows - a.rows ||
    b.lines - a.lines ||
    b.quarantined - a.quarantined ||
    compareText(JSON.stringify(a.reasons ?? {}), JSON.stringify(b.reasons ?? {}))
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
