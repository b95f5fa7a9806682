import { createHash } from 'node:crypto';
import { nameKey } from '../schemas/collection.ts';
import { covers, parseSourceObject, type CollectionName, type DataObject } from '../schemas/source-object.ts';

/** An object of the corporate bucket as it was listed. */
export interface ListedSource {
  readonly key: string;
  readonly size: number;
  readonly eTag: string;
}

export interface PlanRequest {
  /** All when empty. */
  readonly collections: readonly CollectionName[];
  /** First and last export date, inclusive. */
  readonly from: string;
  readonly to: string;
  /** `replace`: rows of older generations no longer count once all of the run is ingested. */
  readonly mode: ReprocessMode;
}

export type ReprocessMode = 'merge' | 'replace';

export interface ReprocessPlan {
  readonly request: PlanRequest;
  /** SHA-256 of the mode and the objects; no clock, rate or price is in it. */
  readonly digest: string;
  /** Ascending by key. */
  readonly objects: readonly PlannedObject[];
  /** One for each collection and export date, ascending. */
  readonly days: readonly PlannedDay[];
  readonly leftOut: readonly LeftOut[];
}

export interface PlannedObject extends ListedSource {
  /** From the topic; lines may say otherwise. */
  readonly collection: CollectionName;
  readonly exportDate: string;
}

export interface PlannedDay {
  /** `db:collection`. */
  readonly collection: string;
  readonly exportDate: string;
  objects: number;
  bytes: number;
  /** From the offsets of the names, so at most what there is: offsets may have gaps. */
  estimatedLines: number;
  leftOut: number;
}

export interface LeftOut {
  readonly key: string;
  readonly why: string;
  /** Undefined where the name tells of no data. */
  readonly collection?: string;
  readonly exportDate?: string;
}

/**
 * Chooses what a reprocess run sends. An object is left out only if what is sent has each of its bytes for certain; of
 * the rest, lines that come twice are dropped by their fingerprints, and a line that never comes would be lost.
 *
 * - A copy (`….gz.2`) with the bytes of an earlier one of the same range. Another run of the coalescer may have put
 *   other members under the same range, so different copies are all sent.
 * - An original below a coalesced object of the same folder, topic and partition, while the originals that are still
 *   there fill its range without a gap, and their sizes add up to its own. A coalesced object is its members one after
 *   the other, so then none is missing. Otherwise one may be: the coalescer leaves out a member that it could not get,
 *   and where some originals are gone already, nothing tells which.
 *
 * Ranges that overlap in part and ranges that are in two folders are all sent.
 *
 * @param listing - in any order; each key once
 * @see domain.md 1.5, 1.6
 */
export function planReprocess(listing: Iterable<ListedSource>, request: PlanRequest): ReprocessPlan {
  const wanted = new Set(request.collections.map(nameKey));
  const leftOut: LeftOut[] = [];
  const sources: Source[] = [];
  for (const listed of listing) {
    const object = parseSourceObject(listed.key);
    if (object.kind === 'other') {
      leftOut.push({ key: listed.key, why: object.why });
      continue;
    }
    const isInRange = object.exportDate >= request.from && object.exportDate <= request.to;
    if (isInRange && (wanted.size === 0 || wanted.has(nameKey(object.topicCollection)))) {
      sources.push({ object, listed });
    }
  }
  sources.sort((a, b) => compareText(a.listed.key, b.listed.key));

  const doubles = doublesIn(sources);
  const kept = sources.filter(({ listed }) => !doubles.has(listed.key));
  for (const { object, listed } of sources) {
    const why = doubles.get(listed.key);
    if (why !== undefined) leftOut.push({ key: listed.key, why, ...dayOf(object) });
  }
  const objects = kept.map(({ object, listed }) => ({
    key: listed.key,
    size: listed.size,
    eTag: listed.eTag,
    collection: object.topicCollection,
    exportDate: object.exportDate,
  }));
  return {
    request,
    digest: digestOf(request.mode, objects),
    objects,
    days: daysOf(sources, doubles),
    leftOut: leftOut.toSorted((a, b) => compareText(a.key, b.key)),
  };
}

