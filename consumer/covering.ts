import { coveringPrefix, covers, parseSourceObject, type DataObject } from '../schemas/source-object.ts';
import type { ObjectStore } from '../storage/store.ts';

/**
 * The coalesced object that holds the lines of an object which is gone: the one with the fewest offsets, then the
 * first copy. Undefined when there is none.
 *
 * @see domain.md 1.6, R-404
 */
export async function findCovering(store: ObjectStore, gone: DataObject): Promise<DataObject | undefined> {
  let best: DataObject | undefined;
  for await (const { key } of store.list(coveringPrefix(gone))) {
    const candidate = parseSourceObject(key);
    if (candidate.kind !== 'coalesced' || !covers(candidate, gone)) continue;
    if (best === undefined || isBetter(candidate, best)) best = candidate;
  }
  return best;
}

function isBetter(a: DataObject, b: DataObject): boolean {
  const difference = a.to - a.from - (b.to - b.from);
  return difference === 0n ? (a.copy ?? 1) < (b.copy ?? 1) : difference < 0n;
}
