const dayMs = 86_400_000;

/** `2026-07-02T09:15:00.123Z` */
export function zuluTime(ms: number): string {
  return `${dayOf(ms)}T${timeOf(ms)}Z`;
}

/** `2026-07-02T09:15:00.123+0000`, as Kafka messages have it. */
export function offsetTime(ms: number): string {
  return `${dayOf(ms)}T${timeOf(ms)}+0000`;
}

/** `2026-07-02 09:15:00.123`, as the collector of Kafka messages has it. */
export function putTime(ms: number): string {
  return `${dayOf(ms)} ${timeOf(ms)}`;
}

/** `20260702` */
export function compactDay(ms: number): string {
  return dayOf(ms).replaceAll('-', '');
}

/** Every record has some ten times within a few days, so a day is formatted once: `Date` would take half of all the time. */
const days = new Map<number, string>();

function dayOf(ms: number): string {
  const day = Math.floor(ms / dayMs);
  let text = days.get(day);
  if (text === undefined) {
    text = new Date(day * dayMs).toISOString().slice(0, 10);
    days.set(day, text);
  }
  return text;
}

function timeOf(ms: number): string {
  const inDay = ms - Math.floor(ms / dayMs) * dayMs;
  const seconds = Math.floor(inDay / 1_000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${twoDigits[hours]}:${twoDigits[minutes % 60]}:${twoDigits[seconds % 60]}.${threeDigits[inDay % 1_000]}`;
}

const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));
const threeDigits = Array.from({ length: 1_000 }, (_, value) => String(value).padStart(3, '0'));
