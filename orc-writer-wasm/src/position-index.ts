import type { RowIndexEntry } from './metadata.ts';

/** Where the row groups of a stripe begin in the streams of its columns. */
export interface PositionIndex {
  /** Of a column, how many row groups it tells of. */
  groups(column: number): number;
  /** What the entry of a row group says; undefined where there is none. */
  at(column: number, group: number): readonly number[] | undefined;
}

/** Keeps the numbers alone, in one array a column: as objects, thousands of them in each of many files, they would busy the garbage collector. */
export function positionIndex(
  rowIndex: readonly (readonly Pick<RowIndexEntry, 'positions'>[])[],
): PositionIndex {
  const columns = rowIndex.map((entries) => {
    const ends: number[] = [];
    const positions = entries.flatMap((entry) => entry.positions);
    for (const entry of entries) ends.push((ends.at(-1) ?? 0) + entry.positions.length);
    return { ends: Uint32Array.from(ends), positions: Float64Array.from(positions) };
  });
  return {
    groups: (column) => columns[column]?.ends.length ?? 0,
    at(column, group) {
      const { ends, positions } = columns[column] ?? {};
      const end = ends?.[group];
      return end === undefined ? undefined : [...(positions?.subarray(ends?.[group - 1] ?? 0, end) ?? [])];
    },
  };
}
