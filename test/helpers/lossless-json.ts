/**
 * JSON as plainly as can be, to check the real thing against: numbers keep their text, objects are maps, which keep
 * a key's first place and its last value.
 */
export type Json = null | boolean | string | JsonNumber | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

export interface JsonNumber {
  readonly digits: string;
}

/** Parses text that is JSON; of other text only some is refused. */
export function parseLossless(text: string): Json {
  let at = 0;

  function token(pattern: RegExp): string {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) throw new SyntaxError(`${pattern.source} at ${at}`);
    at += found.length;
    return found.trim();
  }

  function list(open: string, close: string, element: () => void): void {
    token(new RegExp(`\\s*\\${open}\\s*`, 'y'));
    if (text[at] !== close) {
      do element();
      while (token(new RegExp(`\\s*[,\\${close}]\\s*`, 'y')) === ',');
    } else at += 1;
  }

  function string(): string {
    return JSON.parse(token(/\s*"(?:[^"\\]|\\.)*"/y)) as string;
  }

  function value(): Json {
    token(/\s*/y);
    const first = text[at];
    if (first === '{') {
      const object: JsonObject = new Map();
      list('{', '}', () => {
        const key = string();
        token(/\s*:/y);
        object.set(key, value());
      });
      return object;
    }
    if (first === '[') {
      const array: Json[] = [];
      list('[', ']', () => array.push(value()));
      return array;
    }
    if (first === '"') return string();
    const word = token(/[-+.\w]+/y);
    if (word === 'null') return null;
    return word === 'true' || word === 'false' ? word === 'true' : { digits: word };
  }

  const parsed = value();
  token(/\s*$/y);
  return parsed;
}

/** Compact text; `keys` says in which order an object's are written. */
export function writeLossless(json: Json, keys: 'as they came' | 'by code point'): string {
  if (json === null || typeof json === 'boolean') return String(json);
  if (typeof json === 'string') return JSON.stringify(json);
  if (Array.isArray(json)) return `[${json.map((element) => writeLossless(element, keys)).join()}]`;
  if (!(json instanceof Map)) return json.digits;
  const entries = keys === 'by code point' ? [...json].toSorted(([a], [b]) => compare(a, b)) : [...json];
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${writeLossless(value, keys)}`).join()}}`;
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((key) =>
    Array.from(key, (character) => character.codePointAt(0) ?? 0),
  ) as [number[], number[]];
  const place = left.findIndex((codePoint, index) => codePoint !== right[index]);
  return place < 0 ? left.length - right.length : (left[place] ?? 0) - (right[place] ?? -1);
}
