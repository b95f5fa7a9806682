import { manifestIn, manifestOf, type BuildOptions, type Made } from './build.ts';
import { proved } from './prove.ts';
import { filesInRange } from './row-files.ts';
import { mergeInShards } from './shards.ts';
import { sizeOf } from './versions.ts';
import { dayPrefix, versionPrefix, type VersionArea } from '../schemas/layout.ts';
import type { Manifest } from '../schemas/manifest.ts';
import type { SnapshotRecipe } from '../schemas/recipe.ts';

/** Merges the snapshot before and the changes since into one record of every id. */
export async function buildSnapshot(options: BuildOptions, made: Made<SnapshotRecipe>): Promise<Manifest> {
  const { recipe, version } = made;
  const { base } = recipe;
  const folder = (area: VersionArea, exportDate: string, name: string): string =>
    versionPrefix(dayPrefix(area, { ...recipe, exportDate }), name);
  const [changes, before] = await Promise.all([
    manifestIn(options.published, folder('changes', recipe.exportDate, recipe.changes)),
    base === null
      ? undefined
      : manifestIn(options.published, folder('exports', base.exportDate, base.version)),
  ]);
  const inputs = [
    { prefix: folder('changes', recipe.exportDate, recipe.changes), files: changes.files },
    ...(base === null || before === undefined
      ? []
      : [
          { prefix: folder('exports', base.exportDate, base.version), files: before.files },
          { prefix: folder('tombstones', base.exportDate, base.version), files: before.tombstones },
        ]),
  ].filter(({ files }) => files.length > 0);
  const all = sizeOf(inputs.flatMap(({ files }) => files));

  const results = await mergeInShards(options, made, recipe.order, {
    rawBytes: all.rawBytes,
    inputsOf: (range) =>
      inputs.map(({ prefix, files }) =>
        filesInRange(files, range).map(({ name, bytes }) => ({ key: `${prefix}${name}`, size: bytes })),
      ),
    ...(recipe.tombstones === 'drop' && {
      tombstonesPrefix: folder('tombstones', recipe.exportDate, version),
    }),
  });
  return manifestOf(made, proved(results, all.rows));
}
