import { SchemaMismatchError } from './errors.ts';
import type { TypeDescription } from './schema.ts';

/**
 * The path of a child: names of fields, `_elem` of a list, `_key` and `_value` of a map, the number of a variant,
 * with points between them, as ORC's tools have it.
 */
export function childPath(parent: TypeDescription, index: number, parentPath: string): string {
  const step = steps(parent)[index] ?? '';
  return parentPath === '' ? step : `${parentPath}.${step}`;
}

/**
 * The type at a path below `type`.
 *
 * @throws {SchemaMismatchError} when there is none
 */
export function findColumn(type: TypeDescription, path: string): TypeDescription {
  const found = find(type, path);
  if (found === undefined) throw new SchemaMismatchError('bad-option', `there is no column ${path}`);
  return found;
}

function find(type: TypeDescription, path: string): TypeDescription | undefined {
  // A name may have points in it, so every field that fits is tried.
  for (const [i, step] of steps(type).entries()) {
    const child = type.children[i];
    if (path === step) return child;
    if (child === undefined || !path.startsWith(`${step}.`)) continue;
    const found = find(child, path.slice(step.length + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function steps({ category, fieldNames, children }: TypeDescription): readonly string[] {
  switch (category) {
    case 'struct':
      return fieldNames;
    case 'array':
      return ['_elem'];
    case 'map':
      return ['_key', '_value'];
    default:
      return children.map((_, i) => String(i));
  }
}
