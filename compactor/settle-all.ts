/** The results of all, in their order. Throws only when none is under way any more, and then what the first of them threw. */
export async function settleAll<Result>(promises: readonly Promise<Result>[]): Promise<Result[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}
