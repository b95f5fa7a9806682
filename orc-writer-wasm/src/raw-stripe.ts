import { isDeepStrictEqual } from 'node:util';
import { hasTrustedFilters } from './bloom-filter.ts';
import type { CompressionKind } from './compression.ts';
import { SchemaMismatchError } from './errors.ts';
import type { StripeInformation } from './metadata.ts';
import type { TypeDescription } from './schema.ts';
import type { ColumnStatistics } from './statistics.ts';

/** A stripe as it is in its file: its bytes do not depend on where they are. */
export interface RawStripe {
  readonly bytes: Uint8Array;
  readonly information: StripeInformation;
  readonly statistics: readonly ColumnStatistics[];
}

/** What two files must have in common before a stripe of one can be part of the other. */
export interface FileTraits {
  readonly schema: TypeDescription;
  readonly compression: CompressionKind;
  readonly rowIndexStride: number;
  readonly writer: number | undefined;
  readonly writerVersion: number;
  readonly softwareVersion: string | undefined;
  readonly isProleptic: boolean;
  readonly isEncrypted: boolean;
}

/**
 * Why a stripe of a file with `theirs` has no place in one with `ours`, by the rules of Java's merge; undefined if it
 * has. The size of blocks may differ: the file names the largest. So may the time zone, which every stripe has for
 * itself.
 */
export function whyNotMergeable(ours: FileTraits, theirs: FileTraits): string | undefined {
  const compared = [
    'schema',
    'compression',
    'rowIndexStride',
    'writer',
    'writerVersion',
    'isProleptic',
  ] as const;
  const different = compared.find((trait) => !isDeepStrictEqual(ours[trait], theirs[trait]));
  if (different !== undefined) return `the files differ in ${different}`;
  if (theirs.isEncrypted) return 'columns are encrypted';
  return hasTrustedFilters(theirs.writer, theirs.softwareVersion)
    ? undefined
    : 'its writer made bloom filters with another hash (ORC-1024)';
}

export function notMergeable(reason: string): SchemaMismatchError {
  return new SchemaMismatchError('not-mergeable', `a stripe cannot be copied: ${reason}`);
}
