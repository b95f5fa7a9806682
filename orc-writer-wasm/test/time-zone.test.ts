import test from 'ava';
import { UnknownFormatException } from '../src/errors.ts';
import { zoneOffsets } from '../src/time-zone.ts';

const offset = test.macro({
  title: (_, zone: string, instant: string) => `the clock of ${zone} at ${instant}`,
  exec(t, zone: string, instant: string, expected: number | undefined) {
    t.is(zoneOffsets(zone)?.(Date.parse(instant) / 1000), expected);
  },
});

test(offset, 'America/Los_Angeles', '2015-01-01T00:00:00Z', -8 * 3600);
test(offset, 'America/Los_Angeles', '2015-03-08T09:59:59Z', -8 * 3600);
test(offset, 'America/Los_Angeles', '2015-03-08T10:00:00Z', -7 * 3600);
test(offset, 'America/Los_Angeles', '1880-01-01T00:00:00Z', -(7 * 3600 + 52 * 60 + 58));
test(offset, 'America/Los_Angeles', '0001-01-01T00:00:00Z', -(7 * 3600 + 52 * 60 + 58));
test(offset, 'Asia/Kathmandu', '2015-01-01T00:00:00Z', 5 * 3600 + 45 * 60);
test(offset, 'GMT', '2015-01-01T00:00:00Z', undefined);

test('a zone that nobody knows is an error', (t) => {
  t.throws(() => zoneOffsets('Mars/Olympus'), { instanceOf: UnknownFormatException });
});