interface Source {
  readonly object: DataObject;
  readonly listed: ListedSource;
}

/** Why, by the key of what need not be sent. */
function doublesIn(sources: readonly Source[]): Map<string, string> {
  const doubles = new Map<string, string>();
  const places = Map.groupBy(sources, ({ object: { folder, topic, partition } }) =>
    JSON.stringify([folder, topic, partition]),
  );
  for (const place of places.values()) {
    const coalesced = place.filter(({ object }) => object.kind === 'coalesced').toSorted(byCopy);
    const originals = place.filter(({ object }) => object.kind === 'original').toSorted(byFirstOffset);
    const seen = new Map<string, string>();
    for (const { object, listed } of coalesced) {
      const bytes = JSON.stringify([String(object.from), String(object.to), listed.size, listed.eTag]);
      const first = seen.get(bytes);
      // Without its eTag nothing is known of its bytes.
      if (first !== undefined && listed.eTag !== '') doubles.set(listed.key, `the same bytes as ${first}`);
      else seen.set(bytes, fileName(listed.key));
    }
    for (const whole of coalesced) {
      const members = membersOf(whole, originals);
      if (doubles.has(whole.listed.key) || !areAllOf(whole, members)) continue;
      const why = `all of it is in ${fileName(whole.listed.key)}`;
      for (const { listed } of members) doubles.set(listed.key, why);
    }
  }
  return doubles;
}

/** The originals in the range; ascending, as they were given. A binary search keeps long lists affordable. */
function membersOf(whole: Source, originals: readonly Source[]): Source[] {
  let low = 0;
  for (let high = originals.length; low < high;) {
    const middle = (low + high) >>> 1;
    if ((originals[middle]?.object.from ?? 0n) < whole.object.from) low = middle + 1;
    else high = middle;
  }
  const members: Source[] = [];
  for (let index = low; index < originals.length; index++) {
    const original = originals[index];
    if (original === undefined || original.object.from > whole.object.to) break;
    if (covers(whole.object, original.object)) members.push(original);
  }
  return members;
}

function areAllOf({ object: { from, to }, listed }: Source, members: readonly Source[]): boolean {
  let next = from;
  let bytes = 0;
  for (const { object, listed: member } of members) {
    if (object.from !== next) return false;
    next = object.to + 1n;
    bytes += member.size;
  }
  return next === to + 1n && bytes === listed.size;
}

function daysOf(sources: readonly Source[], doubles: ReadonlyMap<string, string>): PlannedDay[] {
  const days = new Map<string, PlannedDay>();
  for (const { object, listed } of sources) {
    const { collection, exportDate } = dayOf(object);
    const key = JSON.stringify([collection, exportDate]);
    const day = days.get(key) ?? {
      collection,
      exportDate,
      objects: 0,
      bytes: 0,
      estimatedLines: 0,
      leftOut: 0,
    };
    days.set(key, day);
    if (doubles.has(listed.key)) {
      day.leftOut += 1;
      continue;
    }
    day.objects += 1;
    day.bytes += listed.size;
    day.estimatedLines += Number(object.to - object.from + 1n);
  }
  return [...days.values()].toSorted(
    (a, b) => compareText(a.collection, b.collection) || compareText(a.exportDate, b.exportDate),
  );
}

function dayOf({ topicCollection, exportDate }: DataObject): { collection: string; exportDate: string } {
  return { collection: nameKey(topicCollection), exportDate };
}

function digestOf(mode: ReprocessMode, objects: readonly ListedSource[]): string {
  const hash = createHash('sha256').update(`${mode}\n`);
  for (const { key, eTag, size } of objects) hash.update(`${JSON.stringify([key, eTag, size])}\n`);
  return hash.digest('hex');
}

function byCopy(a: Source, b: Source): number {
  return (a.object.copy ?? 1) - (b.object.copy ?? 1);
}

function byFirstOffset(a: Source, b: Source): number {
  return a.object.from < b.object.from ? -1 : Number(a.object.from > b.object.from);
}

function fileName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
