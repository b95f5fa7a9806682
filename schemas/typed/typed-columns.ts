import type { TypedColumn } from './column-type.ts';
import { parseDdl } from './ddl.ts';

/**
 * The columns of a data definition, with the places that are given for some of them.
 *
 * @throws {DdlError} when the text is no data definition
 * @throws {RangeError} when a place is given for a column that is not there
 */
export function typedColumns(
  definition: string,
  paths: Readonly<Record<string, string>>,
): readonly TypedColumn[] {
  const columns = parseDdl(definition);
  const stray = Object.keys(paths).find((name) => !columns.some((column) => column.name === name));
  if (stray !== undefined) throw new RangeError(`there is no column ${stray} for the path ${paths[stray]}`);
  return columns.map((column) => {
    const path = paths[column.name];
    return path === undefined ? column : { ...column, path };
  });
}
