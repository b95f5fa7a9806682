import type { BuildOptions, Made } from './build.ts';
import { rangesFor, shardsOf } from './id-part-ranges.ts';
import type { InputFile, MergeJob, MergeResult } from './jobs.ts';
import { settleAll } from './settle-all.ts';
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
  { pool, shards }: BuildOptions,
  { recipe, version, prefix }: Made<ChangesRecipe | SnapshotRecipe>,
  rule: MergeJob['rule'],
  { rawBytes, inputsOf, ...rest }: MergeInputs,
): Promise<readonly MergeResult[]> {
  const groups = shardsOf(rangesFor(rawBytes), shards);
  // Threads that have no shard to merge help to compress.
  const writerWorkers = Math.max(1, Math.floor(pool.size / groups.length));
  return settleAll(
    groups.map((ranges) => {
      const inputs = inputsOf({ first: ranges[0]?.first ?? 0, last: ranges.at(-1)?.last ?? 255 });
      return pool.run(
        {
          kind: 'merge',
          rule,
          ranges,
          inputs,
          prefix,
          ...rest,
          compression: recipe.compression,
          userMetadata: fileMetadata(recipe, version),
          ...readSettings(inputs.length),
        },
        writerWorkers,
      );
    }),
  );
}

/**
 * What may be in memory of all inputs of a shard together: compressed bytes, and rows that wait for their turn. Many
 * inputs get less each, down to what a few calls to the store bring; more than these are merged in groups first.
 */
const MOST_INPUTS = 256;
const WINDOW_BYTES = 320 * 2 ** 20;
const BATCH_BYTES = 32 * 2 ** 20;
const BATCH_ROWS = 48_000;

function readSettings(inputs: number): Pick<MergeJob, 'mostInputs' | 'readSizes'> {
  const share = (all: number, least: number, most: number): number =>
    Math.min(most, Math.max(least, Math.floor(all / Math.min(inputs, MOST_INPUTS))));
  return {
    mostInputs: MOST_INPUTS,
    readSizes: {
      batchSize: share(BATCH_ROWS, 128, 4_096),
      batchBytes: share(BATCH_BYTES, 2 ** 17, 2 ** 22),
      windowBytes: share(WINDOW_BYTES, 2 ** 18, 2 ** 23),
    },
  };
}
