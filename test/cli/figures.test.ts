import test from 'ava';
import { counted, rate, roughTime } from '../../cli/figures.ts';

test('counts agree with their nouns', (t) => {
  t.deepEqual(
    [0, 1, 2, 12_345].map((count) => counted(count, 'row')),
    ['0 rows', '1 row', '2 rows', '12,345 rows'],
  );
  t.is(counted(2, 'entry', 'entries'), '2 entries');
});

test('a rate is a number even when no time has passed', (t) => {
  t.is(rate(0, 'rows', 0), '0 rows/s');
  t.is(rate(3_000, 'rows', 2_000), '1,500 rows/s');
});

test('times are as exact as their length makes sensible', (t) => {
  t.deepEqual([-5, 1_400, 119_000, 300_000, 3 * 3_600_000, 4 * 86_400_000].map(roughTime), [
    '0 s',
    '1 s',
    '119 s',
    '5 min',
    '3 h',
    '4 days',
  ]);
});
