/** Days since 1970 of a text such as `2026-01-31`; undefined for anything else. */
export function daysOf(text: string): number | undefined {
  const millis = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(millis) ? undefined : millis / 86_400_000;
}

/** Nanoseconds since 1970 of a text such as `2026-01-31 23:59:59.5`, read as UTC; undefined for anything else. */
export function nanosOf(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z?$/.exec(text);
  const millis = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`);
  if (Number.isNaN(millis)) return undefined;
  return BigInt(millis) * 1_000_000n + BigInt((match?.[3] ?? '').padEnd(9, '0'));
}
