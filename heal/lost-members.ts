import type { IngestedObject } from './ingested-objects.ts';
import type { ObjectSummary } from '../schemas/part.ts';
import { coveringPrefix, covers, parseSourceObject, type DataObject } from '../schemas/source-object.ts';
import { mostDisjoint } from '../storage/most-disjoint.ts';

/** A coalesced object that lacks lines of the originals which it replaced: these are nowhere in the bucket. */
export interface LostMembers {
  readonly kind: 'members';
  readonly key: string;
  readonly lines: number;
  /** Originals that were read before they were deleted, and that no other object can have replaced. */
  readonly replaced: {
    readonly keys: readonly string[];
    /** At least; what overlaps counts once. */
    readonly lines: number;
    /** Whether live parts hold every row of them, so that tables are whole. */
    readonly areIngested: boolean;
  };
}

/**
 * Finds coalesced objects with fewer lines than their members must have given them. Fewer lines than offsets are none:
 * records are dropped before they get into the bucket.
 *
 * @param linesOf the lines of each coalesced object that is in the bucket, as far as they are known
 * @param gone what was ingested of objects that are no longer in the bucket
 */
export function lostMembers(
  linesOf: ReadonlyMap<DataObject, number | undefined>,
  gone: readonly IngestedObject[],
): LostMembers[] {
  const coalesced = Map.groupBy(linesOf.keys(), coveringPrefix);
  const members = [...Map.groupBy(gone, ({ key }) => key)].flatMap(([key, versions]) => {
    const object = parseSourceObject(key);
    if (object.kind !== 'original') return [];
    const covering = (coalesced.get(coveringPrefix(object)) ?? []).filter((each) => covers(each, object));
    const [only] = covering;
    // One of several may be a copy, or of replays alone.
    return only === undefined || covering.length > 1 ? [] : { only, object, versions };
  });
  return [...Map.groupBy(members, ({ only }) => only)].flatMap(([object, ofObject]) => {
    const lines = linesOf.get(object);
    const wanted = mostDisjoint(
      ofObject.map(({ object: { from, to }, versions }) => ({
        first: from,
        last: to,
        // Which version of a key that was written again was replaced is not known.
        weight: Math.min(...versions.map(({ summary }) => (summary === undefined ? 0 : linesIn(summary)))),
      })),
    );
    if (lines === undefined || lines >= wanted) return [];
    const areIngested = ofObject.every(({ versions }) => versions.some(({ isComplete }) => isComplete));
    const keys = ofObject.map(({ object: { key } }) => key).toSorted();
    return { kind: 'members', key: object.key, lines, replaced: { keys, lines: wanted, areIngested } };
  });
}

/** Without what its gzip's fault, which is no line, counts for. */
export function linesIn({ lines, reasons = {} }: ObjectSummary): number {
  return lines - (reasons['not-gzip'] ?? 0) - (reasons['truncated-gzip'] ?? 0);
}
