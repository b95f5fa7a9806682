import type { ExecutionContext } from 'ava';
import { hash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader } from 'orc-writer-wasm';
import {
  compactCollection,
  type CollectionOutcome,
  type CompactOptions,
  type PendingOutcome,
} from '../../compactor/compact.ts';
import type { JobPool } from '../../compactor/job-pool.ts';
import type { Job } from '../../compactor/jobs.ts';
import type { Merge } from '../../compactor/proven-merge.ts';
import { runJob } from '../../compactor/run-job.ts';
import { collectionsOf, type Collection, type CollectionFile } from '../../schemas/collection.ts';
import { areaPrefix } from '../../schemas/layout.ts';
import { loadDefinitions } from '../../schemas/load-definitions.ts';
import { DATABASE } from '../../schemas/table-name.ts';
import type { Catalogue } from '../../storage/catalogue.ts';
import { findCollectionTable } from '../../storage/collection-table.ts';
import { localStore } from '../../storage/local-store.ts';
import type { RunRegistry } from '../../storage/run-registry.ts';
import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { sqliteRunRegistry } from '../../storage/sqlite-run-registry.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { bodyOf } from './published.ts';
import { newFolder } from './queue-place.ts';
import { putLivePart, type PlainRow } from './live-part.ts';

/** A published bucket, a catalogue and a registry of runs, and compaction on them in this process. */
export interface CompactionBench {
  readonly folder: string;
  readonly published: ObjectStore;
  readonly catalogue: Catalogue;
  readonly runs: RunRegistry;
  readonly collection: Collection;
  put(exportDate: string, rows: readonly PlainRow[]): Promise<string>;
  compact(
    options?: Partial<CompactOptions> & {
      readonly exportDate?: string | undefined;
      readonly pending?: PendingOutcome | undefined;
    },
  ): Promise<CollectionOutcome>;
  /** Where the catalogue says that readers find rows; the newest snapshot without a date. */
  location(content: 'changes' | 'snapshots' | 'snapshot', exportDate?: string): Promise<string | undefined>;
  /** The rows there. */
  rows(content: 'changes' | 'snapshots' | 'snapshot', exportDate?: string): Promise<PlainRow[]>;
  /** Every file outside the areas `live` and `work` by its key, with the digest of its bytes. */
  digests(): Promise<Record<string, string>>;
}

export const toDoDay = { db: 'core', collection: 'toDo', exportDate: '2026-07-03' } as const;

export async function newCompactionBench(
  t: ExecutionContext,
  file: Partial<CollectionFile> = {},
): Promise<CompactionBench> {
  const folder = await newFolder(t);
  const published = localStore(join(folder, 'published'));
  const catalogue = sqliteCatalogue(join(folder, 'state', 'catalogue.sqlite'));
  const runs = sqliteRunRegistry(join(folder, 'state', 'runs.sqlite'));
  t.teardown(async () => {
    await catalogue.close();
    await runs.close();
  });
  const name = { db: toDoDay.db, collection: toDoDay.collection };
  const collection = collectionsOf([{ ...name, ...file }])(name);

  async function location(
    content: 'changes' | 'snapshots' | 'snapshot',
    exportDate?: string,
  ): Promise<string | undefined> {
    const table = await findCollectionTable(catalogue, collection, content);
    if (table === undefined || exportDate === undefined) return table?.location;
    const partitions = await catalogue.listPartitions(DATABASE, table.name);
    return partitions.find(({ values }) => values[0] === exportDate)?.location;
  }

  return {
    folder,
    published,
    catalogue,
    runs,
    collection,
    put: (exportDate, rows) => putLivePart(published, { ...name, exportDate }, rows),
    async compact({ exportDate, pending, ...options } = {}) {
      return compactCollection(
        {
          published,
          catalogue,
          runs,
          pool: poolInProcess(options.published ?? published),
          shards: 1,
          definitions: await loadDefinitions(collection.typedTables, undefined),
          signal: new AbortController().signal,
          onProgress: () => {},
          ...options,
        },
        collection,
        exportDate,
        pending,
      );
    },
    location,
    async rows(content, exportDate) {
      const prefix = await location(content, exportDate);
      return prefix === undefined ? [] : readRows(published, prefix);
    },
    async digests() {
      const digests: Record<string, string> = {};
      for await (const { key } of published.list('')) {
        if (!HIDDEN.some((area) => key.startsWith(areaPrefix(area))))
          digests[key] = hash('sha256', await bodyOf(published, key));
      }
      return digests;
    },
  };
}

const HIDDEN = ['live', 'work'] as const;

/** Does jobs in this thread. */
export function poolInProcess(published: ObjectStore, merge?: Merge): JobPool {
  return {
    size: 2,
    run: ((job: Job, writerWorkers?: number) =>
      runJob(
        published,
        job,
        { writerWorkers: writerWorkers ?? 1, scratchFolder: tmpdir() },
        merge,
      )) as JobPool['run'],
    warmUp: () => {},
    close: async () => {},
  };
}

/** The rows of all files of a folder, in order. */
export async function readRows(published: ObjectStore, prefix: string): Promise<PlainRow[]> {
  const rows: PlainRow[] = [];
  for await (const { key } of published.list(prefix)) {
    if (!key.endsWith('.orc')) continue;
    await using reader = await openReader(await bodyOf(published, key));
    for await (const row of reader.rows()) {
      rows.push({
        id: String(row.id),
        idPart: String(row.id_part),
        dbType: row.db_type as PlainRow['dbType'],
        lastModifiedMs: Date.parse(`${String(row.last_modified).replace(' ', 'T')}Z`),
        val: String(row.val),
        fingerprint: row.fingerprint as bigint,
        sourceObject: String(row.source_object),
        sourceLine: Number(row.source_line),
        generation: Number(row.generation),
      });
    }
  }
  return rows;
}
