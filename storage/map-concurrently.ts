/** Maps items in their order with up to `concurrency` of them under way. Those are waited for before it ends or throws. */
export async function* mapConcurrently<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  concurrency: number,
  map: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const underWay: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const result = map(item);
      // Whoever awaits it hears of the error; until then nobody need.
      result.catch(() => {});
      underWay.push(result);
      if (underWay.length < concurrency) continue;
      yield await (underWay.shift() as Promise<Result>);
    }
    for (let next = underWay.shift(); next !== undefined; next = underWay.shift()) yield await next;
  } finally {
    await Promise.allSettled(underWay);
  }
}
