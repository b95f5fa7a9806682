/** The zone of a text that names none. */
export const UTC = 'Z';

/**
 * Seconds since 1970 in UTC of a wall clock in a zone, given as if the clock were UTC's; NaN for a zone that Java does
 * not know. A time that the clock shows twice is the first of them, one that it leaves out is moved on, as in Java.
 *
 * Zones of a region are as the ICU in Node has them.
 */
export function instantAt(local: number, zone: string): number {
  // Spark also takes hours and minutes of one digit.
  const name = zone.replace(/([+-])(\d):/, '$10$2:').replace(/([+-]\d\d):(\d)$/, '$1:0$2');
  if (name === UTC || /^(?:UTC|GMT|UT)$/.test(name)) return local;
  const id = SHORT_IDS.get(name) ?? name;
  return /^(?:UTC|GMT|UT)?[+-]/.test(id)
    ? local - fixedOffset(id.replace(/^[A-Z]+/, ''))
    : instantInRegion(local, id);
}

/** Seconds east of UTC of `+h`, `+hh`, `+hh:mm`, `+hhmm`, `+hh:mm:ss` or `+hhmmss`; NaN of anything else. */
function fixedOffset(text: string): number {
  const [, sign, hour, minute, second] = OFFSET.exec(text) ?? [];
  const minutes = Number(minute?.replace(':', '') ?? 0);
  const seconds = Number(second?.replace(':', '') ?? 0);
  const size = Number(hour) * 3600 + minutes * 60 + seconds;
  if (minutes > 59 || seconds > 59 || size > 18 * 3600) return Number.NaN;
  return sign === '-' ? -size : size;
}

function instantInRegion(local: number, region: string): number {
  const offsets = regionOffsets(region);
  if (offsets === undefined || Math.abs(local) > LAST_SECOND_OF_DATE) return Number.NaN;
  const before = offsets(local - DAY);
  const after = offsets(local + DAY);
  if (before === after || offsets(local - before) === before) return local - before;
  return offsets(local - after) === after ? local - after : local - before;
}

/** A function that tells the seconds east of UTC at an instant. */
function regionOffsets(region: string): ((instant: number) => number) | undefined {
  let offsets = regions.get(region);
  if (offsets === undefined && !regions.has(region)) {
    offsets = findRegion(region);
    if (regions.size < MAXIMUM_REGIONS) regions.set(region, offsets);
  }
  return offsets;
}

function findRegion(region: string): ((instant: number) => number) | undefined {
  // Java's names have capitals, and ICU does not mind.
  if (!/^(?:[A-Z][A-Za-z0-9_+-]*\/)*[A-Z][A-Za-z0-9_+-]+$/.test(region)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone: region, timeZoneName: 'longOffset' });
    return (instant) => {
      const zone = format.formatToParts(instant * 1000).find(({ type }) => type === 'timeZoneName');
      return zone?.value === 'GMT' ? 0 : fixedOffset(zone?.value.replace('GMT', '') ?? '');
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const OFFSET = /^([+-])(\d\d?)(?:(?<=\d\d)(:\d\d|\d\d)((?<=:\d\d):\d\d|(?<=\d{4})\d\d)?)?$/;
const DAY = 86_400;
/** Less than JavaScript's dates go to, by more than a day. */
const LAST_SECOND_OF_DATE = 8.63e12;
const MAXIMUM_REGIONS = 1_000;
const regions = new Map<string, ((instant: number) => number) | undefined>();

/** Java's `ZoneId.SHORT_IDS`. */
const SHORT_IDS = new Map([
  ['EST', '-05:00'],
  ['HST', '-10:00'],
  ['MST', '-07:00'],
  ['ACT', 'Australia/Darwin'],
  ['AET', 'Australia/Sydney'],
  ['AGT', 'America/Argentina/Buenos_Aires'],
  ['ART', 'Africa/Cairo'],
  ['AST', 'America/Anchorage'],
  ['BET', 'America/Sao_Paulo'],
  ['BST', 'Asia/Dhaka'],
  ['CAT', 'Africa/Harare'],
  ['CNT', 'America/St_Johns'],
  ['CST', 'America/Chicago'],
  ['CTT', 'Asia/Shanghai'],
  ['EAT', 'Africa/Addis_Ababa'],
  ['ECT', 'Europe/Paris'],
  ['IET', 'America/Indiana/Indianapolis'],
  ['IST', 'Asia/Kolkata'],
  ['JST', 'Asia/Tokyo'],
  ['MIT', 'Pacific/Apia'],
  ['NET', 'Asia/Yerevan'],
  ['NST', 'Pacific/Auckland'],
  ['PLT', 'Asia/Karachi'],
  ['PNT', 'America/Phoenix'],
  ['PRT', 'America/Puerto_Rico'],
  ['PST', 'America/Los_Angeles'],
  ['SST', 'Pacific/Guadalcanal'],
  ['VST', 'Asia/Ho_Chi_Minh'],
]);
