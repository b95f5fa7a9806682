import { objectReadings, type ObjectEntry } from './object-reading.ts';

/**
 * Whether the entries of one source object hold every row it gave.
 *
 * Each version in each generation is looked at by itself. How many rows it gave is known from the entry that was made
 * at its end; if two deliveries differ, because keys were refused in one of them, the larger number is wanted. Rows
 * count once: where the lines of entries overlap, as after a retry, only one of them counts.
 */
export function isObjectComplete(entries: readonly ObjectEntry[]): boolean {
  return objectReadings(entries).some(({ isComplete }) => isComplete);
}
