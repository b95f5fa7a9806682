import test from 'ava';
import type { PartSource } from '../../schemas/part.ts';
import { isObjectComplete } from '../../storage/object-completeness.ts';
import type { ObjectEntry } from '../../storage/object-reading.ts';

/** `rows` from the lines `first` to `last`. */
function entry(
  [firstLine, lastLine]: [number, number],
  rows: number,
  { of, ...options }: { of?: number; generation?: number; collection?: string } & Partial<PartSource> = {},
): ObjectEntry {
  const { generation = 0, collection = 'core:toDo', ...members } = options;
  const object = of === undefined ? {} : { object: { lines: of + 2, rows: of, quarantined: 1, blank: 1 } };
  return {
    source: { key: 'k', eTag: 'e', rows, firstLine, lastLine, ...object, ...members },
    generation,
    collection,
  };
}

const is = test.macro((t, expected: 'complete' | 'incomplete', ...entries: ObjectEntry[]) => {
  t.is(isObjectComplete(entries), expected === 'complete');
  t.is(isObjectComplete(entries.toReversed()), expected === 'complete');
});

test('one entry holds everything', is, 'complete', entry([1, 10], 8, { of: 8 }));
test('an object without rows is complete', is, 'complete', entry([0, 0], 0, { of: 0 }));
test('an object that was not read to its end is incomplete', is, 'incomplete', entry([1, 10], 8));
test('rows are missing', is, 'incomplete', entry([1, 10], 7, { of: 8 }));
test(
  'several entries add up',
  is,
  'complete',
  entry([1, 5], 5),
  entry([6, 9], 3),
  entry([0, 0], 0, { of: 8 }),
);
test(
  'the same lines count once',
  is,
  'incomplete',
  entry([1, 5], 5),
  entry([1, 5], 5),
  entry([9, 10], 2, { of: 10 }),
);
test(
  'a retry that cut the object elsewhere is complete by itself',
  is,
  'complete',
  entry([1, 500], 500),
  entry([1, 300], 300),
  entry([301, 1_000], 700, { of: 1_000 }),
);
test(
  'rows of overlapping lines are not added up',
  is,
  'incomplete',
  entry([1, 500], 500),
  entry([1, 300], 300),
  entry([501, 800], 300, { of: 1_000 }),
);
test('a line cannot be in two ranges', is, 'incomplete', entry([1, 5], 5), entry([5, 10], 6, { of: 11 }));
test(
  'one long range is worth more than the short ones in it, and less than many',
  is,
  'complete',
  entry([1, 2], 1),
  entry([3, 10], 8),
  entry([1, 10], 5),
  entry([2, 4], 3),
  entry([11, 11], 1, { of: 10 }),
);
test(
  'lines of two collections may alternate',
  is,
  'complete',
  entry([1, 9], 5),
  entry([2, 10], 5, { collection: 'core:contract', of: 10 }),
);
test(
  'versions do not complete one another',
  is,
  'incomplete',
  entry([1, 5], 5),
  entry([6, 10], 5, { eTag: 'other', of: 10 }),
);
test(
  'generations do not complete one another',
  is,
  'incomplete',
  entry([1, 5], 5),
  entry([6, 10], 5, { generation: 7, of: 10 }),
);
test(
  'one version that is complete is enough',
  is,
  'complete',
  entry([1, 5], 5),
  entry([1, 10], 10, { eTag: 'other', of: 10 }),
);
test(
  'a version id tells versions apart where there is one',
  is,
  'incomplete',
  entry([1, 5], 5, { versionId: '1' }),
  entry([6, 10], 5, { versionId: '2', of: 10 }),
);
test(
  'of two readings that counted differently the one with more rows is wanted',
  is,
  'incomplete',
  entry([1, 10], 8, { of: 8 }),
  entry([0, 0], 0, { of: 10 }),
);
