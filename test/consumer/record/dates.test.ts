import test from 'ava';
import { DATE_LENGTH, formatDate, isWrappable, parseDate } from '../../../consumer/record/dates.ts';
import { randomFrom } from '../../../schemas/sample/random.ts';
import { utc } from '../../helpers/naive-document.ts';

const parses = test.macro({
  exec(t, text: string, moment: string) {
    t.is(parsed(text), Date.parse(moment));
  },
  title: (_, text: string, moment: string) => `${text} is ${moment}`,
});
// The rows of domain.md 4.2 that the incumbent takes.
test(parses, '2020-01-02T03:04:00.000Z', '2020-01-02T03:04:00.000Z');
test(parses, '2020-01-02T03:04:00.000+0000', '2020-01-02T03:04:00.000Z');
test(parses, '2020-01-02T03:04:00.000+0100', '2020-01-02T02:04:00.000Z');
test(parses, '2020-01-02T03:04:00.000-0100', '2020-01-02T04:04:00.000Z');
test(parses, '2020-01-02T03:04:00.000+01:00', '2020-01-02T02:04:00.000Z');
test(parses, '2020-01-02T03:04:00.1Z', '2020-01-02T03:04:00.100Z');
test(parses, '2020-01-02T03:04:00.123456Z', '2020-01-02T03:04:00.123Z');
// One to six digits of a fraction, cut and not rounded.
test(parses, '2020-01-02T03:04:00.12Z', '2020-01-02T03:04:00.120Z');
test(parses, '2020-01-02T03:04:00.0019Z', '2020-01-02T03:04:00.001Z');
test(parses, '2020-01-02T03:04:00.99999Z', '2020-01-02T03:04:00.999Z');
test(parses, '2020-01-02T03:04:00.999999-00:01', '2020-01-02T03:05:00.999Z');
// Offsets.
test(parses, '2020-01-02T03:04:00.000-0000', '2020-01-02T03:04:00.000Z');
test(parses, '2020-01-02T03:04:00.000+2359', '2020-01-01T03:05:00.000Z');
test(parses, '2020-12-31T23:30:00.000-0130', '2021-01-01T01:00:00.000Z');
test(parses, '2020-03-01T00:15:00.5+05:45', '2020-02-29T18:30:00.500Z');
// The calendar.
test(parses, '2020-02-29T23:59:59.999Z', '2020-02-29T23:59:59.999Z');
test(parses, '2000-02-29T00:00:00.000Z', '2000-02-29T00:00:00.000Z');
test(parses, '1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z');
test(parses, '1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z');
test(parses, '0001-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z');
test(parses, '0001-01-01T23:59:00.000+2359', '0001-01-01T00:00:00.000Z');
test(parses, '0099-12-31T00:00:00.000Z', '0099-12-31T00:00:00.000Z');
test(parses, '9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999Z');

