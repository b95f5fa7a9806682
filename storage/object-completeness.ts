import type { PartSource } from '../schemas/part.ts';

/** What one part holds of a source object. */
export interface ObjectEntry {
  readonly source: PartSource;
  readonly generation: number;
  /** Lines of different collections may alternate; those of one are read in order. */
  readonly collection: string;
}

/**
 * Whether the entries of one source object hold every row it gave.
 *
 * Each reading of a version in a generation is looked at by itself. How many rows it gave is known from the entry
 * that was made at its end; if two readings differ, because keys were refused in one of them, the larger number is
 * wanted. Rows count once: where the lines of entries overlap, as after a retry, only one of them counts.
 */
export function isObjectComplete(entries: readonly ObjectEntry[]): boolean {
  const readings = Map.groupBy(entries, ({ source, generation }) =>
    JSON.stringify([generation, source.versionId ?? source.eTag]),
  );
  return [...readings.values()].some(isReadingComplete);
}

function isReadingComplete(entries: readonly ObjectEntry[]): boolean {
  const summaries = entries.flatMap(({ source }) => source.object ?? []);
  if (summaries.length === 0) return false;
  const wantedRows = Math.max(...summaries.map(({ rows }) => rows));
  let rows = 0;
  for (const ofCollection of Map.groupBy(entries, ({ collection }) => collection).values()) {
    rows += mostDisjointRows(ofCollection.map(({ source }) => source));
  }
  return rows >= wantedRows;
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
