import type { ByteRange } from './byte-ranges.ts';
import { HEADER_BYTES } from './compression.ts';
import type { StreamInformation } from './metadata.ts';
import { positionIndex, type PositionIndex } from './position-index.ts';
import { offsetIndex } from './row-positions.ts';
import { categoryOf } from './schema.ts';
import type { Search } from './search-argument.ts';
import type { ColumnStatistics } from './statistics.ts';
import { readStripeIndex, type OpenFile, type StripeLayout } from './stripe-layout.ts';

/** Rows of a stripe behind one another. */
export interface RowSpan {
  readonly from: number;
  readonly to: number;
}

/** Rows to be read; with the index when they are row groups, without it when they are all. */
export interface WantedRows {
  readonly spans: readonly RowSpan[];
  readonly positions?: PositionIndex;
}

/** Whether a stripe may have a row that is searched for, by its statistics. */
export function stripeMayMatch(
  file: OpenFile,
  search: Search,
  statistics: readonly ColumnStatistics[] | undefined,
): boolean {
  return search.mayMatch({
    statistics: (column) => (isTrusted(file, column) ? statistics?.[column] : undefined),
    bloomFilter: () => undefined,
  });
}

/** The row groups that may have a row that is searched for; `columns` are the ids of those to be read. */
export async function searchRowGroups(
  file: OpenFile,
  layout: StripeLayout,
  search: Search,
  columns: ReadonlySet<number>,
): Promise<WantedRows> {
  const { rowIndexStride } = file.footer;
  const { numberOfRows } = layout.information;
  const all = { spans: [{ from: 0, to: numberOfRows }] };
  const groups = Math.ceil(numberOfRows / rowIndexStride);
  if (rowIndexStride === 0) return all;
  const { rowIndex, bloomFilters } = await readStripeIndex(file, layout, {
    rowIndex: (column) => columns.has(column) || search.columns.has(column),
    bloomFilters: (column) => search.columns.has(column),
  });
  // What is not in the index cannot be found by it.
  if ([...columns, ...search.columns].some((column) => rowIndex[column]?.length !== groups)) return all;
  const spans: RowSpan[] = [];
  for (let group = 0; group < groups; group++) {
    const mayMatch = search.mayMatch({
      statistics: (column) => (isTrusted(file, column) ? rowIndex[column]?.[group]?.statistics : undefined),
      bloomFilter: (column) => bloomFilters[column]?.[group],
    });
    if (!mayMatch) continue;
    const from = group * rowIndexStride;
    const to = Math.min(numberOfRows, from + rowIndexStride);
    const last = spans.at(-1);
    if (last?.to === from) spans[spans.length - 1] = { from: last.from, to };
    else spans.push({ from, to });
  }
  return { spans, positions: positionIndex(rowIndex) };
}

/** Whether statistics of a column mean what they should: early writers had them wrong. */
function isTrusted({ postScript: { writerVersion }, footer }: OpenFile, column: number): boolean {
  const category = categoryOf(footer.schema, column);
  if (writerVersion === 0) return false;
  if (category?.startsWith('timestamp')) return writerVersion >= UTC_STATISTICS;
  // ORC-517: of Java's short decimals; its long ones are not told apart here.
  return !(category === 'decimal' && writerVersion === UTC_STATISTICS && (footer.writer ?? 0) === 0);
}

/** From this writer version on, statistics of timestamps are in UTC (ORC-135). */
const UTC_STATISTICS = 6;

/** A run that began before a row group ends has less than 512 values, of at most 8 bytes and a few more. */
const LONGEST_RUN_BYTES = 5000;

/**
 * The bytes of a stream that the wanted rows need: from where the first row group begins to where the one after the
 * last begins, and what the run or chunk that goes on there may need. It is too few when that run goes on in yet another
 * chunk, which is rare.
 */
export function neededRanges(
  { footer, postScript }: OpenFile,
  { encodings, streams }: StripeLayout,
  { spans, positions }: WantedRows,
  { column, kind, length }: StreamInformation,
): ByteRange[] {
  const whole = { from: 0, to: length };
  const category = categoryOf(footer.schema, column);
  const encoding = encodings[column];
  const groups = positions?.groups(column) ?? 0;
  if (category === undefined || encoding === undefined || groups === 0) return [whole];
  const isCompressed = postScript.compression !== 'NONE';
  const hasPresent = streams.some((stream) => stream.column === column && stream.kind === 'PRESENT');
  const index = offsetIndex(kind, { category, encoding, hasPresent, isCompressed });
  if (index === undefined) return [whole];
  const offsets = Array.from({ length: groups }, (_, group) =>
    Math.min(positions?.at(column, group)?.[index] ?? 0, length),
  );
  const laterOffsets = nextDistinct(offsets);
  return spans.map(({ from, to }) => ({ from: startOf(from), to: endOf(to) }));

  function startOf(row: number): number {
    return row === 0 ? 0 : (offsets[row / footer.rowIndexStride] ?? 0);
  }

  function endOf(row: number): number {
    const group = Math.ceil(row / footer.rowIndexStride);
    const next = offsets[group];
    if (next === undefined) return length;
    if (!isCompressed) return Math.min(length, next + LONGEST_RUN_BYTES);
    const { compressionBlockSize: blockSize } = postScript;
    const chunks = 1 + Math.floor(LONGEST_RUN_BYTES / blockSize);
    // A chunk ends no later than where another begins.
    const later = chunks === 1 ? laterOffsets[group] : undefined;
    return Math.min(later ?? length, next + chunks * (HEADER_BYTES + blockSize));
  }
}

/** For every offset the one that follows it and is another. */
function nextDistinct(offsets: readonly number[]): (number | undefined)[] {
  const result: (number | undefined)[] = offsets.map(() => undefined);
  for (let i = offsets.length - 2; i >= 0; i--) {
    result[i] = offsets[i + 1] === offsets[i] ? result[i + 1] : offsets[i + 1];
  }
  return result;
}
