import type { MergeResult } from './jobs.ts';
import { ConservationError } from './merge-proof.ts';
import { hexDigits64 } from './range-writer.ts';
import { sizeOf } from './versions.ts';
import type { Manifest, MergeCounts, PublishedFileEntry } from '../schemas/manifest.ts';

/**
 * The sums over shards, which prove each for itself that what it read is what it wrote: together they must have read
 * every row there is.
 *
 * @throws {ConservationError}
 */
export function proved(
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
