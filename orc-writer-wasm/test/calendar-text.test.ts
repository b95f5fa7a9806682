import test from 'ava';
import { daysOf, nanosOf, secondsOf } from '../src/calendar-text.ts';
import { random } from './helpers/random.ts';

test('every day from 0000 to 9999 is the one that Date has', (t) => {
  for (let days = -719_528; days < 2_932_897; days += 17) {
    t.is(daysOf(new Date(days * 86_400_000).toISOString().slice(0, 10)), days);
  }
});

test('every second is the one that Date has, with its fraction', (t) => {
  const r = random(5);
  for (let i = 0; i < 2000; i++) {
    const millis = r.below(2 ** 31) * 60_000 - 2 ** 45;
    const text = new Date(millis).toISOString();
    t.deepEqual(
      [secondsOf(text), nanosOf(text)],
      [Math.floor(millis / 1000), (((millis % 1000) + 1000) % 1000) * 1e6],
    );
  }
});

const day = test.macro({
  title: (_, text: string) => `date ${text}`,
  exec(t, text: string, expected: number) {
    t.is(daysOf(text), expected);
  },
});

test(day, '1970-01-01', 0);
test(day, '1969-12-31', -1);
test(day, '2000-02-29', 11_016);
test(day, '1900-02-29', Number.NaN);
test(day, '2026-02-30', Number.NaN);
test(day, '2026-13-01', Number.NaN);
test(day, '2026-00-01', Number.NaN);
test(day, '2026-01-00', Number.NaN);
test(day, '2026-01-1', Number.NaN);
test(day, '2026-01-011', Number.NaN);
test(day, '2026/01/01', Number.NaN);
test(day, '', Number.NaN);

const instant = test.macro({
  title: (_, text: string) => `timestamp ${text}`,
  exec(t, text: string, seconds: number, nanos: number = 0) {
    t.is(secondsOf(text), seconds);
    if (!Number.isNaN(seconds)) t.is(nanosOf(text), nanos);
  },
});

test(instant, '1970-01-01 00:00:01', 1);
test(instant, '1970-01-01T00:00:01Z', 1);
test(instant, '1969-12-31 23:59:58.5', -2, 500_000_000);
test(instant, '1970-01-01 00:00:00.000000001Z', 0, 1);
test(instant, '1970-01-01 00:00:00.0000000001', Number.NaN);
test(instant, '1970-01-01 00:00:00.', Number.NaN);
test(instant, '1970-01-01 00:00:00,5', Number.NaN);
test(instant, '1970-01-01 24:00:00', Number.NaN);
test(instant, '1970-01-01 00:60:00', Number.NaN);
test(instant, '1970-01-01 00:00:0x', Number.NaN);
test(instant, '1970-01-01 00:00', Number.NaN);
test(instant, '1970-01-01', Number.NaN);
