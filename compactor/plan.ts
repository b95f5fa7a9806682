import type { Collection } from '../schemas/collection.ts';
import { dayPrefix, typedTablePrefix, versionPrefix, type DayOfCollection } from '../schemas/layout.ts';
import {
  versionOf,
  type ChangesRecipe,
  type PartName,
  type Recipe,
  type SnapshotRecipe,
  type TypedRecipe,
} from '../schemas/recipe.ts';
import type { TypedTable } from '../schemas/typed-table.ts';

/** What is known of a collection before anything is done. */
export interface CollectionFacts {
  readonly collection: Collection;
  /** The data definition of each typed table, in their order. */
  readonly definitions: readonly string[];
  /** Ascending. */
  readonly days: readonly DayFacts[];
}

export interface DayFacts {
  readonly exportDate: string;
  /** All live parts, in any order. */
  readonly parts: readonly PartName[];
  readonly generationFloor: number;
  /** Prefixes of versions that the catalogue shows and whose manifest is there. */
  readonly published: ReadonlySet<string>;
  readonly certificate: CertificateFacts | undefined;
}

export interface CertificateFacts {
  readonly sha256: string;
  /** The digest of the certificate before it; null if there was none. */
  readonly previous: string | null;
  /** Of the versions it certifies. */
  readonly prefixes: ReadonlySet<string>;
}

/** What is to be made of one export date. */
export interface DayPlan extends DayOfCollection {
  readonly changes: Step<ChangesRecipe>;
  readonly snapshot: Step<SnapshotRecipe> | undefined;
  readonly typed: readonly Step<TypedRecipe>[];
  /** The certificate is of these versions, and stands on the one before it. */
  readonly isCertified: boolean;
}

/** A version that there should be. */
export interface Step<R extends Recipe> {
  readonly recipe: R;
  readonly version: string;
  /** Its folder. */
  readonly prefix: string;
  /** Readers have it already. */
  readonly isPublished: boolean;
}

/**
 * What has to be done so that readers have everything up to an export date, and all that stands on it; without a date,
 * everything. Days of which readers have everything are not among them. The newest day comes last.
 *
 * A version is named by what it is made of, so the names of all versions are known before the first is made: late
 * parts give their day another version, and with it every snapshot from that day on.
 */
export function plan(facts: CollectionFacts, exportDate?: string): readonly DayPlan[] {
  const isAsked = (day: DayFacts): boolean => exportDate === undefined || day.exportDate === exportDate;
  const isBefore = (day: DayFacts): boolean => exportDate !== undefined && day.exportDate < exportDate;
  // Snapshots stand on those before them, and certificates too.
  const isWanted = (day: DayFacts): boolean =>
    isAsked(day) ||
    (isBefore(day)
      ? facts.collection.snapshot !== 'none'
      : day.certificate !== undefined || hasSnapshot(facts, day));

  const newest = facts.days.findLast((day) => isWanted(day) || hasSnapshot(facts, day));
  const days: DayPlan[] = [];
  let base: Step<SnapshotRecipe> | undefined;
  let certificate: string | null | undefined = null;
  for (const day of facts.days) {
    const planned = planDay(facts, day, { isNewest: day === newest, base, certificate });
    base = planned.snapshot;
    if (isWanted(day) && !isDone(planned)) {
      days.push(planned);
      certificate = undefined;
    } else if (day.certificate !== undefined) {
      certificate = day.certificate.sha256;
    }
  }
  return days;
}

/** The folder of all versions of what a recipe makes. */
export function datasetPrefix(recipe: Recipe): string {
  switch (recipe.kind) {
    case 'changes':
      return dayPrefix('changes', recipe);
    case 'snapshot':
      return dayPrefix('exports', recipe);
    case 'typed':
      return typedTablePrefix(
        recipe,
        recipe.partitionKey === null ? undefined : { key: recipe.partitionKey, value: recipe.exportDate },
      );
  }
}

/** The versions of a day, each after those it is made from. */
export function stepsOf({ changes, snapshot, typed }: DayPlan): readonly Step<Recipe>[] {
  return [changes, ...(snapshot === undefined ? [] : [snapshot]), ...typed];
}

function isDone(day: DayPlan): boolean {
  return day.isCertified && stepsOf(day).every(({ isPublished }) => isPublished);
}

interface DayBefore {
  /** No later snapshot is or will be there, so that typed tables are made from this one. */
  readonly isNewest: boolean;
  readonly base: Step<SnapshotRecipe> | undefined;
  /** The digest of the last certificate before; undefined when it will be another one. */
  readonly certificate: string | null | undefined;
}

function planDay(
  { collection, definitions }: CollectionFacts,
  facts: DayFacts,
  { isNewest, base, certificate }: DayBefore,
): DayPlan {
  const { db, collection: name, compression } = collection;
  const day = { db, collection: name, exportDate: facts.exportDate };
  const step = <R extends Recipe>(recipe: R): Step<R> => {
    const version = versionOf(recipe);
    const prefix = versionPrefix(datasetPrefix(recipe), version);
    return { recipe, version, prefix, isPublished: facts.published.has(prefix) };
  };

  const changes = step<ChangesRecipe>({
    kind: 'changes',
    ...day,
    compression,
    generationFloor: facts.generationFloor,
    parts: facts.parts.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  });
  const snapshot =
    collection.snapshot === 'none'
      ? undefined
      : step<SnapshotRecipe>({
          kind: 'snapshot',
          ...day,
          compression,
          order: collection.snapshot,
          tombstones: collection.tombstones,
          base: base === undefined ? null : { exportDate: base.recipe.exportDate, version: base.version },
          changes: changes.version,
        });
  const source = snapshot ?? changes;
  const typed = collection.typedTables.flatMap((table, index) =>
    isNewest || table.partitionKey !== undefined
      ? [step(typedRecipe(day, compression, table, definitions[index] ?? '', source))]
      : [],
  );
  const planned = { ...day, changes, snapshot, typed, isCertified: false };
  const prefixes = stepsOf(planned).map((each) => each.prefix);
  // Of these and no others: a typed table of the newest snapshot is no longer of this day when there is a newer one.
  const isCertified =
    certificate !== undefined &&
    facts.certificate?.previous === certificate &&
    facts.certificate.prefixes.size === prefixes.length &&
    prefixes.every((prefix) => facts.certificate?.prefixes.has(prefix));
  return { ...planned, isCertified };
}

function typedRecipe(
  day: DayOfCollection,
  compression: Collection['compression'],
  { database, table, paths = {}, isCaseSensitive = true, partitionKey }: TypedTable,
  columns: string,
  { recipe, version }: Step<ChangesRecipe | SnapshotRecipe>,
): TypedRecipe {
  return {
    kind: 'typed',
    ...day,
    compression,
    database,
    table,
    partitionKey: partitionKey ?? null,
    columns,
    paths,
    isCaseSensitive,
    source: { kind: recipe.kind, version },
  };
}

/** Whether readers have some snapshot of the day, be it another than the one that there should be. */
function hasSnapshot({ collection }: CollectionFacts, { exportDate, published }: DayFacts): boolean {
  const { db, collection: name } = collection;
  const folder = dayPrefix('exports', { db, collection: name, exportDate });
  return [...published].some((prefix) => prefix.startsWith(folder));
}
