import { END, ESCAPE, NEXT, NODE, START, type JsonText } from './json.ts';
import { isString } from './strings.ts';

/** Names to look up together; a name's number is its place in the list. */
export interface MemberNames {
  readonly count: number;
  readonly names: readonly NumberedName[];
  /** The same by their length, which tells most keys apart. */
  readonly byLength: readonly (readonly NumberedName[] | undefined)[];
}

interface NumberedName {
  readonly number: number;
  readonly bytes: Uint8Array;
}

export function memberNames(...list: readonly string[]): MemberNames {
  const names = list.map((name, number) => ({ number, bytes: new TextEncoder().encode(name) }));
  const longest = Math.max(...names.map(({ bytes }) => bytes.length));
  const byLength = Array.from({ length: longest + 1 }, (_, length) => {
    const sameLength = names.filter(({ bytes }) => bytes.length === length);
    return sameLength.length > 0 ? sameLength : undefined;
  });
  return { count: names.length, names, byLength };
}

/** Fills `found` with the values of an object's members by the numbers of their names, the last of equal keys; -1 for none. */
export function findMembers(text: JsonText, object: number, wanted: MemberNames, found: Int32Array): void {
  const { nodes } = text;
  found.fill(-1, 0, wanted.count);
  const end = nodes[object + NEXT] as number;
  for (let key = object + NODE; key < end; key = nodes[key + NODE + NEXT] as number) {
    const isEscaped = ((nodes[key] as number) & ESCAPE) !== 0;
    const length = (nodes[key + END] as number) - (nodes[key + START] as number);
    const candidates = isEscaped ? wanted.names : wanted.byLength[length];
    if (candidates === undefined) continue;
    for (const { number, bytes } of candidates) {
      if (!isString(text, key, bytes)) continue;
      found[number] = key + NODE;
      break;
    }
  }
}
