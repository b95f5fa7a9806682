import { isDeepStrictEqual } from 'node:util';
import { hasTrustedFilters } from './bloom-filter.ts';
import type { CompressionKind } from './compression.ts';
import { SchemaMismatchError } from './errors.ts';
import { isKnownWriter, type FileIdentity } from './file-identity.ts';
import type { StripeInformation } from './metadata.ts';
import type { TypeDescription } from './schema.ts';
import type { ColumnStatistics } from './statistics.ts';

/** A stripe as it is in its file: its bytes do not depend on where they are. */
export interface RawStripe {
  readonly bytes: Uint8Array;
  readonly information: StripeInformation;
  readonly statistics: readonly ColumnStatistics[];
  /** The same as the `StripeStatistics` message of the file, which may say more than this package knows. */
  readonly statisticsMessage: Uint8Array;
}

/** What two files must have in common before a stripe of one can be part of the other. */
export interface FileTraits extends FileIdentity {
  readonly schema: TypeDescription;
  readonly compression: CompressionKind;
  readonly rowIndexStride: number;
  readonly isEncrypted: boolean;
}

/**
 * Why a stripe of a file with `theirs` has no place in one with `ours`, by the rules of Java's merge; undefined if it
 * has. The size of blocks may differ: the file names the largest. So may the time zone, which every stripe has for
 * itself, and the software of a writer of one version, but for the filters of ORC-1024.
 *
 * @see OrcFile.mergeFiles of ORC Java
 */
export function whyNotMergeable(ours: FileTraits, theirs: FileTraits): string | undefined {
  const different = compared.find(([, trait]) => !isDeepStrictEqual(trait(ours), trait(theirs)));
  if (different !== undefined) return `the files differ in ${different[0]}`;
  if (theirs.isEncrypted) return 'columns are encrypted';
  if (!isKnownWriter(theirs)) return `writer ${theirs.writer ?? 0}.${theirs.writerVersion} is not known`;
  return hasTrustedFilters(ours) && !hasTrustedFilters(theirs)
    ? 'its writer made bloom filters with another hash (ORC-1024)'
    : undefined;
}

const compared: readonly (readonly [string, (traits: FileTraits) => unknown])[] = [
  ['schema', ({ schema }) => schema],
  ['compression', ({ compression }) => compression],
  ['file version', ({ fileVersion }) => fileVersion],
  ['writer', ({ writer = 0 }) => writer],
  ['writer version', ({ writerVersion }) => writerVersion],
  ['row index stride', ({ rowIndexStride }) => rowIndexStride],
  // Java takes a file that does not say it for one with the hybrid calendar.
  ['calendar', ({ calendar }) => calendar === 'proleptic'],
];

export function notMergeable(reason: string): SchemaMismatchError {
  return new SchemaMismatchError('not-mergeable', `a stripe cannot be copied: ${reason}`);
}
