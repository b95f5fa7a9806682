import { manifestIn, manifestOf, type BuildOptions, type Made } from './build.ts';
import { ConservationError } from './merge-proof.ts';
import { hexDigits64 } from './range-writer.ts';
import { settleAll } from './settle-all.ts';
import { fileMetadata, sizeOf } from './versions.ts';
import { dayPrefix, versionPrefix } from '../schemas/layout.ts';
import type { Manifest } from '../schemas/manifest.ts';
import type { TypedRecipe } from '../schemas/recipe.ts';

/** Takes columns out of every file of changes or of a snapshot, each a job of its own. */
export async function buildTyped(
  { published, pool }: BuildOptions,
  { recipe, version, prefix }: Made<TypedRecipe>,
): Promise<Manifest> {
  const area = recipe.source.kind === 'changes' ? 'changes' : 'exports';
  const sourcePrefix = versionPrefix(dayPrefix(area, recipe), recipe.source.version);
  const source = await manifestIn(published, sourcePrefix);
  const results = await settleAll(
    source.files.map(async ({ name, bytes, rows, checksum }) => {
      const result = await pool.run({
        kind: 'typed',
        columns: recipe.columns,
        paths: recipe.paths,
        isCaseSensitive: recipe.isCaseSensitive,
        compression: recipe.compression,
        file: { key: `${sourcePrefix}${name}`, size: bytes },
        key: `${prefix}${name}`,
        userMetadata: fileMetadata(recipe, version),
      });
      if (result.entry.rows !== rows || hexDigits64(result.checksum) !== checksum) {
        throw new ConservationError(
          `of ${rows} rows of ${sourcePrefix}${name} ${result.entry.rows} became rows of ${recipe.table}`,
        );
      }
      return { ...result, entry: { name, ...result.entry } };
    }),
  );
  const misfits: Record<string, number> = {};
  for (const result of results) {
    for (const [column, count] of Object.entries(result.misfits)) {
      misfits[column] = (misfits[column] ?? 0) + count;
    }
  }
  const files = results.map(({ entry }) => entry);
  const { rows } = sizeOf(files);
  const checksum = hexDigits64(
    BigInt.asUintN(
      64,
      results.reduce((sum, result) => sum + result.checksum, 0n),
    ),
  );
  return manifestOf(
    { recipe, version, prefix },
    {
      counts: {
        rowsIn: rows,
        duplicates: 0,
        superseded: 0,
        rowsOut: rows,
        checksumIn: checksum,
        checksumOut: checksum,
      },
      files,
      misfits,
    },
  );
}
