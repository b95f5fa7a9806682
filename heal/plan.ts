import type { IngestedObject } from './ingested-objects.ts';
import { linesIn, lostMembers, type LostMembers } from './lost-members.ts';
import type { PartitionOffsets } from '../schemas/certificate.ts';
import { isCovered, parseSourceObject, type DataObject } from '../schemas/source-object.ts';
import { offsetCoverage } from '../storage/offset-coverage.ts';

/** An object that is in the bucket now. */
export interface PresentObject {
  readonly object: DataObject;
  readonly size: number;
  readonly eTag: string;
  /** The generation from which on rows of its topic's collection count. */
  readonly floor: number;
}

export interface HealPlan {
  /** To be announced, and why. */
  readonly missing: readonly MissingObject[];
  /** What was in the bucket and is no longer, with nothing that may bring it back. */
  readonly lost: readonly (LostRest | LostMembers)[];
  /** Of all that is in the bucket or was ingested, without coalesced objects whose offsets others have as well. */
  readonly offsets: readonly PartitionOffsets[];
}

export interface MissingObject extends PresentObject {
  readonly reason: 'not ingested' | 'incomplete' | 'written again' | 'superseded' | 'range not covered';
  /** To be read in this one, so that its rows count. */
  readonly generation: number;
}

/** An object of which some rows were not ingested or no longer count, while it and all that would cover it are gone. */
export interface LostRest {
  readonly kind: 'rest';
  readonly key: string;
}

/**
 * Decides what of an export date must be announced again: originals that are not complete in the ledger with rows that
 * count, and coalesced objects with offsets that nothing ingested so, or about to be, holds.
 *
 * @param countedLines of coalesced objects that were counted because nothing in the ledger tells of them
 */
export function healPlan(
  present: readonly PresentObject[],
  ingested: readonly IngestedObject[],
  countedLines: ReadonlyMap<string, number> = new Map(),
): HealPlan {
  const eTags = new Map(present.map(({ object, eTag }) => [object.key, eTag]));
  const byKey = Map.groupBy(ingested, ({ key }) => key);
  const complete = ingested.filter((one) => one.isComplete && isOfBucket(one, eTags));
  const held: DataObject[] = complete.flatMap(({ key }) => dataObjectOf(key));
  const completeKeys = new Set(complete.map(({ key }) => key));

  const missing: MissingObject[] = [];
  for (const one of present.filter(({ object }) => object.kind === 'original')) {
    if (completeKeys.has(one.object.key)) continue;
    const versions = byKey.get(one.object.key) ?? [];
    missing.push({ ...one, reason: reasonOf(one, versions), generation: generationOf(one, versions) });
    held.push(one.object);
  }
  for (const one of present.filter(({ object }) => object.kind === 'coalesced').toSorted(byCopy)) {
    if (isCovered(one.object, held)) continue;
    const versions = byKey.get(one.object.key) ?? [];
    missing.push({ ...one, reason: 'range not covered', generation: generationOf(one, versions) });
    held.push(one.object);
  }

  const rests = [...byKey.keys()].filter(
    (key) =>
      !completeKeys.has(key) &&
      !eTags.has(key) &&
      dataObjectOf(key).some((object) => !isCovered(object, held)),
  );
  const gone = ingested.filter(({ key }) => !eTags.has(key));
  return {
    missing,
    lost: [
      ...rests.map((key): LostRest => ({ kind: 'rest', key })),
      ...lostMembers(linesOfCoalesced(present, complete, countedLines), gone),
    ],
    offsets: offsetCoverage(withoutRepackaged(new Set([...eTags.keys(), ...byKey.keys()]))),
  };
}

/** That a coalesced object overlaps what it was made of, or a copy of it, says nothing. */
function withoutRepackaged(keys: ReadonlySet<string>): string[] {
  const objects = [...keys].flatMap(dataObjectOf);
  const told = objects.filter(({ kind }) => kind === 'original');
  for (const object of objects.filter(({ kind }) => kind === 'coalesced')) {
    if (!isCovered(object, told)) told.push(object);
  }
  return told.map(({ key }) => key);
}

/** Whether what was ingested is what the bucket holds, or no longer holds. */
function isOfBucket({ key, eTag }: IngestedObject, eTags: ReadonlyMap<string, string>): boolean {
  const now = eTags.get(key);
  return now === undefined || now === eTag;
}

function reasonOf({ eTag }: PresentObject, versions: readonly IngestedObject[]): MissingObject['reason'] {
  if (versions.length === 0) return 'not ingested';
  const same = versions.find((version) => version.eTag === eTag);
  if (same === undefined) return 'written again';
  return same.isSuperseded ? 'superseded' : 'incomplete';
}

/** Its lines may be of other collections than its topic's, of which only what was ingested tells. */
function generationOf({ floor }: PresentObject, versions: readonly IngestedObject[]): number {
  return Math.max(floor, ...versions.map((version) => version.floor));
}

function byCopy(a: PresentObject, b: PresentObject): number {
  return (a.object.copy ?? 1) - (b.object.copy ?? 1);
}

function linesOfCoalesced(
  present: readonly PresentObject[],
  complete: readonly IngestedObject[],
  countedLines: ReadonlyMap<string, number>,
): Map<DataObject, number | undefined> {
  const summaries = new Map(complete.map(({ key, summary }) => [key, summary]));
  const coalesced = present.filter(({ object }) => object.kind === 'coalesced');
  return new Map(
    coalesced.map(({ object }) => {
      const summary = summaries.get(object.key);
      return [object, countedLines.get(object.key) ?? (summary && linesIn(summary))];
    }),
  );
}

function dataObjectOf(key: string): DataObject[] {
  const object = parseSourceObject(key);
  return object.kind === 'other' ? [] : [object];
}
