import test from 'ava';
import { hexDigits, rangeOfName, rangesFor, rangeText, shardsOf } from '../../compactor/id-part-ranges.ts';

const MiB = 2 ** 20;
const SIZES = [0, 1, 64 * MiB, ...Array.from({ length: 60 }, (_, i) => 1.5 ** i), 1e13, 1e18];

test('ranges cover every id_part once and in order, and their number is a power of two', (t) => {
  for (const rawBytes of SIZES) {
    const ranges = rangesFor(rawBytes);
    t.true(Number.isInteger(Math.log2(ranges.length)));
    const covered = ranges.flatMap(({ first, last }) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    );
    t.deepEqual(covered, [...Array(256).keys()], `${rawBytes}`);
  }
});

test('more bytes never make fewer ranges', (t) => {
  const counts = SIZES.toSorted((a, b) => a - b).map((rawBytes) => rangesFor(rawBytes).length);
  t.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
  );
});

const makes = test.macro((t, rawBytes: number, count: number) => t.is(rangesFor(rawBytes).length, count));
test('nothing is one range', makes, 0, 1);
test('what is not worth two files is one range', makes, 64 * MiB, 1);
test('a little more is two', makes, 65 * MiB, 2);
test('an ordinary day is for eight threads', makes, 512 * MiB, 8);
test('up to 8 GiB it stays at that', makes, 8_192 * MiB, 8);
test('from there on by size', makes, 8_193 * MiB, 16);
test('an id_part is not cut', makes, 1e15, 256);

test('shards take all ranges in order, as equally as can be', (t) => {
  const ranges = rangesFor(32 * 2 ** 30);
  for (const shards of [1, 2, 3, 7, 31, 32, 33, 256]) {
    const groups = shardsOf(ranges, shards);
    t.deepEqual(groups.flat(), ranges);
    t.is(groups.length, Math.min(shards, 32));
    const sizes = groups.map(({ length }) => length);
    t.true(Math.max(...sizes) - Math.min(...sizes) <= 1, String(sizes));
  }
});

test('the name of a file says its range', (t) => {
  t.is(rangeText({ first: 0, last: 127 }), '00-7f');
  for (const range of [256, 16, 1].flatMap((count) => rangesFor(count * 2 ** 30))) {
    t.deepEqual(rangeOfName(`${rangeText(range)}-12.orc`), range);
  }
});

test('an id_part is two lower-case hex digits', (t) => {
  t.deepEqual([0, 10, 171, 255].map(hexDigits), ['00', '0a', 'ab', 'ff']);
});
