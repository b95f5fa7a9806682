import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TypedTable } from './typed-table.ts';

const ownFolder = fileURLToPath(new URL('ddl/', import.meta.url));

/**
 * The data definitions of typed tables, in their order.
 *
 * @param folder - looked into first, so that private definitions take the place of our examples
 * @throws {Error} when a file is in neither folder
 */
export async function loadDefinitions(
  tables: readonly TypedTable[],
  folder: string | undefined,
): Promise<readonly string[]> {
  return Promise.all(
    tables.map(async ({ columns }) => {
      if (typeof columns === 'string') return columns;
      const own = join(ownFolder, columns.file);
      return (
        (folder === undefined ? undefined : await textOf(join(folder, columns.file))) ?? readFile(own, 'utf8')
      );
    }),
  );
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
