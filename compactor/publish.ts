import { showDay, showNewest, showTyped, type CatalogueView, type Shown } from './catalogue-view.ts';
import type { DayPlan, Step } from './plan.ts';
import { sizeOf } from './versions.ts';
import type { Collection } from '../schemas/collection.ts';
import { typedTablePrefix } from '../schemas/layout.ts';
import type { Manifest } from '../schemas/manifest.ts';
import type { Recipe, TypedRecipe } from '../schemas/recipe.ts';
import { hiveColumns } from '../schemas/typed/table-types.ts';
import { typedColumns } from '../schemas/typed/typed-columns.ts';
import type { Catalogue, TableDefinition } from '../storage/catalogue.ts';
import { statisticsParameters } from '../storage/statistics-parameters.ts';

/**
 * Has readers see the versions of a day, each by one call to the catalogue. Nothing is deleted: who has taken a list of
 * files before reads on.
 *
 * @returns the view with what has been published
 * @throws {PublishedMeanwhileError}
 */
export async function publish(
  catalogue: Catalogue,
  collection: Collection,
  view: CatalogueView,
  { exportDate, changes, snapshot, typed }: DayPlan,
  manifests: ReadonlyMap<string, Manifest>,
): Promise<CatalogueView> {
  const shown = ({ prefix, recipe }: Step<Recipe>): Shown => ({
    location: prefix,
    parameters: {
      ...statisticsParameters(sizeOf(manifests.get(prefix)?.files ?? [])),
      'orc.compress': recipe.compression,
    },
  });
  let newest = view.snapshot.table;
  await showDay(catalogue, collection, 'changes', view, exportDate, shown(changes));
  if (snapshot !== undefined) {
    await showDay(catalogue, collection, 'snapshots', view, exportDate, shown(snapshot));
    const isNewest = [...view.snapshots.partitions.keys()].every((date) => date <= exportDate);
    if (isNewest) newest = await showNewest(catalogue, collection, view, shown(snapshot));
  }
  for (const step of typed) {
    await showTyped(catalogue, view, exportDate, typedDefinition(step), shown(step));
  }
  return { ...view, snapshot: { ...view.snapshot, table: newest } };
}

function typedDefinition({ recipe, prefix }: Step<TypedRecipe>): TableDefinition {
  const { database, table, partitionKey, compression, db, collection } = recipe;
  return {
    database,
    name: table,
    columns: hiveColumns(typedColumns(recipe.columns, recipe.paths)),
    partitionKeys: partitionKey === null ? [] : [{ name: partitionKey, type: 'string' }],
    location: partitionKey === null ? prefix : typedTablePrefix(recipe),
    format: 'orc',
    parameters: {
      'cdi.db': db,
      'cdi.collection': collection,
      'cdi.content': 'typed',
      'orc.compress': compression,
    },
  };
}
