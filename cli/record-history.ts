import { readManifest } from '../compactor/versions.ts';
import { nameKey } from '../schemas/collection.ts';
import { dayPrefix, versionOfPrefix, versionPrefix } from '../schemas/layout.ts';
import type { Manifest } from '../schemas/manifest.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import type { Catalogue } from '../storage/catalogue.ts';
import { findCollectionTable } from '../storage/collection-table.ts';
import { mapConcurrently } from '../storage/map-concurrently.ts';
import { publishedFiles, type ListedFile } from '../storage/published-files.ts';
import type { ObjectStore } from '../storage/store.ts';
import type { AskedId } from './asked-id.ts';
import type { LocationFile } from './location-files.ts';
import { matchingIds, recordRows, type RecordRow } from './record-rows.ts';

/** Where a record came from and what became of it. */
export interface RecordHistory {
  readonly collection: string;
  readonly id: string;
  /** By export date, and by when the parts were written. */
  readonly deliveries: readonly Delivery[];
  /** Undefined when there is no snapshot. */
  readonly snapshot: InSnapshot | undefined;
}

/** A row of a live part. */
export interface Delivery extends RecordRow {
  readonly exportDate: string;
  /** Its key. */
  readonly part: string;
  readonly writtenAt: Date;
  readonly became: Fate;
  /** What the newest snapshot has of it; only for what is in the changes. */
  readonly inSnapshot?: 'shown' | 'replaced' | 'tombstone-dropped' | 'not-reached' | 'missing';
}

export type Fate =
  /** It is a row of the changes. */
  | { readonly kind: 'published'; readonly version: string; readonly file: string }
  /** The changes have the same record from another delivery. */
  | { readonly kind: 'duplicate'; readonly version: string; readonly of: RecordRow }
  /** A reprocess run took the place of older generations. */
  | { readonly kind: 'superseded'; readonly version: string; readonly generationFloor: number }
  /** No version includes the part yet. */
  | { readonly kind: 'not-compacted' }
  /** The version was made from the part and has no such row, which must not be. */
  | { readonly kind: 'missing'; readonly version: string };

/** What the newest snapshot has of an id. */
export interface InSnapshot {
  readonly exportDate: string;
  readonly version: string;
  /** Undefined when it has none. */
  readonly row: (RecordRow & { readonly file: string }) | undefined;
  /** The row is of a deleted record, and kept out of sight. */
  readonly isTombstone: boolean;
}

/** The histories of the records of a collection that are asked for, by id. */
export async function recordHistories(
  published: ObjectStore,
  catalogue: Catalogue,
  collection: CollectionName,
  asked: AskedId,
): Promise<readonly RecordHistory[]> {
  const parts = await Array.fromAsync(publishedFiles(published, 'live', { collection }));
  const ids = new Set(asked.exact ?? (await idsIn(published, parts, asked)));
  const found = ids.size === 0 ? [] : await rowsIn(published, parts, ids);
  if (found.length === 0) return [];
  const days = await daysShown(
    published,
    catalogue,
    collection,
    ids,
    new Set(found.map(({ file }) => file.exportDate)),
  );
  const snapshot = await newestSnapshot(published, catalogue, collection, ids);
  return [...Map.groupBy(found, ({ row }) => row.id)].map(([id, rows]) => {
    const own = snapshot === undefined ? undefined : inSnapshot(snapshot, id);
    const told = new Set<RecordRow>();
    return {
      collection: nameKey(collection),
      id,
      snapshot: own,
      deliveries: rows.toSorted(byTime).map(({ file, row }) => {
        const became = fateOf(file, row, days.get(file.exportDate), told);
        const delivery = {
          ...row,
          exportDate: file.exportDate,
          part: file.key,
          writtenAt: file.lastModified,
          became,
        };
        return became.kind === 'published' && own !== undefined
          ? { ...delivery, inSnapshot: snapshotFate(delivery, own) }
          : delivery;
      }),
    };
  });
}

interface FoundRow<File> {
  readonly file: File;
  readonly row: RecordRow;
}

const READS = 16;

async function idsIn(
  published: ObjectStore,
  files: readonly ListedFile[],
  asked: AskedId,
): Promise<readonly string[]> {
  const each = mapConcurrently(files, READS, (file) => matchingIds(published, file, asked));
  return (await Array.fromAsync(each)).flatMap((ids) => [...ids]);
}

async function rowsIn<File extends LocationFile>(
  published: ObjectStore,
  files: readonly File[],
  ids: ReadonlySet<string>,
): Promise<readonly FoundRow<File>[]> {
  const each = mapConcurrently(files, READS, async (file) =>
    (await recordRows(published, file, ids)).map((row) => ({ file, row })),
  );
  return (await Array.fromAsync(each)).flat();
}

