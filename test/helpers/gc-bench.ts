import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import {
  collectGarbage,
  type CollectOptions,
  type CollectOutcome,
} from '../../compactor/gc/collect-garbage.ts';
import { verifyCollection } from '../../compactor/verify/verify.ts';
import { newCompactionBench, type CompactionBench } from './compaction-bench.ts';
import { plainRow, type PlainRow } from './live-part.ts';

export const FIRST = '2026-07-02';
export const SECOND = '2026-07-03';
export const DAY_MS = 86_400_000;

/** Two days. */
export async function compacted(t: ExecutionContext): Promise<CompactionBench> {
  const bench = await newCompactionBench(t, { tombstones: 'drop' });
  for (const exportDate of [FIRST, SECOND]) await bench.put(exportDate, rowsOf(exportDate));
  t.like(await bench.compact(), { days: { length: 2, 1: { kind: 'published' } } });
  return bench;
}

/** The same, and the first day again with another part. */
export async function compactedTwice(t: ExecutionContext): Promise<CompactionBench> {
  const bench = await compacted(t);
  await bench.put(FIRST, [plainRow({ id: '{"id":"late"}' })]);
  await bench.compact();
  return bench;
}

/** Two days, compacted one by one, with a typed table that has no partitions; a month old is what was before a day. */
export async function withTypedTable(
  t: ExecutionContext,
  { isOldBefore }: { readonly isOldBefore?: string } = {},
): Promise<CompactionBench> {
  const bench = await newCompactionBench(t, {
    typedTables: [{ database: 'uc', table: 'names', columns: 'name STRING' }],
  });
  for (const exportDate of [FIRST, SECOND]) {
    if (exportDate === isOldBefore) await age(bench, 30);
    await bench.put(exportDate, [plainRow({ id: `"${exportDate}"` })]);
    await bench.compact();
  }
  return bench;
}

function rowsOf(exportDate: string): PlainRow[] {
  return ['a', 'b', 'c'].map((id, index) =>
    plainRow({
      id: `{"id":"${id} ${exportDate}"}`,
      dbType: index === 0 ? 'DELETE' : 'INSERT',
      sourceLine: index + 1,
    }),
  );
}

export function collected(
  bench: CompactionBench,
  options: Partial<CollectOptions> = {},
): Promise<CollectOutcome> {
  const { published, catalogue, runs } = bench;
  return collectGarbage(
    {
      published,
      catalogue,
      leases: runs,
      olderThanMs: 7 * DAY_MS,
      isDryRun: false,
      nowMs: Date.now(),
      ...options,
    },
    bench.collection,
  );
}

export async function removedFolders(
  bench: CompactionBench,
  options?: Partial<CollectOptions>,
): Promise<string[]> {
  return foldersOf(await collected(bench, options));
}

export function foldersOf(outcome: CollectOutcome): string[] {
  if (outcome.kind === 'left-out') throw new Error(outcome.reason);
  return outcome.removed.map(({ folder }) => folder).toSorted();
}

export async function versionsOf({ published }: CompactionBench): Promise<string[]> {
  const keys = await Array.fromAsync(published.list(''), ({ key }) => key);
  return [...new Set(keys.flatMap((key) => /^.*\/version=\w+\//.exec(key)?.[0] ?? []))];
}

/** Makes published files as old as that. */
export async function age({ folder }: CompactionBench, days: number, except = '\0'): Promise<void> {
  const root = join(folder, 'published');
  const when = new Date(Date.now() - days * DAY_MS);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.includes(except)) await utimes(path, when, when);
  }
}

export async function mistakes({ published, collection }: CompactionBench): Promise<readonly string[]> {
  const { findings } = await verifyCollection({ published, onProgress: () => {} }, collection);
  return findings.filter(({ kind }) => kind === 'wrong').map(({ where, what }) => `${where}: ${what}`);
}
