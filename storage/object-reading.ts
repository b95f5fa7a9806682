import type { ObjectSummary, PartSource } from '../schemas/part.ts';

/** What one part holds of a source object. */
export interface ObjectEntry {
  readonly source: PartSource;
  readonly generation: number;
  /** Lines of different collections may alternate; those of one are read in order. */
  readonly collection: string;
}

/** What the entries hold of a version of a source object in a generation, however often it was delivered. */
export interface ObjectReading {
  readonly key: string;
  readonly generation: number;
  /** Of the delivery that gave the most rows, as keys may be refused in one; undefined when none came to the end. */
  readonly summary: ObjectSummary | undefined;
  /** By collection. A line counts once; where too little is known of overlapping entries, some may not be counted. */
  readonly rows: ReadonlyMap<string, number>;
  /** Whether every row of the summary is there. */
  readonly isComplete: boolean;
}

/** Groups entries, of any number of source objects, by what was read. */
export function objectReadings(entries: readonly ObjectEntry[]): ObjectReading[] {
  const readings = Map.groupBy(entries, ({ source, generation }) =>
    JSON.stringify([source.key, generation, source.versionId ?? source.eTag]),
  );
  return [...readings.values()].map(readingOf);
}

function readingOf(entries: readonly ObjectEntry[]): ObjectReading {
  const summary = entries.flatMap(({ source }) => source.object ?? []).toSorted(byMostRows)[0];
  const rows = new Map<string, number>();
  let found = 0;
  for (const [collection, ofCollection] of Map.groupBy(entries, (entry) => entry.collection)) {
    const disjoint = mostDisjointRows(ofCollection.map(({ source }) => source));
    rows.set(collection, disjoint);
    found += disjoint;
  }
  return {
    key: entries[0]?.source.key ?? '',
    generation: entries[0]?.generation ?? 0,
    summary,
    rows,
    isComplete: summary !== undefined && found >= summary.rows,
  };
}

/** Entries may come in any order, so summaries with the same number of rows need one too. */
function byMostRows(a: ObjectSummary, b: ObjectSummary): number {
  return b.rows - a.rows || b.lines - a.lines || b.quarantined - a.quarantined;
}

/** The most rows of ranges of lines that don't overlap, by the best choice among those that end before each line. */
function mostDisjointRows(sources: readonly PartSource[]): number {
  const ranges = sources.filter(({ rows }) => rows > 0).toSorted((a, b) => a.lastLine - b.lastLine);
  const best = [0];
  for (const [index, { firstLine, rows }] of ranges.entries()) {
    let before = index;
    while (before > 0 && (ranges[before - 1]?.lastLine ?? 0) >= firstLine) before -= 1;
    best.push(Math.max(best[index] ?? 0, (best[before] ?? 0) + rows));
  }
  return best.at(-1) ?? 0;
}
