import type { JobPool } from './job-pool.ts';
import type { Step } from './plan.ts';
import { readManifest } from './versions.ts';
import type { Manifest } from '../schemas/manifest.ts';
import type { Recipe } from '../schemas/recipe.ts';
import type { ObjectStore } from '../storage/store.ts';

/** With what versions are made. */
export interface BuildOptions {
  readonly published: ObjectStore;
  readonly pool: JobPool;
  /** Most shards of a merge. */
  readonly shards: number;
}

/** A version that is to be made: its recipe, and where it goes. */
export type Made<R extends Recipe> = Omit<Step<R>, 'isPublished'>;

/** What a version needs is not there, or cannot be read. The message says what, and what to do. */
export class InputMissingError extends Error {
  override readonly name = 'InputMissingError';
}

/** @throws {InputMissingError} */
export async function manifestIn(published: ObjectStore, prefix: string): Promise<Manifest> {
  const manifest = await readManifest(published, prefix);
  if (manifest === undefined) throw new InputMissingError(`${prefix} has no manifest; compact its day again`);
  return manifest;
}

export function manifestOf(
  { recipe, version }: Made<Recipe>,
  content: Pick<Manifest, 'counts' | 'files'> & Partial<Pick<Manifest, 'tombstones' | 'misfits'>>,
): Manifest {
  return { format: 1, version, recipe, tombstones: [], misfits: {}, ...content };
}
