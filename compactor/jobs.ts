import type { IdPartRange } from './id-part-ranges.ts';
import type { MergeTotals } from './merge-proof.ts';
import type { ReadSizes } from './row-files.ts';
import type { Rule } from './row-identities.ts';
import type { PublishedFileEntry } from '../schemas/manifest.ts';
import type { ListedObject } from '../storage/store.ts';

/** What a worker thread, or a task of its own, is given to do; its result follows from it alone. */
export type Job = MergeJob | TypedJob;

/** What the machine that does a job gives it; no byte of the result depends on it. */
export interface JobMeans {
  /** Threads that compress. */
  readonly writerWorkers: number;
  /** For what does not fit into memory. */
  readonly scratchFolder: string;
}

/** Merges the rows of some ranges of id_parts. */
export interface MergeJob {
  readonly kind: 'merge';
  readonly rule: Rule;
  /** Each input is one or more files, the rows of one after those of the other. */
  readonly inputs: readonly (readonly InputFile[])[];
  /** Neighbours. */
  readonly ranges: readonly IdPartRange[];
  /** The folder of the version. */
  readonly prefix: string;
  /** Where DELETE rows go to, if not among the others. */
  readonly tombstonesPrefix?: string;
  readonly compression: 'ZLIB' | 'ZSTD';
  readonly userMetadata: Readonly<Record<string, string>>;
  /** How many inputs are read at once, and what each may take. */
  readonly mostInputs: number;
  readonly readSizes: ReadSizes;
}

export type InputFile = Pick<ListedObject, 'key' | 'size'>;

export interface MergeResult {
  readonly files: readonly PublishedFileEntry[];
  readonly tombstones: readonly PublishedFileEntry[];
  readonly totals: MergeTotals;
}

/** Takes columns out of the `val` of one file. */
export interface TypedJob {
  readonly kind: 'typed';
  readonly file: InputFile;
  readonly key: string;
  /** Columns in Spark's form. */
  readonly columns: string;
  readonly paths: Readonly<Record<string, string>>;
  readonly isCaseSensitive: boolean;
  readonly compression: 'ZLIB' | 'ZSTD';
  readonly userMetadata: Readonly<Record<string, string>>;
}

export interface TypedResult {
  readonly entry: Omit<PublishedFileEntry, 'name'>;
  /** Of the fingerprints of the rows that were read. */
  readonly checksum: bigint;
  readonly misfits: Readonly<Record<string, number>>;
}

export type ResultOf<J extends Job> = J extends MergeJob ? MergeResult : TypedResult;
