import type { TypeDescription } from 'orc-writer-wasm';
import type { Raw } from '../../orc-writer-wasm/test/helpers/nested.ts';

/** What a column may have that not every reader can read. */
export type Feature =
  | 'a union'
  | 'a union that is null'
  | 'a union in another type'
  | 'a timestamp with local time zone'
  | 'a timestamp outside 1677 to 2262'
  | 'a day before 1582-10-15'
  | 'a date outside 1900 to 2299'
  | 'nanoseconds'
  | 'a map'
  | 'a null map in a map'
  | 'a char of more bytes than characters';

/** Those of a column, on any level. */
export function featuresOf(type: TypeDescription, values: readonly Raw[]): Set<Feature> {
  const found = new Set<Feature>();
  for (const value of values) visit(type, value);
  visitTypes(type);
  return found;

  function visitTypes({ category, children }: TypeDescription): void {
    if (category === 'map') found.add('a map');
    if (category === 'uniontype') found.add('a union');
    if (children.some((child) => child.category === 'uniontype')) found.add('a union in another type');
    if (category === 'timestamp with local time zone') found.add('a timestamp with local time zone');
    children.forEach(visitTypes);
  }

  function visit({ category, children }: TypeDescription, value: Raw): void {
    const inner = (index: number, of: Raw): void => {
      const child = children[index];
      if (child !== undefined) visit(child, of);
    };
    if (value === null) {
      if (category === 'uniontype') found.add('a union that is null');
    } else if (typeof value === 'object' && 'tag' in value) {
      inner(value.tag, value.value);
    } else if (category === 'date') {
      if (Number(value) < NEW_CALENDAR) found.add('a day before 1582-10-15');
      if (Number(value) < FIRST_DAY || Number(value) > LAST_DAY) found.add('a date outside 1900 to 2299');
    } else if (category.startsWith('timestamp') && typeof value === 'bigint') {
      if (value !== BigInt.asIntN(64, value)) found.add('a timestamp outside 1677 to 2262');
      if (value < BigInt(NEW_CALENDAR * DAY) * 1_000_000n) found.add('a day before 1582-10-15');
      if (value % 1000n !== 0n) found.add('nanoseconds');
    } else if (category === 'char' && typeof value === 'string') {
      if (Buffer.byteLength(value) !== value.length) found.add('a char of more bytes than characters');
    } else if (Array.isArray(value)) {
      value.forEach((part: Raw, i) => {
        if (category === 'map' && Array.isArray(part)) {
          part.forEach((of: Raw, j) => inner(j, of));
          if (part[1] === null && children[1]?.category === 'map') found.add('a null map in a map');
        } else inner(category === 'struct' ? i : 0, part);
      });
    }
  }
}

const DAY = 86_400_000;
const NEW_CALENDAR = Date.UTC(1582, 9, 15) / DAY;
const FIRST_DAY = Date.UTC(1900, 0, 1) / DAY;
const LAST_DAY = Date.UTC(2299, 11, 31) / DAY;
