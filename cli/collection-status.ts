import { nameKey } from '../schemas/collection.ts';
import type { DayStatus } from './day-status.ts';

/** How fresh a collection is. */
export interface CollectionStatus {
  /** `db:collection` */
  readonly collection: string;
  /** Undefined when no part can be read. */
  readonly newestPartAt: Date | undefined;
  /** The newest export date of which readers have a version. */
  readonly publishedUpTo: string | undefined;
  /** Of all export dates. */
  readonly debt: DayStatus['debt'];
}

/** Adds up days, which come by collection. */
export function collectionStatuses(days: readonly DayStatus[]): readonly CollectionStatus[] {
  return [...Map.groupBy(days, nameKey)].map(([collection, own]) => ({
    collection,
    newestPartAt: newest(own.flatMap(({ newestPartAt }) => newestPartAt ?? [])),
    publishedUpTo: newest(
      own.flatMap(({ published, exportDate }) => (published === undefined ? [] : exportDate)),
    ),
    debt: {
      parts: own.reduce((sum, { debt }) => sum + debt.parts, 0),
      rows: own.reduce((sum, { debt }) => sum + debt.rows, 0),
    },
  }));
}

function newest<Time extends Date | string>(times: readonly Time[]): Time | undefined {
  return times.toSorted((a, b) => (a < b ? -1 : 1)).at(-1);
}
