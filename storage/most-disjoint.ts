/** A stretch of a line of numbers, both ends in it, and what it counts for. */
export interface WeightedRange {
  readonly first: number | bigint;
  readonly last: number | bigint;
  readonly weight: number;
}

/** The most that ranges without overlaps count for, by the best choice among those that end before each one. */
export function mostDisjoint(ranges: readonly WeightedRange[]): number {
  const ascending = ranges.toSorted((a, b) => (a.last < b.last ? -1 : a.last > b.last ? 1 : 0));
  const best = [0];
  for (const [index, { first, weight }] of ascending.entries()) {
    let before = index;
    while (before > 0 && (ascending[before - 1]?.last ?? 0) >= first) before -= 1;
    best.push(Math.max(best[index] ?? 0, (best[before] ?? 0) + weight));
  }
  return best.at(-1) ?? 0;
}
