import test from 'ava';
import { randomFrom } from '../../../schemas/sample/random.ts';
import { canonicalVal } from '../../helpers/canonical-val.ts';
import { naiveDocument } from '../../helpers/naive-document.ts';
import { loneSurrogates, randomDocument } from '../../helpers/random-json.ts';

const isAsNaive = test.macro({
  exec(t, stripLineBreaks: boolean) {
    const random = randomFrom(`document ${stripLineBreaks}`);
    const counts = new Map<string, number>();
    for (let round = 0; round < 4_000; round++) {
      let document = randomDocument(random);
      if (random.chance(0.05)) document = `{"lone":${random.pick(loneSurrogates)},${document.slice(1)}`;
      if (/,\s*}$/.test(document)) continue;
      const expected = naiveDocument(document, stripLineBreaks);
      const actual = canonicalVal(document, stripLineBreaks);
      const outcome = actual.kind === 'fault' ? actual.fault : actual.kind;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (expected.kind === 'val') {
        if (JSON.stringify(actual) !== JSON.stringify(expected))
          return t.deepEqual(actual, expected, document);
      } else if (actual.kind === 'val' || !expected.faults.has(actual.fault)) {
        return t.fail(`${JSON.stringify([actual, ...expected.faults])} ${document}`);
      }
    }
    t.true((counts.get('val') ?? 0) > 1_500, 'documents');
    t.true((counts.get('invalid-date') ?? 0) > 100, 'dates');
    t.true((counts.get('unsupported-value') ?? 0) > 50, 'surrogates');
  },
  title: (claim) => `random documents become what the rules, read one by one, make of them${claim ?? ''}`,
});

test(isAsNaive, false);
test(', also without line breaks', isAsNaive, true);