const isNoDate = test.macro({
  exec(t, text: string) {
    t.is(parsed(text), Number.NaN);
  },
  title: (_, text: string) => `"${text}" is no date`,
});
// The rows of domain.md 4.2 that the incumbent refuses.
test(isNoDate, '2020-01-02T03:04:00Z');
test(isNoDate, '2020-01-02');
test(isNoDate, '2020-01-02T03:04:00.000');
test(isNoDate, '2020-02-30T03:04:00.000Z');
test(isNoDate, '2020-01-02T24:00:00.000Z');
test(isNoDate, '2020-13-45T99:99:99.999Z');
test(isNoDate, '2020-01-02T03:04:00.000Z and more');
test(isNoDate, '2020-01-02T03:04:00.000GMT');
test(isNoDate, '2020-01-02T03:04:00.000+9999');
test(isNoDate, '1577836800000');
// The calendar and the clock.
for (const [from, to] of [
  ['01-02', '00-02'],
  ['01-02', '13-02'],
  ['01-02', '01-00'],
  ['01-02', '01-32'],
  ['01-02', '04-31'],
  ['01-02', '06-31'],
  ['01-02', '09-31'],
  ['01-02', '11-31'],
  ['2020-01-02', '2021-02-29'],
  ['2020-01-02', '1900-02-29'],
  ['2020-01-02', '2100-02-29'],
  ['2020-01-02', '0000-01-02'],
  ['T03', 'T24'],
  [':04', ':60'],
  [':05', ':60'],
  [':05', ':61'],
] as const) {
  test(isNoDate, '2020-01-02T03:04:05.000Z'.replace(from, to));
}
test(isNoDate, '0001-01-01T00:00:00.000+0001');
test(isNoDate, '9999-12-31T23:59:59.999-0001');
test(isNoDate, '10000-01-01T00:00:00.000Z');
// The form.
test(isNoDate, '');
test(isNoDate, 'Z');
test(isNoDate, '2020-01-02T03:04:05.Z');
test(isNoDate, '2020-01-02T03:04:05.1234567Z');
test(isNoDate, '2020-01-02T03:04:05,000Z');
test(isNoDate, '2020-01-02t03:04:05.000Z');
test(isNoDate, '2020-01-02 03:04:05.000Z');
test(isNoDate, '2020-01-02T03:04:05.000z');
test(isNoDate, '2020-01-02T03:04:05.000ZZ');
test(isNoDate, '2020-01-02T03:04:05.000Z\n');
test(isNoDate, ' 2020-01-02T03:04:05.000Z');
test(isNoDate, '-020-01-02T03:04:05.000Z');
test(isNoDate, '2020-1-02T03:04:05.0000Z');
test(isNoDate, '2020-01-02T03:04:05.000+1');
test(isNoDate, '2020-01-02T03:04:05.000+01');
test(isNoDate, '2020-01-02T03:04:05.000+01:');
test(isNoDate, '2020-01-02T03:04:05.000+01:0');
test(isNoDate, '2020-01-02T03:04:05.000+010');
test(isNoDate, '2020-01-02T03:04:05.000+01000');
test(isNoDate, '2020-01-02T03:04:05.000+01:00:00');
test(isNoDate, '2020-01-02T03:04:05.000+0160');
test(isNoDate, '2020-01-02T03:04:05.000+2400');
test(isNoDate, '2020-01-02T03:04:05.000 0100');
test(isNoDate, '2020-01-02T03:04:05.000+ 100');
test(isNoDate, '2020-01-02T03:04:05.000+01-00');
test(isNoDate, '２020-01-02T03:04:05.000Z');

const wraps = test.macro({
  exec(t, text: string, expected: boolean) {
    const { bytes, start, end } = embedded(text);
    t.is(isWrappable(bytes, start, end), expected);
  },
  title: (_, text: string, expected: boolean) => `"${text}" is ${expected ? '' : 'not '}wrapped`,
});
for (const text of [
  '2020-01-02T03:04:05.678Z',
  '2020-01-02T03:04:05.678+0000',
  '2020-02-30T99:99:99.999+9999',
  '0000-00-00T00:00:00.000Z',
]) {
  test(wraps, text, true);
}
for (const text of [
  '',
  '2020-01-02T03:04:05.678-0000',
  '2020-01-02T03:04:05.678+00:00',
  '2020-01-02T03:04:05.678',
  '2020-01-02T03:04:05.67Z',
  '2020-01-02T03:04:05.6789Z',
  '2020-01-02T03:04:05Z',
  '2020-01-02T03:04:05.678ZZ',
  '2020-01-02T03:04:05.678z',
  '2020-01-02T03:04:05.678+000',
  '2020-01-02T03:04:05.678+00000',
  '2020-01-02T03:04:05.678+00a0',
  '2020-01-02T03:04:05:678Z',
  '2020/01/02T03:04:05.678Z',
  '2020-01-02 03:04:05.678Z',
  'x020-01-02T03:04:05.678Z',
  '2020-01-02T03:04:05.6x8Z',
  ' 2020-01-02T03:04:05.678',
]) {
  test(wraps, text, false);
}