function byTime(a: FoundRow<ListedFile>, b: FoundRow<ListedFile>): number {
  const key = ({ file, row }: FoundRow<ListedFile>): string =>
    [
      file.exportDate,
      file.lastModified.toISOString(),
      row.sourceObject,
      String(row.sourceLine).padStart(10),
    ].join('\n');
  return key(a) < key(b) ? -1 : 1;
}

/** The changes of an export date that readers have, with their rows of the ids. */
interface ShownDay {
  readonly manifest: Manifest;
  readonly rows: readonly FoundRow<LocationFile>[];
}

async function daysShown(
  published: ObjectStore,
  catalogue: Catalogue,
  collection: CollectionName,
  ids: ReadonlySet<string>,
  exportDates: ReadonlySet<string>,
): Promise<ReadonlyMap<string, ShownDay>> {
  const days = new Map<string, ShownDay>();
  const table = await findCollectionTable(catalogue, collection, 'changes');
  if (table === undefined) return days;
  for (const {
    values: [exportDate = ''],
    location,
  } of await catalogue.listPartitions(table.database, table.name)) {
    if (!exportDates.has(exportDate) || versionOfPrefix(location) === undefined) continue;
    const manifest = await readManifest(published, location);
    if (manifest === undefined) continue;
    days.set(exportDate, { manifest, rows: await rowsIn(published, filesOf(location, manifest.files), ids) });
  }
  return days;
}

function filesOf(location: string, files: Manifest['files']): LocationFile[] {
  return files.map(({ name, bytes }) => ({ key: `${location}${name}`, size: bytes }));
}

/** @param told - rows of the changes that an earlier delivery has become */
function fateOf(file: ListedFile, row: RecordRow, day: ShownDay | undefined, told: Set<RecordRow>): Fate {
  const recipe = day?.manifest.recipe;
  if (
    day === undefined ||
    recipe?.kind !== 'changes' ||
    !recipe.parts.some(({ name }) => name === file.name)
  ) {
    return { kind: 'not-compacted' };
  }
  const { version } = day.manifest;
  const { generationFloor } = recipe;
  if (row.generation < generationFloor) return { kind: 'superseded', version, generationFloor };
  const kept = day.rows.find((each) => each.row.id === row.id && each.row.fingerprint === row.fingerprint);
  if (kept === undefined) return { kind: 'missing', version };
  const isItself =
    kept.row.sourceObject === row.sourceObject &&
    kept.row.sourceLine === row.sourceLine &&
    kept.row.generation === row.generation;
  if (!isItself || told.has(kept.row)) return { kind: 'duplicate', version, of: kept.row };
  told.add(kept.row);
  return { kind: 'published', version, file: kept.file.key };
}

/** The newest snapshot, with its rows of the ids. */
interface Snapshot extends Pick<InSnapshot, 'exportDate' | 'version'> {
  readonly rows: readonly FoundRow<LocationFile>[];
  readonly tombstones: readonly FoundRow<LocationFile>[];
}

async function newestSnapshot(
  published: ObjectStore,
  catalogue: Catalogue,
  collection: CollectionName,
  ids: ReadonlySet<string>,
): Promise<Snapshot | undefined> {
  const table = await findCollectionTable(catalogue, collection, 'snapshot');
  const manifest = table && (await readManifest(published, table.location));
  if (table === undefined || manifest === undefined) return undefined;
  const { version, recipe, files, tombstones } = manifest;
  const hidden = versionPrefix(dayPrefix('tombstones', recipe), version);
  return {
    exportDate: recipe.exportDate,
    version,
    rows: await rowsIn(published, filesOf(table.location, files), ids),
    tombstones: await rowsIn(published, filesOf(hidden, tombstones), ids),
  };
}

function inSnapshot({ exportDate, version, rows, tombstones }: Snapshot, id: string): InSnapshot {
  const shown = rows.find(({ row }) => row.id === id);
  const found = shown ?? tombstones.find(({ row }) => row.id === id);
  return {
    exportDate,
    version,
    row: found && { ...found.row, file: found.file.key },
    isTombstone: found !== undefined && shown === undefined,
  };
}

function snapshotFate(
  { exportDate, fingerprint }: Pick<Delivery, 'exportDate' | 'fingerprint'>,
  snapshot: InSnapshot,
): NonNullable<Delivery['inSnapshot']> {
  if (snapshot.exportDate < exportDate) return 'not-reached';
  if (snapshot.row === undefined) return 'missing';
  if (snapshot.row.fingerprint !== fingerprint) return 'replaced';
  return snapshot.isTombstone ? 'tombstone-dropped' : 'shown';
}
