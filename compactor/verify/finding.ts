/** Something that was looked at and is not as it must be, or that a person should know of. */
export interface Finding {
  readonly kind: 'wrong' | 'note';
  /** The key of an object, or the folder of a version. */
  readonly where: string;
  readonly what: string;
  readonly expected?: Value;
  readonly found?: Value;
}

type Value = string | number | null;

export function wrong(
  where: string,
  what: string,
  values: Pick<Finding, 'expected' | 'found'> = {},
): Finding {
  return { kind: 'wrong', where, what, ...values };
}

export function note(where: string, what: string): Finding {
  return { kind: 'note', where, what };
}

/** Nothing when both are the same. */
export function difference(where: string, what: string, expected: Value, found: Value): readonly Finding[] {
  return expected === found ? [] : [wrong(where, what, { expected, found })];
}
