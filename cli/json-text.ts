/** JSON of any value of a row or a report: 64-bit integers as strings, bytes as hex, maps as lists of pairs. */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, replaced, indent);
}

function replaced(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return value instanceof Map ? [...value] : value;
}
