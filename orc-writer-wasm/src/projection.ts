import { findColumn } from './column-path.ts';
import type { TypeDescription } from './schema.ts';

/**
 * The schema with nothing but the columns at these paths, what is inside them and what they are inside of. Ids stay.
 * A map keeps its key, and a union all its variants.
 *
 * @throws {SchemaMismatchError} when there is no such column
 */
export function project(schema: TypeDescription, paths: readonly string[]): TypeDescription {
  const wanted = new Set(paths.map((path) => findColumn(schema, path).id));
  return keep(schema) ?? { ...schema, fieldNames: [], children: [] };

  function keep(type: TypeDescription): TypeDescription | undefined {
    if (wanted.has(type.id)) return type;
    const kept = type.children.map(keep);
    if (kept.every((child) => child === undefined)) return undefined;
    switch (type.category) {
      case 'struct':
        return {
          ...type,
          children: kept.filter((child) => child !== undefined),
          fieldNames: type.fieldNames.filter((_, i) => kept[i] !== undefined),
        };
      case 'map':
        return { ...type, children: type.children.map((child, i) => kept[i] ?? child) };
      case 'uniontype':
        return type;
      default:
        return { ...type, children: kept.filter((child) => child !== undefined) };
    }
  }
}

/** The ids of a type and of all inside it. */
export function idsOf(type: TypeDescription): number[] {
  return [type.id, ...type.children.flatMap(idsOf)];
}
