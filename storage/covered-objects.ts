import type { ObjectReading } from './object-reading.ts';
import { isCovered, parseSourceObject, type DataObject } from '../schemas/source-object.ts';

/**
 * Keys of the source objects whose lines are in others, too, by their offsets: originals below a coalesced object, or
 * that object above all of its originals. Of both sides that with the newer readings stands for the other, the larger
 * object where its readings are mixed.
 *
 * The coalescer may have lost lines, so nothing stands for objects that gave more lines than it did: then both count,
 * and the certificate shows that their offsets overlap.
 *
 * @param readings complete ones, one for each object
 */
export function coveredObjects(readings: readonly ObjectReading[]): ReadonlySet<string> {
  const covered = new Set<string>();
  const objects = readings.flatMap((reading): ReadObject[] => {
    const object = parseSourceObject(reading.key);
    return object.kind === 'other'
      ? []
      : [{ ...object, generation: reading.generation, lines: reading.summary?.lines ?? 0 }];
  });
  const places = Map.groupBy(objects, ({ topic, partition }) => `${partition} ${topic}`);
  for (const place of places.values()) {
    const ordered = place.toSorted(byRange);
    for (const [index, whole] of ordered.entries()) {
      if (covered.has(whole.key)) continue;
      const inner = within(ordered, index).filter(({ key }) => !covered.has(key));
      const lines = inner.reduce((sum, each) => sum + each.lines, 0);
      const areNoOlder = inner.every(({ generation }) => generation >= whole.generation);
      if (areNoOlder && lines >= whole.lines && isCovered(whole, inner)) covered.add(whole.key);
      else if (lines <= whole.lines) for (const { key } of inner) covered.add(key);
    }
  }
  return covered;
}

interface ReadObject extends DataObject {
  readonly generation: number;
  readonly lines: number;
}

/** Those behind it that end with it or before. */
function within(ordered: readonly ReadObject[], index: number): ReadObject[] {
  const whole = ordered[index];
  const inner: ReadObject[] = [];
  if (whole === undefined) return inner;
  for (let next = index + 1; next < ordered.length; next++) {
    const object = ordered[next];
    if (object === undefined || object.from > whole.to) break;
    if (object.to <= whole.to) inner.push(object);
  }
  return inner;
}

/** What may hold another comes before it; of equal ranges the coalesced one, and then the first by its key. */
function byRange(a: ReadObject, b: ReadObject): number {
  return compare(a.from, b.from) || compare(b.to, a.to) || compare(a.kind, b.kind) || compare(a.key, b.key);
}

function compare<Value extends string | bigint>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
