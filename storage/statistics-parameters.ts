import type { Parameters } from './catalogue.ts';

/** What a version of a table or of a partition consists of. */
export interface VersionStatistics {
  readonly rows: number;
  /** Of the files, as they are. */
  readonly bytes: number;
  /** Of the values, neither encoded nor compressed. */
  readonly rawBytes: number;
  readonly files: number;
}

/**
 * Statistics as the parameters in which Hive keeps them, of a table or a partition. They are for planners: Trino takes
 * them as they are, and so does Spark unless it has gathered its own, except for zeros.
 *
 * `COLUMN_STATS_ACCURATE` is left out. With it Hive 2 may answer `count(*)` from the catalogue without looking at the
 * files; later ones do not for external tables, and Trino and Spark never ask for it.
 */
export function statisticsParameters({ rows, bytes, rawBytes, files }: VersionStatistics): Parameters {
  return {
    numRows: String(rows),
    totalSize: String(bytes),
    rawDataSize: String(rawBytes),
    numFiles: String(files),
  };
}
