/** A generator of pseudo-random numbers that gives the same sequence for the same seed (mulberry32). */
export interface Random {
  /** 0 up to but not including `limit`. */
  below(limit: number): number;
  pick<T>(choices: readonly T[]): T;
  bits64(): bigint;
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const self: Random = {
    below: (limit) => Math.floor(next() * limit),
    pick(choices) {
      const choice = choices[self.below(choices.length)];
      if (choice === undefined) throw new RangeError('nothing to pick from');
      return choice;
    },
    bits64: () => BigInt.asIntN(64, (BigInt(self.below(2 ** 32)) << 32n) | BigInt(self.below(2 ** 32))),
  };
  return self;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
