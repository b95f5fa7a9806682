import type { BuildOptions, Made } from './build.ts';
import { rangesFor, shardsOf } from './id-part-ranges.ts';
import type { InputFile, MergeJob, MergeResult } from './jobs.ts';
import { fileMetadata } from './versions.ts';
import type { ChangesRecipe, SnapshotRecipe } from '../schemas/recipe.ts';

export interface MergeInputs {
  readonly rawBytes: number;
  /** The inputs that a shard of these ranges has to read. */
  readonly inputsOf: (range: { readonly first: number; readonly last: number }) => readonly InputFile[][];
  readonly tombstonesPrefix?: string;
}

/** Spreads a merge over shards; their results come in the order of their rows. */
export function mergeInShards(
  { pool, shards, scratchFolder }: BuildOptions,
  { recipe, version, prefix }: Made<ChangesRecipe | SnapshotRecipe>,
  rule: MergeJob['rule'],
  { rawBytes, inputsOf, ...rest }: MergeInputs,
): Promise<readonly MergeResult[]> {
  const groups = shardsOf(rangesFor(rawBytes), shards);
  return Promise.all(
    groups.map((ranges) =>
      pool.run({
        kind: 'merge',
        rule,
        ranges,
        inputs: inputsOf({ first: ranges[0]?.first ?? 0, last: ranges.at(-1)?.last ?? 255 }),
        prefix,
        ...rest,
        compression: recipe.compression,
        // Threads that have no shard to merge help to compress.
        writerWorkers: Math.max(1, Math.floor(pool.size / groups.length)),
        userMetadata: fileMetadata(recipe, version),
        scratchFolder,
        ...readSettings(groups.length),
      }),
    ),
  );
}

/** So that all shards at work together stay below about a gigabyte. */
function readSettings(_groups: number): Pick<MergeJob, 'mostInputs' | 'readSizes'> {
  return {
    mostInputs: 256,
    readSizes: { batchSize: 1_024, batchBytes: 2 ** 18, windowBytes: 2 ** 18 },
  };
}
