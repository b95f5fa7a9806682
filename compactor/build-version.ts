import type { BuildOptions, Made } from './build.ts';
import { buildChanges } from './build-changes.ts';
import { buildSnapshot } from './build-snapshot.ts';
import { buildTyped } from './build-typed.ts';
import type { Step } from './plan.ts';
import { readManifest, writeManifest } from './versions.ts';
import type { Manifest } from '../schemas/manifest.ts';
import type { Recipe } from '../schemas/recipe.ts';

/**
 * Makes the version of a step unless it is there already. When the promise resolves, it is proved, durable and has its
 * manifest; readers do not see it yet.
 *
 * @throws {ConservationError} when the merge lost or doubled rows; then there is no manifest
 * @throws {InputMissingError}
 */
export async function buildVersion(options: BuildOptions, step: Step<Recipe>): Promise<Manifest> {
  const present = await readManifest(options.published, step.prefix);
  if (present !== undefined) return present;
  const manifest = await build(options, step);
  await writeManifest(options.published, step.prefix, manifest);
  return manifest;
}

function build(options: BuildOptions, { recipe, ...place }: Made<Recipe>): Promise<Manifest> {
  switch (recipe.kind) {
    case 'changes':
      return buildChanges(options, { recipe, ...place });
    case 'snapshot':
      return buildSnapshot(options, { recipe, ...place });
    case 'typed':
      return buildTyped(options, { recipe, ...place });
  }
}
