import { isCovered, parseSourceObject, type DataObject } from '../schemas/source-object.ts';
import type { LivePart } from '../storage/live-parts.ts';

/**
 * Keys of the source objects of which the run that raised the floor, and what came after it, has read nothing, neither
 * themselves nor others with their offsets: no row of these counts. An object that was written again is none.
 *
 * @param parts of one collection and export date
 */
export function uncountedObjects(parts: readonly LivePart[], generationFloor: number): readonly string[] {
  const read = new Set(
    parts.flatMap(({ generation, sources }) =>
      generation < generationFloor ? [] : sources.map(({ key }) => key),
    ),
  );
  // By place, as a date has thousands of each.
  const held = Map.groupBy([...read].flatMap(dataObjectOf), placeOf);
  const uncounted = parts.flatMap(({ sources }) =>
    sources.flatMap(({ key, rows }) => {
      if (rows === 0) return [];
      const isHeld = dataObjectOf(key).some((object) => isCovered(object, held.get(placeOf(object)) ?? []));
      return isHeld ? [] : [key];
    }),
  );
  return [...new Set(uncounted)].toSorted();
}

function dataObjectOf(key: string): DataObject[] {
  const object = parseSourceObject(key);
  return object.kind === 'other' ? [] : [object];
}

function placeOf({ topic, partition }: DataObject): string {
  return `${partition} ${topic}`;
}
