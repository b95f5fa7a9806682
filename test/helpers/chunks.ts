/** Bytes as a body gives them, so many at a time. */
export async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

/** The pieces, one chunk each. */
export async function* chunksOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** All that a generator yields, and what it returns. */
export async function exhaust<Item, Result>(
  generator: AsyncGenerator<Item, Result>,
): Promise<{ readonly items: readonly Item[]; readonly result: Result }> {
  const items: Item[] = [];
  for (;;) {
    const next = await generator.next();
    if (next.done) return { items, result: next.value };
    items.push(next.value);
  }
}
