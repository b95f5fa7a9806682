import { parseLossless, writeLossless, type Json, type JsonObject } from './lossless-json.ts';

/**
 * What becomes of a decrypted document, as `domain.md` 4.2 to 4.7 tells it: step by step, on values and then on the
 * serialised text, as the incumbent does. Slow and plain, to check the real thing against. What loses its place to
 * another key when keys are sanitised is not judged.
 */
export type NaiveResult =
  | {
      readonly kind: 'val';
      readonly val: string;
      readonly isRemoved: boolean;
      readonly lastModified: string;
    }
  /** The faults it has; which of several is found first is not said. */
  | { readonly kind: 'faults'; readonly faults: ReadonlySet<string> };

export function naiveDocument(text: string, stripLineBreaks: boolean): NaiveResult {
  const document = parseLossless(text);
  if (!(document instanceof Map)) return { kind: 'faults', faults: new Set(['not-an-object']) };

  const isRemoved = document.has('_removedDateTime');
  const lastModified = lastModifiedOf(document);
  document.set('_lastModifiedDateTime', new Map([['$date', lastModified ?? impossible]]));
  const wrapped = wrapMembers(document);
  const faults = new Set(wrapped.has('_removedDateTime') ? faultsOf(wrapped.get('_archivedDateTime')) : []);

  if (wrapped.has('_removedDateTime')) wrapped.delete('_archivedDateTime');
  const id = wrapped.get('_id');
  if (id !== undefined && id !== null && (typeof id !== 'object' || 'digits' in id)) {
    wrapped.set('_id', new Map([['$oid', typeof id === 'object' ? id.digits : String(id)]]));
  }
  const sanitised = parseLossless(sanitise(writeLossless(wrapped, 'as they came'), stripLineBreaks));
  for (const fault of faultsOf(sanitised)) faults.add(fault);
  return faults.size > 0 || lastModified === undefined
    ? { kind: 'faults', faults }
    : { kind: 'val', val: writeLossless(sanitised, 'by code point'), isRemoved, lastModified };
}

/** Stands for a date that does not exist until it is clear that it would be written. */
const impossible = 'an impossible date';

function faultsOf(json: Json | undefined): string[] {
  if (json instanceof Map) return [...json].flatMap(([key, value]) => [...faultsOf(key), ...faultsOf(value)]);
  if (Array.isArray(json)) return json.flatMap(faultsOf);
  if (typeof json !== 'string') return [];
  return [
    ...(json === impossible ? ['invalid-date'] : []),
    ...(json.isWellFormed() ? [] : ['unsupported-value']),
  ];
}

/** `domain.md` 4.6's table, but that NULs are taken out where they are NULs. */
function sanitise(text: string, stripLineBreaks: boolean): string {
  const stripped = stripLineBreaks ? text.replaceAll(/(?<!\\)\\[r|n]/g, '') : text;
  return stripped
    .replaceAll('$', 'd_')
    .replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1')
    .replaceAll('_archivedDateTime', '_removedDateTime')
    .replaceAll('_archived', '_removed');
}

/** The first that is not blank, in UTC; undefined if that is no date. */
function lastModifiedOf(document: JsonObject): string | undefined {
  for (const name of ['_lastModifiedDateTime', '_removedDateTime', 'createdDateTime']) {
    const member = document.get(name);
    const value = member instanceof Map ? member.get('$date') : member;
    if (isTruthy(value)) return typeof value === 'string' ? utc(value) : undefined;
  }
  return '1980-01-01T00:00:00.000Z';
}

function isTruthy(json: Json | undefined): boolean {
  if (json === undefined || json === null || typeof json === 'boolean') return json === true;
  if (json instanceof Map) return json.size > 0;
  if (typeof json === 'string' || Array.isArray(json)) return json.length > 0;
  return Number(json.digits) !== 0;
}

function wrapMembers(object: JsonObject): JsonObject {
  return new Map([...object].map(([key, value]) => [key, wrapDates(value)]));
}

function wrapDates(json: Json): Json {
  if (typeof json === 'string') {
    const isWrapped = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|\+\d{4})$/.test(json);
    return isWrapped ? new Map([['$date', utc(json) ?? impossible]]) : json;
  }
  if (Array.isArray(json)) {
    return json.map((element) => (element instanceof Map ? wrapMembers(element) : wrapDates(element)));
  }
  if (!(json instanceof Map)) return json;
  const date = json.size === 1 ? json.get('$date') : undefined;
  if (date === undefined || date instanceof Map || Array.isArray(date)) return wrapMembers(json);
  if (!isTruthy(date)) return json;
  return new Map([['$date', (typeof date === 'string' ? utc(date) : undefined) ?? impossible]]);
}

/** A date in any accepted form, in UTC. */
export function utc(text: string): string | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{1,6})(?:Z|([+-])(\d\d):?(\d\d))$/.exec(
    text,
  );
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  time.setUTCHours(hour, minute, second, Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3)));
  const isReal = time.getUTCMonth() === month - 1 && time.getUTCDate() === day && time.getUTCHours() === hour;
  const [offsetHours, offsetMinutes] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  if (!isReal || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  const east = (offsetHours * 60 + offsetMinutes) * (parts[8] === '-' ? -1 : 1);
  const moved = new Date(time.getTime() - east * 60_000);
  const movedYear = moved.getUTCFullYear();
  return year >= 1 && movedYear >= 1 && movedYear <= 9_999 ? moved.toISOString() : undefined;
}
