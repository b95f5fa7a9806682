import { daysOf, digitsAt, trimmed } from './date.ts';
import { isDigit } from './json-scan.ts';
import { instantAt, UTC } from './time-zone.ts';

/** A moment as ORC has it, to whole microseconds. */
export interface Moment {
  seconds: number;
  nanos: number;
}

/** `timestamp`: a zone is taken into account; `timestamp_ntz`: there is none. */
export type TimestampKind = 'timestamp' | 'timestamp_ntz';

/**
 * Reads a text as Spark reads a timestamp, in UTC where it names no zone, into `moment`: `yyyy-mm-ddThh:mm:ss.ffffff`
 * with any number of digits behind the point (those after the sixth are cut off), a space for the `T`, parts of one
 * digit, its beginnings, a zone behind the seconds, years of four to six digits with or without a sign.
 *
 * A time alone is refused: Spark takes it for one of the day on which the query runs.
 *
 * @returns whether it is a timestamp that Spark can hold.
 */
export function parseTimestamp(
  text: Uint8Array,
  start: number,
  end: number,
  kind: TimestampKind,
  moment: Moment,
): boolean {
  if (parseUsual(text, start, end, kind, moment)) return true;
  const whole = decoder.decode(text.subarray(start, end));
  if (parseAny(whole, kind, moment)) return true;
  // Spark 1.6 took GMT for a way to say UTC, wherever it stood.
  return kind === 'timestamp' && whole.includes('GMT') && parseAny(whole.replaceAll('GMT', ''), kind, moment);
}

/** `yyyy-mm-ddThh:mm:ss` with up to six digits of a fraction, and `Z`, `+hhmm`, `+hh:mm` or nothing. */
function parseUsual(
  text: Uint8Array,
  start: number,
  end: number,
  kind: TimestampKind,
  moment: Moment,
): boolean {
  if (end - start < 19 || text[start + 4] !== MINUS || text[start + 7] !== MINUS) return false;
  if (text[start + 13] !== COLON || text[start + 16] !== COLON) return false;
  if (text[start + 10] !== LETTER_T && text[start + 10] !== SPACE) return false;
  const days = daysOf(digitsAt(text, start, 4), digitsAt(text, start + 5, 2), digitsAt(text, start + 8, 2));
  const time = secondsOf(
    digitsAt(text, start + 11, 2),
    digitsAt(text, start + 14, 2),
    digitsAt(text, start + 17, 2),
  );
  let at = start + 19;
  let micros = 0;
  if (text[at] === POINT && at < end) {
    let unit = 100_000;
    for (at++; at < end && unit >= 1 && isDigit(text[at] as number); at++) {
      micros += unit * ((text[at] as number) - 0x30);
      unit /= 10;
    }
  }
  const offset = offsetAt(text, at, end, kind);
  const seconds = days * 86_400 + time - offset;
  if (Number.isNaN(seconds)) return false;
  moment.seconds = seconds;
  moment.nanos = micros * 1000;
  return true;
}

/** Seconds east of UTC, NaN for anything unusual. */
function offsetAt(text: Uint8Array, at: number, end: number, kind: TimestampKind): number {
  if (at === end) return 0;
  if (kind === 'timestamp_ntz') return Number.NaN;
  const sign = text[at];
  if (end - at === 1 && sign === LETTER_Z) return 0;
  if (sign !== PLUS && sign !== MINUS) return Number.NaN;
  const colon = text[at + 3] === COLON ? 1 : 0;
  if (end - at !== 5 + colon) return Number.NaN;
  const hours = digitsAt(text, at + 1, 2);
  const minutes = digitsAt(text, at + 3 + colon, 2);
  if (!(hours < 18 && minutes < 60)) return Number.NaN;
  return (sign === MINUS ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function parseAny(text: string, kind: TimestampKind, moment: Moment): boolean {
  const [, sign, year, month = 1, day = 1, hour = 0, minute = 0, second = 0, fraction = '', zone] =
    TIMESTAMP.exec(trimmed(text)) ?? [];
  if (year === undefined || (kind === 'timestamp_ntz' && zone !== undefined)) return false;
  const days = daysOf(Number(`${sign}${year}`), Number(month), Number(day));
  const local = days * 86_400 + secondsOf(Number(hour), Number(minute), Number(second));
  const seconds = Number.isNaN(local) ? local : instantAt(local, zone === undefined ? UTC : trimmed(zone));
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'));
  if (Number.isNaN(seconds) || isTooFar(seconds, micros)) return false;
  moment.seconds = seconds;
  moment.nanos = micros * 1000;
  return true;
}

function secondsOf(hour: number, minute: number, second: number): number {
  return hour < 24 && minute < 60 && second < 60 ? hour * 3600 + minute * 60 + second : Number.NaN;
}

/** Spark's timestamps are microseconds in 64 bits. */
function isTooFar(seconds: number, micros: number): boolean {
  const value = BigInt(seconds) * 1_000_000n + BigInt(micros);
  return BigInt.asIntN(64, value) !== value;
}

const MINUS = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const POINT = 0x2e;
const SPACE = 0x20;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
/** What follows the seconds, and the point and digits that there may be, is a zone whatever it is. */
const TIMESTAMP =
  /^([+-]?)(\d{4,6})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T](\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?(\D[^]*)?)?)?)?)?)?$/;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
