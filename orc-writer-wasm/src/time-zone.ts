import { UnknownFormatException } from './errors.ts';

const UTC_NAMES = ['UTC', 'GMT', 'Etc/UTC', 'Etc/GMT', 'Z'];

/** How long the offset of a zone is looked up at once; no zone changes twice, there and back, in 24 days. */
const CELL_SECONDS = 2 ** 21;
/** In the year 100 no zone had changed yet, and Date ends a little after the year 275,000. */
const FIRST_SECOND = -59_000_000_000;
const LAST_SECOND = 8_640_000_000_000 - CELL_SECONDS;

/**
 * By how many seconds the clock of a zone is ahead of UTC, as a function of the seconds since 1970; undefined for UTC.
 *
 * @throws {UnknownFormatException} when the zone is not known
 */
export function zoneOffsets(zone: string): ((seconds: number) => number) | undefined {
  if (UTC_NAMES.includes(zone)) return undefined;
  const clock = clockOf(zone);
  const cells = new Map<
    number,
    { readonly before: number; readonly change: number; readonly after: number }
  >();

  return (seconds) => {
    const second = Math.min(Math.max(seconds, FIRST_SECOND), LAST_SECOND);
    const number = Math.floor(second / CELL_SECONDS);
    let cell = cells.get(number);
    if (cell === undefined) {
      cell = lookUp(number * CELL_SECONDS, (number + 1) * CELL_SECONDS);
      cells.set(number, cell);
    }
    return second < cell.change ? cell.before : cell.after;
  };

  function lookUp(start: number, end: number) {
    const before = clock(start);
    const after = clock(end);
    let [low, high] = [start, end];
    while (before !== after && high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (clock(middle) === before) low = middle;
      else high = middle;
    }
    return { before, change: high, after };
  }
}

function clockOf(zone: string): (seconds: number) => number {
  const format = formatOf(zone);
  return (seconds) => {
    const parts = new Map(
      format.formatToParts(seconds * 1000).map(({ type, value }) => [type, Number(value)]),
    );
    const get = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const clock = new Date(0);
    clock.setUTCFullYear(get('year'), get('month') - 1, get('day'));
    clock.setUTCHours(get('hour'), get('minute'), get('second'));
    return clock.getTime() / 1000 - seconds;
  };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-u-ca-iso8601', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new UnknownFormatException('unknown-timezone', `the time zone ${zone} is not known`, {}, { cause });
  }
}