test('every character of the form is looked at', (t) => {
  const date = '2020-01-02T03:04:05.678+0100';
  for (let at = 0; at < date.length; at++) {
    for (const other of ['x', ' ', '/', ':', '-', '.']) {
      if (date[at] === other || (at === 23 && other === '-')) continue;
      const text = date.slice(0, at) + other + date.slice(at + 1);
      const { bytes, start, end } = embedded(text);
      t.false(isWrappable(bytes, start, end), text);
      t.is(parsed(text), Number.NaN, text);
    }
  }
});

test('random texts in and near the form are read as by another reader', (t) => {
  const random = randomFrom('parse dates');
  let good = 0;
  for (let round = 0; round < 20_000; round++) {
    const two = (limit: number) => String(random.below(limit)).padStart(2, '0');
    const fraction = '0123456789'.slice(random.below(4), 4 + random.below(4));
    const zone = random.pick(['Z', `+${two(25)}${two(61)}`, `-${two(25)}:${two(61)}`]);
    const year = random.pick([two(100) + two(100), '0000', '0001', '9999']);
    const text = `${year}-${two(14)}-${two(33)}T${two(25)}:${two(61)}:${two(61)}.${fraction}${zone}`;
    const expected = utc(text);
    const time = parsed(text);
    if (expected === undefined ? !Number.isNaN(time) : time !== Date.parse(expected)) {
      return t.is(time, expected === undefined ? Number.NaN : Date.parse(expected), text);
    }
    good += expected === undefined ? 0 : 1;
  }
  t.true(good > 3_000 && good < 19_000, String(good));
});

test('a moment is written as Date writes it', (t) => {
  const random = randomFrom('format dates');
  const first = Date.parse('0001-01-01T00:00:00.000Z');
  const last = Date.parse('9999-12-31T23:59:59.999Z');
  const days = (last + 1 - first) / 86_400_000;
  const moments = [first, last, -1, 0, 1, 999, 1_000, 951_782_399_999, 951_782_400_000];
  for (let round = 0; round < 20_000; round++) {
    moments.push(first + random.below(days) * 86_400_000 + random.below(86_400_000));
  }
  // Every day of four centuries that hold all kinds of leap years, at its first or last millisecond.
  const [from, to] = [Date.parse('1799-12-31T00:00:00.000Z'), Date.parse('2200-01-02T00:00:00.000Z')];
  for (let day = from; day < to; day += 86_400_000) moments.push(day - random.below(2));

  const out = Buffer.alloc(DATE_LENGTH + 2, '|');
  for (const moment of moments) {
    formatDate(moment, out, 1);
    const expected = `|${new Date(moment).toISOString()}|`;
    if (out.toString() !== expected) return t.is(out.toString(), expected);
  }
  t.pass();
});

test('what is written is read back', (t) => {
  const random = randomFrom('both ways');
  const out = new Uint8Array(DATE_LENGTH);
  for (let round = 0; round < 5_000; round++) {
    const moment = random.below(2 ** 32) * 1_000 + random.below(1_000) - 2 ** 41;
    formatDate(moment, out, 0);
    if (parseDate(out, 0, DATE_LENGTH) !== moment) return t.fail(String(moment));
  }
  t.pass();
});

function parsed(text: string): number {
  const { bytes, start, end } = embedded(text);
  return parseDate(bytes, start, end);
}

/** Between neighbours that would complete it, so that reading beyond the text shows. */
function embedded(text: string): { bytes: Uint8Array; start: number; end: number } {
  const [before, after] = [Buffer.from('2020-01-02T'), Buffer.from(':00Z0000')];
  const bytes = Buffer.concat([before, Buffer.from(text), after]);
  return { bytes, start: before.length, end: bytes.length - after.length };
}
