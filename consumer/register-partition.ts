import { LRUCache } from 'lru-cache';
import type { Log } from './log.ts';
import { dayPrefix, type DayOfCollection } from '../schemas/layout.ts';
import { DATABASE, tableNames } from '../schemas/table-name.ts';
import type { Catalogue } from '../storage/catalogue.ts';
import { ensureCollectionTable } from '../storage/collection-table.ts';

/** Makes new export dates queryable. Parts are durable before and without it, so it fails nobody. */
export interface PartitionRegistrar {
  /** To be called for every part: the first of an export date registers it. */
  register(day: DayOfCollection): void;
  /** Resolves when everything asked for so far is registered, or has been tried once more. */
  settled(): Promise<void>;
}

/**
 * Registers export dates as partitions of the table of changes, at the folder of their live parts.
 *
 * One at a time, and each once; several processes may do the same. A partition that is there stays as it is:
 * compaction may have given it another location. What fails is logged and tried again with the next part, of any date.
 *
 * A location is a key prefix of the published bucket, unescaped as query engines take it. On S3 it comes after
 * `s3://<bucket>/`; on one machine it is the prefix alone, so that the folder may be moved.
 */
export function partitionRegistrar(catalogue: Catalogue, log: Log): PartitionRegistrar {
  const registered = new LRUCache<string, true>({ max: REMEMBERED });
  const waiting = new Map<string, DayOfCollection>();
  let pass: Promise<void> | undefined;

  async function registerWaiting(): Promise<void> {
    for (const [location, day] of waiting) {
      try {
        await registerPartition(catalogue, day, location, log);
        registered.set(location, true);
        waiting.delete(location);
      } catch (error) {
        log('Partition:Failed', { location, reason: error instanceof Error ? error.message : String(error) });
      }
    }
  }

  function startPass(): void {
    if (waiting.size > 0) pass ??= registerWaiting().finally(() => (pass = undefined));
  }

  return {
    register(day) {
      const location = dayPrefix('live', day);
      if (!registered.has(location)) waiting.set(location, day);
      startPass();
    },
    async settled() {
      await pass;
      startPass();
      await pass;
    },
  };
}

/** Forgetting one costs two calls. */
const REMEMBERED = 10_000;

async function registerPartition(
  catalogue: Catalogue,
  { exportDate, ...collection }: DayOfCollection,
  location: string,
  log: Log,
): Promise<void> {
  const { name: table } = await ensureCollectionTable(catalogue, collection, 'changes');
  if (table !== tableNames(collection, '_changes')[0]) log('Table:NameTaken', { ...collection, table });
  const partition = { values: [exportDate], location, parameters: {} };
  const [result] = await catalogue.addPartitions(DATABASE, table, [partition]);
  if (result?.kind === 'failed') throw new Error(result.reason);
  if (result?.kind === 'created') log('Partition:Registered', { table, exportDate });
}
