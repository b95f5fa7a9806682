import { rangesFor, shardsOf } from './id-part-ranges.ts';
import type { JobPool } from './job-pool.ts';
import type { InputFile, MergeJob, MergeResult } from './jobs.ts';
import { ConservationError } from './merge-proof.ts';
import type { Step } from './plan.ts';
import { hexDigits64 } from './range-writer.ts';
import { filesInRange } from './row-files.ts';
import { fileMetadata, readManifest, sizeOf, writeManifest } from './versions.ts';
import { dayPrefix, versionPrefix, type VersionArea } from '../schemas/layout.ts';
import type { Manifest, MergeCounts, PublishedFileEntry } from '../schemas/manifest.ts';
import type { ChangesRecipe, Recipe, SnapshotRecipe, TypedRecipe } from '../schemas/recipe.ts';
import { dayLedger } from '../storage/day-ledger.ts';
import { liveParts, type LivePart } from '../storage/live-parts.ts';
import type { ObjectStore } from '../storage/store.ts';

export interface BuildOptions {
  readonly published: ObjectStore;
  readonly pool: JobPool;
  /** Most shards of a merge. */
  readonly shards: number;
  readonly scratchFolder: string;
}

/** What a version needs is not there, or cannot be read. The message says what, and what to do. */
export class InputMissingError extends Error {
  override readonly name = 'InputMissingError';
}

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

function build(options: BuildOptions, { recipe, version, prefix }: Step<Recipe>): Promise<Manifest> {
  switch (recipe.kind) {
    case 'changes':
      return buildChanges(options, { recipe, version, prefix });
    case 'snapshot':
      return buildSnapshot(options, { recipe, version, prefix });
    case 'typed':
      return buildTyped(options, { recipe, version, prefix });
  }
}

type Made<R> = Pick<Step<Recipe>, 'version' | 'prefix'> & { readonly recipe: R };

async function buildChanges(options: BuildOptions, made: Made<ChangesRecipe>): Promise<Manifest> {
  const parts = await partsOf(options.published, made.recipe);
  const isOld = (part: LivePart): boolean => part.generation < made.recipe.generationFloor;
  const superseded = rowsIn(parts.filter(isOld));
  const merged = parts.filter((part) => !isOld(part));

  const results = await merge(options, made, 'changes', {
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

async function buildSnapshot(options: BuildOptions, made: Made<SnapshotRecipe>): Promise<Manifest> {
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

  const results = await merge(options, made, recipe.order, {
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

async function buildTyped(
  { published, pool }: BuildOptions,
  { recipe, version, prefix }: Made<TypedRecipe>,
): Promise<Manifest> {
  const area = recipe.source.kind === 'changes' ? 'changes' : 'exports';
  const sourcePrefix = versionPrefix(dayPrefix(area, recipe), recipe.source.version);
  const source = await manifestIn(published, sourcePrefix);
  const results = await Promise.all(
    source.files.map(async ({ name, bytes, rows, checksum }) => {
      const result = await pool.run({
        ...recipe,
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

interface MergeInputs {
  readonly rawBytes: number;
  /** The inputs that a shard of these ranges has to read. */
  readonly inputsOf: (range: { readonly first: number; readonly last: number }) => readonly InputFile[][];
  readonly tombstonesPrefix?: string;
}

/** Spreads a merge over shards; their results come in the order of their rows. */
function merge(
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

/**
 * The sums over shards, which prove each for itself that what it read is what it wrote: together they must have read
 * every row there is.
 *
 * @throws {ConservationError}
 */
function proved(
  results: readonly MergeResult[],
  rowsThere: number,
): Pick<Manifest, 'counts' | 'files' | 'tombstones'> {
  const totals = results.map((result) => result.totals);
  const sum = (of: (total: MergeResult['totals']) => number): number =>
    totals.reduce((all, each) => all + of(each), 0);
  const checksum = (of: (total: MergeResult['totals']) => bigint): string =>
    hexDigits64(
      BigInt.asUintN(
        64,
        totals.reduce((all, each) => all + of(each), 0n),
      ),
    );
  const files = results.flatMap((result) => result.files);
  const tombstones = results.flatMap((result) => result.tombstones);
  const counts: MergeCounts = {
    rowsIn: sum((each) => each.rowsIn),
    duplicates: 0,
    superseded: sum((each) => each.replaced),
    rowsOut: sum((each) => each.rowsOut),
    checksumIn: checksum((each) => each.checksumIn),
    checksumOut: checksum((each) => each.checksumOut),
  };
  const written = sizeOf([...files, ...tombstones]).rows;
  const fileChecksum = checksumOfFiles([...files, ...tombstones]);
  if (counts.rowsIn !== rowsThere) {
    throw new ConservationError(`of ${rowsThere} rows there are, ${counts.rowsIn} were merged`);
  }
  if (counts.rowsOut !== counts.rowsIn - counts.superseded || written !== counts.rowsOut) {
    throw new ConservationError(
      `${counts.rowsIn} rows in, ${counts.superseded} replaced, ${counts.rowsOut} out, ${written} in files`,
    );
  }
  if (counts.checksumIn !== counts.checksumOut || fileChecksum !== counts.checksumOut) {
    throw new ConservationError('the fingerprints that came out are not those that had to');
  }
  return { counts, files, tombstones };
}

function checksumOfFiles(files: readonly PublishedFileEntry[]): string {
  const sum = files.reduce((all, { checksum = '0' }) => all + BigInt(`0x${checksum}`), 0n);
  return hexDigits64(BigInt.asUintN(64, sum));
}

function manifestOf(
  { recipe, version }: Made<Recipe>,
  content: Pick<Manifest, 'counts' | 'files'> & Partial<Pick<Manifest, 'tombstones' | 'misfits'>>,
): Manifest {
  return { format: 1, version, recipe, tombstones: [], misfits: {}, ...content };
}

async function manifestIn(published: ObjectStore, prefix: string): Promise<Manifest> {
  const manifest = await readManifest(published, prefix);
  if (manifest === undefined) throw new InputMissingError(`${prefix} has no manifest; compact its day again`);
  return manifest;
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
