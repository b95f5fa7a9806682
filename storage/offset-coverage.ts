import type { OffsetRange, PartitionOffsets } from '../schemas/certificate.ts';
import { parseSourceObject, type DataObject } from '../schemas/source-object.ts';

/**
 * Which offsets the source objects of one collection and export date span, by their names; ascending by topic and
 * partition. An object counts once, in whatever order and however often its key comes.
 *
 * A partition that has no objects on this date is handed on, so that the next date knows where it was. A gap begins
 * above what was reached before: what is missing below it was for earlier dates to tell. Objects with fewer lines than
 * offsets are no gap, because records are dropped before they get here.
 *
 * @param previous the same of the export date before
 */
export function offsetCoverage(
  keys: Iterable<string>,
  previous: readonly PartitionOffsets[] = [],
): PartitionOffsets[] {
  const objects = [...new Set(keys)].map(parseSourceObject).filter((object) => object.kind !== 'other');
  const objectsByPlace = Map.groupBy(objects, placeKey);
  const previousByPlace = new Map(previous.map((coverage) => [placeKey(coverage), coverage]));
  const places = new Map([...previous, ...objects].map((place) => [placeKey(place), place]));
  return [...places]
    .map(([key, place]) => partitionCoverage(place, objectsByPlace.get(key) ?? [], previousByPlace.get(key)))
    .toSorted((a, b) => compare(a.topic, b.topic) || a.partition - b.partition);
}

type Place = Pick<DataObject, 'topic' | 'partition'>;

type Range = Pick<DataObject, 'from' | 'to'>;

function placeKey({ topic, partition }: Place): string {
  return `${partition} ${topic}`;
}

function partitionCoverage(
  { topic, partition }: Place,
  objects: readonly Range[],
  previous: PartitionOffsets | undefined,
): PartitionOffsets {
  const ranges = objects.toSorted(byFirst);
  const span = spanOf(ranges);
  const gaps: OffsetRange[] = [];
  let reached = previous === undefined ? (span?.from ?? 0n) - 1n : BigInt(previous.reached);
  for (const { from, to } of ranges) {
    if (from > reached + 1n) gaps.push(textOf({ from: reached + 1n, to: from - 1n }));
    if (to > reached) reached = to;
  }
  return {
    topic,
    partition,
    objects: ranges.length,
    ...(span && { span: textOf(span) }),
    reached: String(reached),
    gaps,
    overlaps: overlapsOf([...ranges, ...coveredBy(previous)]).map(textOf),
  };
}

/** @param ranges in order of their first offsets */
function spanOf(ranges: readonly Range[]): Range | undefined {
  return ranges.reduce<Range | undefined>(
    (span, { from, to }) => ({
      from: span?.from ?? from,
      to: span === undefined || to > span.to ? to : span.to,
    }),
    undefined,
  );
}

/** What of the ranges is in two or more of them. */
function overlapsOf(ranges: readonly Range[]): Range[] {
  const overlaps: Range[] = [];
  let reached = -1n;
  for (const { from, to } of ranges.toSorted(byFirst)) {
    if (from <= reached) {
      // The range that reached furthest began before this one, so all between is covered twice.
      const overlap = { from, to: to < reached ? to : reached };
      const last = overlaps.at(-1);
      if (last === undefined || overlap.from > last.to + 1n) overlaps.push(overlap);
      else if (overlap.to > last.to) overlaps[overlaps.length - 1] = { from: last.from, to: overlap.to };
    }
    if (to > reached) reached = to;
  }
  return overlaps;
}

/** The span without its gaps, as if an object held each piece. */
function coveredBy(previous: PartitionOffsets | undefined): Range[] {
  if (previous?.span === undefined) return [];
  const pieces: Range[] = [];
  let from = BigInt(previous.span.from);
  for (const gap of previous.gaps) {
    pieces.push({ from, to: BigInt(gap.from) - 1n });
    from = BigInt(gap.to) + 1n;
  }
  pieces.push({ from, to: BigInt(previous.span.to) });
  // The first gap may lie before the span.
  return pieces.filter((piece) => piece.from <= piece.to);
}

function textOf({ from, to }: Range): OffsetRange {
  return { from: String(from), to: String(to) };
}

function byFirst(a: Range, b: Range): number {
  return compare(a.from, b.from);
}

function compare<Value extends string | bigint>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
