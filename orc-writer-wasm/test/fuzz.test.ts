// A short run; `npm run test:fuzz` at the root is the long one.

import test from 'ava';
import { fuzzFiles } from './fuzz/cases.ts';
import { runCase } from './fuzz/outcome.ts';

const CASES = 250;
const SEED = 7;

test('damaged files are read or refused with a typed error', async (t) => {
  const files = await fuzzFiles();
  for (let number = 0; number < CASES; number++) {
    const { file, what, result } = await runCase(files, SEED, number);
    t.not(result.kind, 'fault', `--seed ${SEED} --only ${number}, ${file}, ${what}: ${result.text}`);
  }
});
