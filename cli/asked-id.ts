import { parseJsonObject } from '../schemas/json-object.ts';
import { sorted } from '../schemas/recipe.ts';

/** An id as a person names it. */
export interface AskedId {
  /** Ids it can be, of which there is no other; undefined when it may be a value inside of an id. */
  readonly exact: readonly string[] | undefined;
  /** Bytes of which every id that matches has some; only for what is not exact. */
  readonly needles: readonly Buffer[];
  matches(id: string): boolean;
}

/** An id of JSON is itself, however it is written; any other text is an id, or the value of a member of ids. */
export function askedId(text: string): AskedId {
  const asObject = parseJsonObject(text);
  if (asObject !== undefined) {
    const exact = [...new Set([text, JSON.stringify(sorted(asObject))])];
    return { exact, needles: [], matches: (id) => exact.includes(id) };
  }
  const needles = [...new Set([text, JSON.stringify(text).slice(1, -1)])].map((needle) =>
    Buffer.from(needle),
  );
  return {
    exact: undefined,
    needles,
    matches: (id) =>
      id === text || Object.values(parseJsonObject(id) ?? {}).some((value) => isText(value, text)),
  };
}

/** The text of an id as an envelope has it; undefined for what is none. */
export function idText(id: unknown): string | undefined {
  if (typeof id === 'string') return id;
  if (typeof id === 'number') return String(id);
  return typeof id === 'object' && id !== null ? JSON.stringify(sorted(id)) : undefined;
}

function isText(value: unknown, text: string): boolean {
  return (typeof value === 'string' || typeof value === 'number') && String(value) === text;
}
