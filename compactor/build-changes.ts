import { InputMissingError, manifestOf, type BuildOptions, type Made } from './build.ts';
import { proved } from './prove.ts';
import { mergeInShards } from './shards.ts';
import { dayPrefix } from '../schemas/layout.ts';
import type { Manifest } from '../schemas/manifest.ts';
import type { ChangesRecipe } from '../schemas/recipe.ts';
import { dayLedger } from '../storage/day-ledger.ts';
import { liveParts, type LivePart } from '../storage/live-parts.ts';
import type { ObjectStore } from '../storage/store.ts';

/** Merges live parts into the distinct records of an export date. */
export async function buildChanges(options: BuildOptions, made: Made<ChangesRecipe>): Promise<Manifest> {
  const parts = await partsOf(options.published, made.recipe);
  const isOld = (part: LivePart): boolean => part.generation < made.recipe.generationFloor;
  const superseded = rowsIn(parts.filter(isOld));
  const merged = parts.filter((part) => !isOld(part));

  const results = await mergeInShards(options, made, 'changes', {
    // As many bytes as there would be without what was delivered twice, so that this changes no file.
    rawBytes: rawBytesWithoutDuplicates(merged),
    inputsOf: () => merged.map(({ key, bytes }) => [{ key, size: bytes }]),
  });
  const { counts, files } = proved(results, rowsIn(merged));
  return manifestOf(made, {
    counts: { ...counts, rowsIn: counts.rowsIn + superseded, duplicates: counts.superseded, superseded },
    files,
  });
}

/** The live parts of a recipe, as they describe themselves. */
async function partsOf(published: ObjectStore, recipe: ChangesRecipe): Promise<LivePart[]> {
  const { db, collection, exportDate } = recipe;
  const wanted = new Set(recipe.parts.map(({ name }) => name));
  const parts: LivePart[] = [];
  for await (const part of liveParts(published, { collection: { db, collection }, exportDate })) {
    if (!wanted.delete(nameIn(part.key))) continue;
    if (part.kind === 'unreadable') {
      throw new InputMissingError(
        `live part ${part.key} cannot be read (${part.reason}): move it away and ingest its objects again`,
      );
    }
    parts.push(part);
  }
  const [missing] = wanted;
  if (missing !== undefined) {
    throw new InputMissingError(
      `live part ${dayPrefix('live', recipe)}${missing}.orc has gone since the plan`,
    );
  }
  return parts;
}

function nameIn(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1, -'.orc'.length);
}

function rowsIn(parts: readonly LivePart[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}

function rawBytesWithoutDuplicates(parts: readonly LivePart[]): number {
  const rows = rowsIn(parts);
  const rawBytes = parts.reduce((sum, part) => sum + part.rawBytes, 0);
  return rows === 0 ? 0 : (rawBytes * Math.min(rows, dayLedger(parts).distinctRows)) / rows;
}
