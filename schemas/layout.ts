import type { CollectionName } from './source-object.ts';

/** One collection and export date. */
export interface DayOfCollection extends CollectionName {
  /** `YYYY-MM-DD`. */
  readonly exportDate: string;
}

/** The areas of the published bucket whose files lie in folders of a collection and export date. */
export type Area = keyof typeof extensions;

/** The areas that hold versions, each a folder of its own inside that of a collection and export date. */
export type VersionArea = 'changes' | 'exports' | 'tombstones';

export interface PublishedFile extends DayOfCollection {
  readonly area: Area;
  /** Without its extension. */
  readonly name: string;
}

const root = 'corporate_data_ingestion';
const extensions = { live: '.orc', quarantine: '.jsonl' } as const;

/**
 * The key of a file in the published bucket. Any text is a possible name of a database or a collection, because both
 * come from envelopes: different names give different keys, and no name leaves its place.
 *
 * @throws {RangeError} when a name doesn't {@link fitsKey fit into a key}.
 */
export function publishedKey({ area, name, ...day }: PublishedFile): string {
  return `${dayPrefix(area, day)}${encodeSegment(name)}${extensions[area]}`;
}

/** The folder of one export date, with its final slash: a listing prefix, and the location of a partition. */
export function dayPrefix(area: Area | VersionArea, { exportDate, ...collection }: DayOfCollection): string {
  return `${collectionPrefix(area, collection)}export_date=${exportDate}/`;
}

/** The folder of a collection, with its final slash. */
export function collectionPrefix(
  area: Area | VersionArea | 'certificates' | 'floors' | 'quarantine-replays',
  { db, collection }: CollectionName,
): string {
  return `${areaPrefix(area)}${encodeSegment(db)}/${encodeSegment(collection)}/`;
}

/** The inverse of {@link collectionPrefix}; undefined for a folder that it would not have made. */
export function namesOfPrefix(prefix: string): CollectionName | undefined {
  const [db, collection] = (collectionPrefixShape.exec(prefix) ?? []).slice(1).map(decodeSegment);
  return db === undefined || collection === undefined ? undefined : { db, collection };
}

/** The folder of an area, with its final slash. */
export function areaPrefix(
  area: Area | VersionArea | 'tables' | 'certificates' | 'floors' | 'quarantine-replays' | 'work',
): string {
  return `${root}/${area}/`;
}

/** The key of the objects that a reprocess run sends. */
export function plannedObjectsKey(generation: number): string {
  return `${root}/reprocess/${generation}.jsonl`;
}

/** The folder of a typed table, or of one of its partitions, with its final slash. */
export function typedTablePrefix(
  { database, table }: { readonly database: string; readonly table: string },
  partition?: { readonly key: string; readonly value: string },
): string {
  const folder = partition === undefined ? '' : `${partition.key}=${partition.value}/`;
  return `${areaPrefix('tables')}${encodeSegment(database)}/${encodeSegment(table)}/${folder}`;
}

/** The folder of one version inside the folder of its dataset, with its final slash. */
export function versionPrefix(datasetPrefix: string, version: string): string {
  return `${datasetPrefix}version=${version}/`;
}

/** The version whose folder this is; undefined for another folder, such as that of live parts. */
export function versionOfPrefix(prefix: string): string | undefined {
  return /\/version=([\da-f]+)\/$/.exec(prefix)?.[1];
}

/** The key of the certificate of one collection and export date. */
export function certificateKey({ exportDate, ...collection }: DayOfCollection): string {
  return `${collectionPrefix('certificates', collection)}${exportDate}.json`;
}

/** The key of what says from which generation on rows of an export date count. */
export function floorKey({ exportDate, ...collection }: DayOfCollection): string {
  return `${collectionPrefix('floors', collection)}${exportDate}.json`;
}

/** The folder of what says which quarantined lines of an export date were replayed, with its final slash. */
export function replaysPrefix({ exportDate, ...collection }: DayOfCollection): string {
  return `${collectionPrefix('quarantine-replays', collection)}export_date=${exportDate}/`;
}

/** The key of a job of a compaction over several tasks, or of its result, by the SHA-256 of the job in hex. */
export function jobKey(kind: 'jobs' | 'results', job: string): string {
  return `${areaPrefix('work')}${kind}/${job}.json`;
}

/** The key of what a run over several tasks has to say. @param run - of characters that need no escape */
export function runKey(run: string, file: 'answer' | 'shards' | 'state'): string {
  return `${areaPrefix('work')}runs/${run}/${file}.json`;
}

/** The inverse of {@link publishedKey}; undefined for a key it would not have made. */
export function parsePublishedKey(key: string): PublishedFile | undefined {
  const [, area, db, collection, exportDate, file] = publishedKeyShape.exec(key) ?? [];
  if (!isArea(area) || !file?.endsWith(extensions[area]) || exportDate === undefined) return undefined;
  const segments = [db, collection, file.slice(0, -extensions[area].length)].map(decodeSegment);
  const [dbName, collectionName, name] = segments;
  if (dbName === undefined || collectionName === undefined || name === undefined) return undefined;
  return { area, db: dbName, collection: collectionName, exportDate, name };
}

/**
 * Whether the names are short enough for a key. MongoDB's own limit, 255 bytes for both together, fits unless most of
 * them need escapes; what doesn't fit is not a name that a real collection has.
 */
export function fitsKey({ db, collection }: CollectionName): boolean {
  return escapeSegment(db).length <= maxSegmentBytes && escapeSegment(collection).length <= maxSegmentBytes;
}

// Three segments of this size stay below S3's 1,024 bytes a key, and one below a file system's 255.
const maxSegmentBytes = 240;

const collectionPrefixShape = new RegExp(`^${root}/[^/]+/([^/]+)/([^/]+)/$`);
const publishedKeyShape = new RegExp(
  `^${root}/([^/]+)/([^/]+)/([^/]+)/export_date=(\\d{4}-\\d{2}-\\d{2})/([^/]+)$`,
);

function isArea(text: string | undefined): text is Area {
  return text !== undefined && Object.hasOwn(extensions, text);
}

function encodeSegment(name: string): string {
  const escaped = escapeSegment(name);
  if (escaped.length > maxSegmentBytes) throw new RangeError(`a name of ${name.length} characters in a key`);
  return escaped;
}

/**
 * Ordinary names stay as they are. Of the others every character outside `[-.\w]` becomes the `%XX` of its UTF-8
 * bytes, a lone surrogate, which has none, `%uXXXX`. The three names that no folder can have, empty, `.` and `..`, get a
 * `%` in front; `%2E` would not do, as URLs take it for a dot.
 */
function escapeSegment(name: string): string {
  if (/^\.{0,2}$/.test(name)) return `%${name}`;
  return name.replaceAll(/[^-.\w]/gu, (character) =>
    character.isWellFormed()
      ? Buffer.from(character).toString('hex').toUpperCase().replaceAll(/../g, '%$&')
      : `%u${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decodeSegment(segment = ''): string | undefined {
  const name = /^%\.{0,2}$/.test(segment) ? segment.slice(1) : unescape(segment);
  return escapeSegment(name) === segment ? name : undefined;
}

/** Anything it doesn't understand it leaves, so that escaping again gives something else. */
function unescape(segment: string): string {
  return segment.replaceAll(/(?:%[\dA-F]{2})+|%u[\dA-F]{4}/g, (escapes) =>
    escapes.startsWith('%u')
      ? String.fromCharCode(Number.parseInt(escapes.slice(2), 16))
      : Buffer.from(escapes.replaceAll('%', ''), 'hex').toString(),
  );
}
