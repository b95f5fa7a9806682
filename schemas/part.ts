/** The columns of every part; only ever appended to. */
export const PART_SCHEMA =
  'struct<id:string,id_part:string,db_type:string,last_modified:timestamp,val:string,fingerprint:bigint,' +
  'source_object:string,source_line:int,generation:bigint>';

/** User metadata of a part, each value UTF-8 text. The parts are the ledger of what has been ingested. */
export const PART_METADATA = {
  /** JSON of {@link PartSource}[], ascending by key. */
  sources: 'cdi.sources',
  db: 'cdi.db',
  collection: 'cdi.collection',
  exportDate: 'cdi.export-date',
  generation: 'cdi.generation',
  software: 'cdi.software',
} as const;

/** What a part holds of one source object. */
export interface PartSource {
  readonly key: string;
  readonly eTag: string;
  readonly versionId?: string;
  /** Rows in this part, from lines between `firstLine` and `lastLine`, which count from 1; 0 when there are none. */
  readonly rows: number;
  readonly firstLine: number;
  readonly lastLine: number;
  /** In one part of all that hold the object: the one that was being filled when its last line was read. */
  readonly object?: ObjectSummary;
}

/** A source object as it was read to its end: `lines = rows + quarantined + blank`. */
export interface ObjectSummary {
  readonly lines: number;
  readonly rows: number;
  readonly quarantined: number;
  readonly blank: number;
  /** What {@link quarantined} is the sum of, ascending by name; absent when nothing is. */
  readonly reasons?: Readonly<Record<string, number>>;
}
