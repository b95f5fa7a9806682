/** One measured case: the best of several rounds, since whatever else the machine does only ever adds time. */
export interface Measurement {
  readonly seconds: number;
  readonly rounds: readonly number[];
}

/** Runs each case in turns, so that what the machine does meanwhile hits all alike. */
export async function measure<Name extends string>(
  cases: Readonly<Record<Name, () => unknown>>,
  rounds: number,
): Promise<Record<Name, Measurement>> {
  const names = Object.keys(cases) as Name[];
  const seconds = Object.fromEntries(names.map((name): [string, number[]] => [name, []])) as Record<
    Name,
    number[]
  >;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      await cases[name]();
      // The first round warms up.
      if (round > 0) seconds[name].push((performance.now() - start) / 1_000);
    }
  }
  const best = (name: Name): Measurement => ({ seconds: Math.min(...seconds[name]), rounds: seconds[name] });
  return Object.fromEntries(names.map((name): [string, Measurement] => [name, best(name)])) as Record<
    Name,
    Measurement
  >;
}

/** `12,345` */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
