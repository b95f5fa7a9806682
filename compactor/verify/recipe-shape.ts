import type { Recipe } from '../../schemas/recipe.ts';

/** Whether it has the members that its kind of recipe has, as far as they say where versions and their inputs lie. */
export function hasRecipeShape(value: unknown): value is Recipe {
  const recipe = membersOf(value);
  const isOfDay = [recipe.db, recipe.collection, recipe.exportDate].every(isText);
  switch (recipe.kind) {
    case 'changes':
      return isOfDay && Array.isArray(recipe.parts) && recipe.parts.every(isPart);
    case 'snapshot':
      return isOfDay && isText(recipe.changes) && (recipe.base === null || isVersion(recipe.base));
    case 'typed':
      return (
        isOfDay &&
        [recipe.database, recipe.table].every(isText) &&
        (recipe.partitionKey === null || isText(recipe.partitionKey)) &&
        isText(membersOf(recipe.source).version)
      );
    default:
      return false;
  }
}

function isPart(value: unknown): boolean {
  const { name, bytes } = membersOf(value);
  return isText(name) && Number.isSafeInteger(bytes);
}

function isVersion(value: unknown): boolean {
  const { exportDate, version } = membersOf(value);
  return isText(exportDate) && isText(version);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
