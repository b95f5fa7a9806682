import type { Collection } from '../schemas/collection.ts';
import {
  dayPrefix,
  typedTablePrefix,
  versionPrefix,
  type DayOfCollection,
  type VersionArea,
} from '../schemas/layout.ts';
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
}

/** What is to be made of one export date. */
export interface DayPlan extends DayOfCollection {
  readonly changes: Step<ChangesRecipe>;
  readonly snapshot: Step<SnapshotRecipe> | undefined;
  readonly typed: readonly Step<TypedRecipe>[];
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
  const days: DayPlan[] = [];
  const newest = facts.days.at(-1);
  for (const day of facts.days) days.push(planDay(facts, day, day === newest, days.at(-1)?.snapshot));
  const isWanted = (day: DayPlan): boolean => {
    if (exportDate === undefined || day.exportDate === exportDate) return true;
    // A snapshot stands on those before it, and those behind it on this one.
    if (day.snapshot === undefined) return false;
    return day.exportDate < exportDate || wasPublished(facts, day);
  };
  return days.filter((day) => isWanted(day) && !isDone(day));
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

export function isDone({ changes, snapshot, typed }: DayPlan): boolean {
  return [changes, snapshot, ...typed].every((step) => step === undefined || step.isPublished);
}

function planDay(
  { collection, definitions }: CollectionFacts,
  facts: DayFacts,
  isNewest: boolean,
  base: Step<SnapshotRecipe> | undefined,
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
  return { ...day, changes, snapshot, typed };
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
function wasPublished({ days }: CollectionFacts, day: DayPlan): boolean {
  const folder = dayPrefix('exports' satisfies VersionArea, day);
  const published = days.find(({ exportDate }) => exportDate === day.exportDate)?.published ?? new Set();
  return [...published].some((prefix) => prefix.startsWith(folder));
}
