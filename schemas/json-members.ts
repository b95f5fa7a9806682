/** Reads the members of an object out of JSON, refusing what is not of the type asked for. */
export interface Members {
  /** Where the object is, for messages. */
  readonly place: string;
  readonly names: readonly string[];
  has(name: string): boolean;
  isNull(name: string): boolean;
  text(name: string): string;
  /** An integer from 0 that is exact. */
  count(name: string): number;
  object(name: string): Members;
  list(name: string): Members[];
}

/**
 * @param Refusal what is thrown: its message has places, never values
 */
export function membersOf(json: unknown, place: string, Refusal: new (message: string) => Error): Members {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new Refusal(`${place} is no object`);
  const members = json as Readonly<Record<string, unknown>>;
  return {
    place,
    names: Object.keys(members),
    has: (name) => Object.hasOwn(members, name),
    isNull: (name) => members[name] === null,
    text(name) {
      const value = members[name];
      if (typeof value !== 'string') throw new Refusal(`${place}.${name} is no text`);
      return value;
    },
    count(name) {
      const value = members[name];
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
      throw new Refusal(`${place}.${name} is no count`);
    },
    object: (name) => membersOf(members[name], `${place}.${name}`, Refusal),
    list: (name) => listOf(members[name], `${place}.${name}`, Refusal),
  };
}

/** An object of which every member is a count. */
export function countsIn(at: Members): Record<string, number> {
  return Object.fromEntries(at.names.map((name) => [name, at.count(name)]));
}

/** The members of every object of a list. */
export function listOf(json: unknown, place: string, Refusal: new (message: string) => Error): Members[] {
  if (!Array.isArray(json)) throw new Refusal(`${place} is no list`);
  return json.map((item: unknown, index) => membersOf(item, `${place}[${index}]`, Refusal));
}
