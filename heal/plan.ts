import type { IngestedObject } from './ingested-objects.ts';
import type { PartitionOffsets } from '../schemas/certificate.ts';
import { covers, isCovered, parseSourceObject, type DataObject } from '../schemas/source-object.ts';
import { offsetCoverage } from '../storage/offset-coverage.ts';

/** An object that is in the bucket now. */
export interface PresentObject {
  readonly object: DataObject;
  readonly size: number;
  readonly eTag: string;
}

export interface HealPlan {
  /** To be announced, and why. */
  readonly missing: readonly MissingObject[];
  /** Keys of which some rows were ingested, while the object and all that would cover it are gone. */
  readonly lost: readonly string[];
  /** Coalesced objects with fewer lines than the objects that they replaced; our rows of these are safe. */
  readonly shortfalls: readonly Shortfall[];
  /** Of all that is in the bucket or was ingested. */
  readonly offsets: readonly PartitionOffsets[];
}

export interface MissingObject extends PresentObject {
  readonly reason: 'not ingested' | 'incomplete' | 'written again' | 'range not covered';
}

export interface Shortfall {
  readonly key: string;
  readonly lines: number;
  /** Of the originals that we read before they were replaced. */
  readonly replaced: { readonly keys: readonly string[]; readonly lines: number };
}

/**
 * Decides what of an export date must be announced again: originals that are not complete in the ledger, and coalesced
 * objects with offsets that nothing ingested, or about to be, holds.
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
    missing.push({ ...one, reason: reasonOf(one, byKey.get(one.object.key) ?? []) });
    held.push(one.object);
  }
  for (const one of present.filter(({ object }) => object.kind === 'coalesced').toSorted(byCopy)) {
    if (isCovered(one.object, held)) continue;
    missing.push({ ...one, reason: 'range not covered' });
    held.push(one.object);
  }

  return {
    missing,
    lost: [...byKey.keys()].filter(
      (key) =>
        !completeKeys.has(key) &&
        !eTags.has(key) &&
        dataObjectOf(key).some((object) => !isCovered(object, held)),
    ),
    shortfalls: shortfallsOf(present, ingested, eTags, countedLines),
    offsets: offsetCoverage([...eTags.keys(), ...byKey.keys()]),
  };
}

/** Whether what was ingested is what the bucket holds, or no longer holds. */
function isOfBucket({ key, eTag }: IngestedObject, eTags: ReadonlyMap<string, string>): boolean {
  const now = eTags.get(key);
  return now === undefined || now === eTag;
}

function reasonOf({ eTag }: PresentObject, versions: readonly IngestedObject[]): MissingObject['reason'] {
  if (versions.length === 0) return 'not ingested';
  return versions.some((version) => version.eTag === eTag) ? 'incomplete' : 'written again';
}

function byCopy(a: PresentObject, b: PresentObject): number {
  return (a.object.copy ?? 1) - (b.object.copy ?? 1);
}

function shortfallsOf(
  present: readonly PresentObject[],
  ingested: readonly IngestedObject[],
  eTags: ReadonlyMap<string, string>,
  countedLines: ReadonlyMap<string, number>,
): Shortfall[] {
  const linesOf = new Map(
    ingested.flatMap((one) =>
      one.isComplete && one.summary && isOfBucket(one, eTags) ? [[one.key, one.summary.lines]] : [],
    ),
  );
  const replaced = [...linesOf]
    .flatMap(([key, lines]) => dataObjectOf(key).map((object) => ({ object, lines })))
    .filter(({ object }) => object.kind === 'original' && !eTags.has(object.key));
  return present.flatMap(({ object }) => {
    const lines = countedLines.get(object.key) ?? linesOf.get(object.key);
    const members = replaced.filter((member) => covers(object, member.object));
    const wanted = members.reduce((sum, member) => sum + member.lines, 0);
    if (lines === undefined || lines >= wanted) return [];
    const keys = members.map((member) => member.object.key).toSorted();
    return [{ key: object.key, lines, replaced: { keys, lines: wanted } }];
  });
}

function dataObjectOf(key: string): DataObject[] {
  const object = parseSourceObject(key);
  return object.kind === 'other' ? [] : [object];
}
