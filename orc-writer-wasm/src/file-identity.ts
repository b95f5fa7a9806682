import { hasTrustedFilters } from './bloom-filter.ts';
import type { Calendar, FileVersion } from './metadata.ts';

/** What a file says of who wrote it and how; readers work around the faults of a writer by it. */
export interface FileIdentity {
  readonly fileVersion: FileVersion;
  /** Absent in files of writers before ids were given out, which were all Java. */
  readonly writer: number | undefined;
  readonly writerVersion: number;
  readonly softwareVersion: string | undefined;
  readonly calendar: Calendar;
}

/** Id 1 is ORC C++'s: an id that readers do not know makes Hive's merge skip the file. */
export const ourIdentity: FileIdentity = {
  fileVersion: '0.12',
  writer: 1,
  writerVersion: 6,
  softwareVersion: 'orc-writer-wasm 0.1.0',
  // Without it Java assumes the hybrid calendar, and Spark moves dates before 1582.
  calendar: 'proleptic',
};

/** Hive 2.0 to 2.2 fails above this version. Its statistics of timestamps are not trusted, nor read in UTC. */
export const hive2Identity: FileIdentity = {
  ...ourIdentity,
  writer: undefined,
  writerVersion: 4,
  softwareVersion: undefined,
};

/**
 * Of a file made of stripes of files with these, which agree in all but the software. If that differs, it is ours,
 * because we put the file together; but readers must go on to distrust the bloom filters of a writer that had them
 * wrong in one of its versions (ORC-1024), and they do when there is none.
 */
export function mergedIdentity(first: FileIdentity, others: readonly FileIdentity[]): FileIdentity {
  if (others.every(({ softwareVersion }) => softwareVersion === first.softwareVersion)) return first;
  const areTrusted = [first, ...others].every((each) => hasTrustedFilters(each));
  return { ...first, softwareVersion: areTrusted ? ourIdentity.softwareVersion : undefined };
}

/** Whether Java knows the writer; what others write is of the version with which writers other than Java began. */
export function isKnownWriter({ writer = 0, writerVersion }: FileIdentity): boolean {
  return writer === 0 ? writerVersion <= LAST_OF_JAVA : writer <= LAST_WRITER && writerVersion === 6;
}

const LAST_OF_JAVA = 9;
/** cuDF's. */
const LAST_WRITER = 5;
