import test from 'ava';
import { coveredObjects } from '../../storage/covered-objects.ts';
import type { ObjectReading } from '../../storage/object-reading.ts';
import { sourceKey } from '../helpers/rows.ts';

/** A complete reading of the object with these offsets. */
function reading(offsets: string, lines: number, generation = 0, topic = 'db.core.toDo'): ObjectReading {
  return {
    key: sourceKey(offsets, topic),
    generation,
    version: 'e',
    summary: { lines, rows: lines, quarantined: 0, blank: 0 },
    rows: new Map([['core:toDo', lines]]),
    isComplete: true,
  };
}

const covers = test.macro((t, readings: readonly ObjectReading[], ...covered: string[]) => {
  const expected = new Set(covered.map((offsets) => sourceKey(offsets)));
  t.deepEqual(coveredObjects(readings), expected);
  t.deepEqual(new Set(coveredObjects(readings.toReversed())), expected);
});

const originals = [reading('0-19', 20), reading('20-39', 15)];

test('objects one after another cover nothing', covers, originals);
test(
  'a coalesced copy is covered by originals read with it',
  covers,
  [...originals, reading('0_39', 35)],
  '0_39',
);
test(
  'originals are covered by a coalesced object read after them',
  covers,
  [...originals, reading('0_39', 35, 7)],
  '0-19',
  '20-39',
);
test(
  'a coalesced object is covered by originals read after it',
  covers,
  [reading('0_39', 35), ...originals.map((each) => ({ ...each, generation: 7 }))],
  '0_39',
);
test(
  'where only one original was read after it, the coalesced object stands for both',
  covers,
  [reading('0-19', 20, 9), reading('20-39', 15), reading('0_39', 35, 7)],
  '0-19',
  '20-39',
);
test(
  'originals with a gap are covered by the coalesced object that fills it',
  covers,
  [reading('0-9', 10), reading('20-39', 15), reading('0_39', 35)],
  '0-9',
  '20-39',
);
test('a coalesced object that lost lines stands for nothing', covers, [...originals, reading('0_39', 34, 7)]);
test(
  'a coalesced object with fewer lines is covered by all of its originals',
  covers,
  [...originals, reading('0_39', 34)],
  '0_39',
);
test('originals with a gap and more lines than the coalesced object: all count', covers, [
  reading('0-9', 10),
  reading('20-39', 15),
  reading('0_39', 24),
]);
test(
  'a coalesced object with more lines than its originals stands for them',
  covers,
  [...originals, reading('0_39', 36)],
  '0-19',
  '20-39',
);
test('a copy of equal offsets covers the other', covers, [reading('0_39', 35), reading('0_39', 35)], '0_39');
test('an original within another one is covered', covers, [reading('0-9', 10), reading('0-19', 20)], '0-9');
test('ranges that overlap in part cover nothing', covers, [reading('0-19', 20), reading('10-29', 20)]);
test('offsets of other topics are others', covers, [
  reading('0-9', 10),
  reading('0_39', 35, 7, 'db.core.contract'),
]);
test('what has no offsets is covered by nothing', covers, [
  { ...reading('0-9', 1), key: 'a' },
  { ...reading('0-9', 1), key: 'b' },
]);
