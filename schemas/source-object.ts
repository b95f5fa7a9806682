/** A collection's two names, as envelopes and topics write them (hyphens and dots kept). */
export interface CollectionName {
  readonly db: string;
  readonly collection: string;
}

/** What the key of a data object in the corporate bucket says. */
export interface DataObject {
  /** `original`: written by the Kafka dump. `coalesced`: a later re-packaging of originals. */
  readonly kind: 'original' | 'coalesced';
  readonly key: string;
  /** The key up to and including its last slash. */
  readonly folder: string;
  readonly topic: string;
  readonly partition: number;
  /** First and last Kafka offset, inclusive. Kafka's offsets are 64 bits wide, hence bigint. */
  readonly from: bigint;
  readonly to: bigint;
  /** The N of a coalesced object named `….jsonl.gz.N`: another packaging of the same offsets. */
  readonly copy?: number;
  /** The folder's date, `YYYY-MM-DD`: when the object was put, not when its records changed. */
  readonly sourceDate: string;
  /** The day after {@link sourceDate}; tables are partitioned by it. */
  readonly exportDate: string;
  /** From the topic. The folder is no witness: it has `_` for `-` and `.`, and one folder holds two topics. */
  readonly topicCollection: CollectionName;
}

/** An object that holds no data: folder markers, manifests, tests. */
export interface OtherObject {
  readonly kind: 'other';
  readonly key: string;
  readonly why: string;
}

export type SourceObject = DataObject | OtherObject;

/** Classifies a key of the corporate bucket, `<archive dir>/<yyyy>/<MM>/<dd>/<database>/<collection>/<file>`. */
export function parseSourceObject(key: string): SourceObject {
  const other = (why: string): OtherObject => ({ kind: 'other', key, why });

  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  const file = parseFileName(key.slice(folder.length));
  if (typeof file === 'string') return other(file);
  if (file.partition > maxPartition || file.to > maxOffset) return other('partition or offset out of range');
  if (file.from > file.to) return other('first offset after the last');

  const topicCollection = parseTopic(file.topic);
  if (topicCollection === undefined) return other('topic names no collection');

  const sourceDate = folderDate(folder);
  if (sourceDate === undefined) return other('no date in the folder');
  const exportDate = dayAfter(sourceDate);
  if (exportDate === undefined) return other('impossible date in the folder');

  return { ...file, key, folder, sourceDate, exportDate, topicCollection };
}

/** Whether every offset of `original` lies in `coalesced`, the object that may have replaced it. */
export function covers(coalesced: DataObject, original: DataObject): boolean {
  return (
    coalesced.kind === 'coalesced' &&
    coalesced.folder === original.folder &&
    coalesced.topic === original.topic &&
    coalesced.partition === original.partition &&
    coalesced.from <= original.from &&
    coalesced.to >= original.to
  );
}

/** Whether each offset of the object is in one of the others. */
export function isCovered(object: DataObject, held: readonly DataObject[]): boolean {
  let next = object.from;
  const ranges = held
    .filter(({ topic, partition }) => topic === object.topic && partition === object.partition)
    .toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  for (const { from, to } of ranges) if (from <= next && to >= next) next = to + 1n;
  return next > object.to;
}

/** Where to list for an object that {@link covers} this one; the listing also holds its neighbours. */
export function coveringPrefix({ folder, topic, partition }: DataObject): string {
  return `${folder}${topic}_${partition}_`;
}

// Kafka's own limits: a partition is an int, an offset a long.
const maxPartition = 2 ** 31 - 1;
const maxOffset = 2n ** 63n - 1n;

// The topic is greedy: \w holds the underscores and digits that follow it.
const originalName = /^(?<topic>[-.\w]+)_(?<partition>\d+)_(?<from>\d+)-(?<to>\d+)\.jsonl\.gz$/;
const coalescedName =
  /^(?<topic>[-.\w]+)_(?<partition>\d+)_(?<from>\d+)_(?<to>\d+)\.jsonl\.gz(?:\.(?<copy>\d+))?$/;
const uuidTestName = /^[-.\w]+_\d+_\d+-[-\da-f]+\.jsonl\.gz$/i;

type FileName = Pick<DataObject, 'kind' | 'topic' | 'partition' | 'from' | 'to' | 'copy'>;

/** A string says why the file is not data. */
function parseFileName(name: string): FileName | string {
  const original = originalName.exec(name);
  const { topic, partition, from, to, copy } = (original ?? coalescedName.exec(name))?.groups ?? {};
  if (topic === undefined || partition === undefined || from === undefined || to === undefined) {
    return uuidTestName.test(name) ? 'test file: UUID in place of the last offset' : 'not named like data';
  }
  return {
    kind: original ? 'original' : 'coalesced',
    topic,
    partition: Number(partition),
    from: BigInt(from),
    to: BigInt(to),
    ...(copy !== undefined && { copy: Number(copy) }),
  };
}

/** `db.<db>.<collection>`, the collection with further dots if it likes, or `<db>.<collection>`. */
function parseTopic(topic: string): CollectionName | undefined {
  const [, db, collection] =
    /^\w+\.([-\w]+)\.([-.\w]+)$/.exec(topic) ?? /^([-\w]+)\.([-\w]+)$/.exec(topic) ?? [];
  return db === undefined || collection === undefined ? undefined : { db, collection };
}

/** The last `yyyy/MM/dd` of the folder, because an archive directory may have a date of its own. */
function folderDate(folder: string): string | undefined {
  const [, year, month, day] = /^(?:.*\/)?(\d{4})\/(\d{2})\/(\d{2})\//s.exec(folder) ?? [];
  return year && `${year}-${month}-${day}`;
}

/** Undefined for a date that is not in the calendar, which `Date` would carry into the next month. */
function dayAfter(date: string): string | undefined {
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) return undefined;
  day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}
