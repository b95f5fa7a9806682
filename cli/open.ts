import { join } from 'node:path';
import { localStore } from '../storage/local-store.ts';
import type { ObjectStore } from '../storage/store.ts';
import { UsageError } from './ending.ts';

/** Where a command works: the one place in which one machine and AWS differ. */
export interface Place {
  /** Encrypted source objects. */
  readonly corporate: ObjectStore;
  /** Everything we write. */
  readonly published: ObjectStore;
}

/**
 * Opens the folder given as `--local`: `DIR/corporate` and `DIR/published`.
 *
 * @throws {UsageError} when there is no folder, because only one machine is supported so far.
 */
export function openPlace(localFolder: string | undefined): Place {
  if (localFolder === undefined) {
    throw new UsageError('running on AWS comes later: name a folder with --local DIR');
  }
  return {
    corporate: localStore(join(localFolder, 'corporate')),
    published: localStore(join(localFolder, 'published')),
  };
}
