import { countLines } from './count-lines.ts';
import { sourcesOfDay, type ListedSource } from './date-folders.ts';
import { ingestedObjects } from './ingested-objects.ts';
import { healPlan, type HealPlan, type PresentObject } from './plan.ts';
import type { Queue } from '../consumer/queue.ts';
import { ownEvent } from '../schemas/own-event.ts';
import { nameKey } from '../schemas/collection.ts';
import { parseSourceObject, type CollectionName } from '../schemas/source-object.ts';
import { mapConcurrently } from '../storage/map-concurrently.ts';
import { readFloorsOfDay } from '../storage/replace-floor.ts';
import type { ObjectStore } from '../storage/store.ts';

export interface HealOptions {
  readonly corporate: ObjectStore;
  readonly published: ObjectStore;
  readonly exportDate: string;
  /** Only objects whose topic is that of this collection. */
  readonly collection?: CollectionName | undefined;
  /** Read the coalesced objects that were not ingested, to compare their lines with those they replaced. */
  readonly checkCoalesced?: boolean;
}

/** Looks at what the bucket holds of an export date, and what is missing of it in the live parts; changes nothing. */
export async function lookForMissing(options: HealOptions): Promise<HealPlan> {
  const { corporate, published, exportDate } = options;
  const floors = await readFloorsOfDay(published, exportDate);
  // The bucket first: what is ingested meanwhile is then in the ledger, not missing.
  const present: PresentObject[] = [];
  const sources = wantedSources(options);
  for await (const one of mapConcurrently(sources, READS, (source) =>
    presentObject(corporate, floors, source),
  )) {
    if (one !== undefined) present.push(one);
  }
  const all = await ingestedObjects(published, exportDate, floors);
  const ingested = all.filter(({ key }) => isWanted(key, options));
  const known = new Set(ingested.flatMap(({ key, isComplete }) => (isComplete ? [key] : [])));
  const counted = new Map<string, number>();
  if (options.checkCoalesced) {
    for (const { object } of present) {
      if (object.kind !== 'coalesced' || known.has(object.key)) continue;
      const lines = await countLines(corporate, object.key);
      if (lines !== undefined) counted.set(object.key, lines);
    }
  }
  return healPlan(present, ingested, counted);
}

/** Announces what is missing. @returns what the queue did not take; all that is left once it does not answer */
export async function announceMissing(queue: Queue, { missing }: HealPlan): Promise<readonly Refused[]> {
  const bodies = missing.map(({ object, size, eTag, generation }) =>
    ownEvent({ key: object.key, size, eTag, generation }),
  );
  const refused: Refused[] = [];
  for (let start = 0; start < bodies.length; start += SENT_AT_ONCE) {
    try {
      const results = await queue.send(bodies.slice(start, start + SENT_AT_ONCE));
      for (const [index, result] of results.entries()) {
        if (result.kind === 'sent') continue;
        refused.push({ key: missing[start + index]?.object.key ?? '', reason: result.reason });
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [...refused, ...missing.slice(start).map(({ object }) => ({ key: object.key, reason }))];
    }
  }
  return refused;
}

export interface Refused {
  readonly key: string;
  readonly reason: string;
}

const READS = 16;
const SENT_AT_ONCE = 500;

async function* wantedSources(options: HealOptions): AsyncGenerator<ListedSource, void, undefined> {
  for await (const source of sourcesOfDay(options.corporate, options.exportDate)) {
    if (isWanted(source.object.key, options)) yield source;
  }
}

async function presentObject(
  corporate: ObjectStore,
  floors: ReadonlyMap<string, number>,
  { object }: ListedSource,
): Promise<PresentObject | undefined> {
  const info = await corporate.head(object.key);
  return (
    info && {
      object,
      size: info.size,
      eTag: info.eTag,
      floor: floors.get(nameKey(object.topicCollection)) ?? 0,
    }
  );
}

function isWanted(key: string, { collection }: HealOptions): boolean {
  if (collection === undefined) return true;
  const object = parseSourceObject(key);
  return object.kind !== 'other' && nameKey(object.topicCollection) === nameKey(collection);
}
