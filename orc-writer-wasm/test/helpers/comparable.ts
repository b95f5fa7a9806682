/** Batches without the difference between a `Buffer` and other `Uint8Array`s, so that they can be compared. */
export function comparable(part: unknown): unknown {
  if (part instanceof Uint8Array) return Uint8Array.from(part);
  if (Array.isArray(part)) return part.map(comparable);
  if (ArrayBuffer.isView(part) || typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, comparable(inner)]));
}
