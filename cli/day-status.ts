import { readCertificates, type IssuedCertificate } from '../compactor/certificate.ts';
import { readManifest, sizeOf } from '../compactor/versions.ts';
import { nameKey } from '../schemas/collection.ts';
import { parsePublishedKey, versionOfPrefix, type DayOfCollection } from '../schemas/layout.ts';
import type { Manifest } from '../schemas/manifest.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import type { Catalogue } from '../storage/catalogue.ts';
import { findCollectionTable } from '../storage/collection-table.ts';
import { coverageByDay, type DayCoverage } from '../storage/coverage.ts';
import { liveParts, type LivePart, type UnreadablePart } from '../storage/live-parts.ts';
import { mapConcurrently } from '../storage/map-concurrently.ts';
import { publishedFiles, type ListedFile } from '../storage/published-files.ts';
import type { ObjectStore } from '../storage/store.ts';

/** A collection and export date: what is in its live parts, and what readers have of them. */
export interface DayStatus extends Readonly<DayCoverage> {
  /** Live parts that no version includes which readers have; rows of those that can be read. */
  readonly debt: { readonly parts: number; readonly rows: number };
  /** The changes that readers have; undefined when they have the live parts. */
  readonly published: PublishedChanges | undefined;
}

export interface PublishedChanges {
  readonly version: string;
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
}

export interface DayStatuses {
  /** By collection and export date. */
  readonly days: readonly DayStatus[];
  readonly unreadableParts: readonly UnreadablePart[];
}

/**
 * Of export dates without debt the manifests and certificates say all there is to know. The ends of live parts are only
 * read of other dates, and then of all collections, as an object may have rows of several.
 */
export async function dayStatuses(published: ObjectStore, catalogue: Catalogue): Promise<DayStatuses> {
  const listed = await listedDays(published);
  const collections = new Map(listed.map((day) => [nameKey(day), day]));
  const reads = mapConcurrently(collections.values(), READS, (name) => shownDays(published, catalogue, name));
  const shown = new Map((await Array.fromAsync(reads)).flat());

  const settled = new Map<DayKey, DayStatus>();
  const open = new Set<string>();
  for (const day of listed) {
    const status = settledStatus(day, shown.get(dayKey(day)));
    if (status === undefined) open.add(day.exportDate);
    else settled.set(dayKey(day), status);
  }
  const read = await readDays(published, open, shown);
  const days = listed.flatMap((day) => read.days.get(dayKey(day)) ?? settled.get(dayKey(day)) ?? []);
  return { days, unreadableParts: read.unreadableParts };
}

const READS = 16;

/** One collection and export date. */
type DayKey = string;

function dayKey({ exportDate, ...name }: DayOfCollection): DayKey {
  return `${exportDate} ${nameKey(name)}`;
}

interface ListedDay extends DayOfCollection {
  readonly files: ListedFile[];
}

async function listedDays(published: ObjectStore): Promise<readonly ListedDay[]> {
  const days = new Map<DayKey, ListedDay>();
  for await (const file of publishedFiles(published, 'live')) {
    const { db, collection, exportDate } = file;
    const day = days.get(dayKey(file)) ?? { db, collection, exportDate, files: [] };
    day.files.push(file);
    days.set(dayKey(file), day);
  }
  return [...days.values()];
}

interface ShownDay {
  readonly location: string;
  readonly manifest: Manifest;
  /** Names of the live parts that it was made from. */
  readonly parts: ReadonlySet<string>;
  readonly certificate: IssuedCertificate['certificate'] | undefined;
}

/** The versions of changes that readers have of a collection, each with the key of its day. */
async function shownDays(
  published: ObjectStore,
  catalogue: Catalogue,
  { db, collection }: CollectionName,
): Promise<[DayKey, ShownDay][]> {
  const name = { db, collection };
  const table = await findCollectionTable(catalogue, name, 'changes');
  if (table === undefined) return [];
  const [partitions, certificates] = await Promise.all([
    catalogue.listPartitions(table.database, table.name),
    readCertificates(published, name),
  ]);
  const days: [DayKey, ShownDay][] = [];
  for (const {
    values: [exportDate = ''],
    location,
  } of partitions) {
    const manifest =
      versionOfPrefix(location) === undefined ? undefined : await readManifest(published, location);
    if (manifest === undefined) continue;
    const certificate = certificates.get(exportDate)?.certificate;
    const { recipe } = manifest;
    const parts = new Set(recipe.kind === 'changes' ? recipe.parts.map((part) => part.name) : []);
    days.push([dayKey({ ...name, exportDate }), { location, manifest, parts, certificate }]);
  }
  return days;
}

/** All days of export dates, read from their parts. */
async function readDays(
  published: ObjectStore,
  exportDates: ReadonlySet<string>,
  shown: ReadonlyMap<DayKey, ShownDay>,
): Promise<{
  readonly days: ReadonlyMap<DayKey, DayStatus>;
  readonly unreadableParts: readonly UnreadablePart[];
}> {
  const unreadableParts: UnreadablePart[] = [];
  const debts = new Map<DayKey, { parts: number; rows: number }>();

  async function* parts(): AsyncGenerator<LivePart | UnreadablePart, void, undefined> {
    for (const exportDate of exportDates) {
      for await (const part of liveParts(published, { exportDate })) {
        const key = dayKey(part);
        if (part.kind === 'unreadable') unreadableParts.push(part);
        const debt = debts.get(key) ?? { parts: 0, rows: 0 };
        debts.set(key, debt);
        if (shown.get(key)?.parts.has(parsePublishedKey(part.key)?.name ?? '') !== true) {
          debt.parts += 1;
          debt.rows += part.kind === 'unreadable' ? 0 : part.rows;
        }
        yield part;
      }
    }
  }

  const coverage = await coverageByDay(parts());
  const days = coverage.map((day): [DayKey, DayStatus] => {
    const key = dayKey(day);
    const version = shown.get(key);
    return [
      key,
      {
        ...day,
        debt: debts.get(key) ?? { parts: 0, rows: 0 },
        published: version && publishedChanges(version),
      },
    ];
  });
  return { days: new Map(days), unreadableParts };
}

/** Undefined when something of the day is not certified. */
function settledStatus({ files, ...day }: ListedDay, shown: ShownDay | undefined): DayStatus | undefined {
  if (shown === undefined || !files.every(({ name }) => shown.parts.has(name))) return undefined;
  const { location, manifest, certificate } = shown;
  if (!certificate?.datasets.some((dataset) => dataset.location === location)) return undefined;
  return {
    ...day,
    parts: files.length,
    unreadableParts: 0,
    rows: manifest.counts.rowsIn,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    objects: { complete: certificate.objects.complete, incomplete: certificate.objects.incomplete },
    newestPartAt: files.map(({ lastModified }) => lastModified).reduce((a, b) => (a > b ? a : b)),
    debt: { parts: 0, rows: 0 },
    published: publishedChanges(shown),
  };
}

function publishedChanges({ manifest }: ShownDay): PublishedChanges {
  const { rows, files, bytes } = sizeOf(manifest.files);
  return { version: manifest.version, rows, files, bytes };
}
