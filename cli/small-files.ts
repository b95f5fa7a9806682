import type { DayOfCollection } from '../schemas/layout.ts';
import type { DayStatus } from './day-status.ts';

/** An export date whose queries are slow because there are many small files where few would do. */
export interface SmallFiles extends DayOfCollection {
  /** Live parts that are not compacted, or files of the version that readers have. */
  readonly kind: 'live' | 'published';
  readonly files: number;
  /** Undefined for live parts, of which only the number matters. */
  readonly averageBytes?: number;
}

export function smallFiles({
  db,
  collection,
  exportDate,
  debt,
  published,
}: DayStatus): readonly SmallFiles[] {
  const day = { db, collection, exportDate };
  const found: SmallFiles[] = [];
  if (debt.parts > MOST_PARTS) found.push({ ...day, kind: 'live', files: debt.parts });
  if (published !== undefined && published.files > FILES_OF_ANY_SIZE) {
    const averageBytes = Math.round(published.bytes / published.files);
    if (averageBytes < SMALL_FILE_BYTES)
      found.push({ ...day, kind: 'published', files: published.files, averageBytes });
  }
  return found;
}

/** Four hours of a consumer that flushes every 30 seconds. */
const MOST_PARTS = 500;
/** A version has up to so many whatever their size, so that several threads can read it. */
const FILES_OF_ANY_SIZE = 8;
const SMALL_FILE_BYTES = 16 * 2 ** 20;
