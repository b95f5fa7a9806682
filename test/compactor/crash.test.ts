import test from 'ava';
import type { Catalogue } from '../../storage/catalogue.ts';
import type { RunRegistry } from '../../storage/run-registry.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { newCompactionBench, poolInProcess, type CompactionBench } from '../helpers/compaction-bench.ts';
import { plainRow } from '../helpers/live-part.ts';

const [first, second] = ['2026-07-01', '2026-07-02'] as const;
const typedTables = [
  { database: 'd', table: 'newest', columns: 'a STRING' },
  { database: 'd', table: 'daily', columns: 'a STRING', partitionKey: 'date_str' },
];

/** What changes something that outlives the process. */
const changes = [
  'put',
  'createDatabase',
  'createTable',
  'updateTable',
  'swapPartition',
  'start',
  'finish',
  'acquireLease',
  'releaseLease',
] as const;

test('killed before each change and run again: the same tables, the same bytes', async (t) => {
  const whole = await filledBench(t);
  await whole.compact();
  const wanted = await stateOf(whole);
  let steps = 0;
  for (let kill = 1; ; kill++) {
    const bench = await filledBench(t);
    if (await isFinished(bench, kill)) break;
    steps = kill;
    // The lease is one of this living process; to others a dead one's is free.
    const runs = { ...bench.runs, acquireLease: async () => ({ kind: 'acquired' as const }) };
    await bench.compact({ runs });
    t.deepEqual(await stateOf(bench), wanted, `killed before change ${kill}`);
  }
  t.true(steps > 40, `${steps} changes`);
});

async function filledBench(t: Parameters<typeof newCompactionBench>[0]): Promise<CompactionBench> {
  const bench = await newCompactionBench(t, { typedTables, tombstones: 'drop' });
  await bench.put(first, [plainRow({ id: '"a"' }), plainRow({ id: '"b"', dbType: 'DELETE' })]);
  await bench.put(first, [plainRow({ id: '"a"', sourceObject: 'again' })]);
  await bench.put(second, [plainRow({ id: '"c"' })]);
  return bench;
}

/** Compacts in a process that is gone before its nth change. */
async function isFinished(bench: CompactionBench, nth: number): Promise<boolean> {
  let count = 0;
  const dying = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name, receiver) {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member !== 'function') return member;
        const isChange = changes.some((change) => change === name);
        return async (...parameters: unknown[]) => {
          if (isChange) count += 1;
          return count < nth ? Reflect.apply(member, target, parameters) : dead();
        };
      },
    });
  const dead = (): Promise<never> => Promise.reject(new Error('the process is gone'));
  const mortal = dying(bench.published);
  const published: ObjectStore = { ...bench.published, put: (...put) => mortal.put(...put) };
  const catalogue: Catalogue = dying(bench.catalogue);
  const runs: RunRegistry = dying(bench.runs);
  await bench.compact({ published, catalogue, runs, pool: poolInProcess(published) }).catch(() => {});
  return count < nth;
}

async function stateOf(bench: CompactionBench): Promise<unknown> {
  const databases = await bench.catalogue.listDatabases();
  const tables = (await Promise.all(databases.map((name) => bench.catalogue.listTables(name)))).flat();
  const partitions = await Promise.all(
    tables.map(({ database, name }) => bench.catalogue.listPartitions(database, name)),
  );
  return {
    digests: await bench.digests(),
    // How often a table was updated depends on where it was broken off.
    tables: tables.map((table) => ({ ...table, version: '' })),
    partitions,
  };
}
