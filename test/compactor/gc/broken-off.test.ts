import test from 'ava';
import { leaseOf, withLease } from '../../../compactor/lease.ts';
import { certificateKey, dayPrefix } from '../../../schemas/layout.ts';
import { MANIFEST_NAME } from '../../../schemas/manifest.ts';
import type { ObjectStore } from '../../../storage/store.ts';
import { readRows, type CompactionBench } from '../../helpers/compaction-bench.ts';
import { collected, compacted, compactedTwice, FIRST, mistakes } from '../../helpers/gc-bench.ts';
import { plainRow } from '../../helpers/live-part.ts';

test('broken off after any number of deletes, no half version has a manifest, and the next run ends it', async (t) => {
  const whole = await compactedTwice(t);
  await collected(whole, { olderThanMs: 0 });
  const expected = await whole.digests();
  const bench = await compactedTwice(t);
  const complete = await filesByManifest(bench);
  let rounds = 0;
  for (let isDone = false; !isDone; rounds++) {
    const published = dyingStore(bench.published, 1);
    isDone = await collected(bench, { olderThanMs: 0, published }).then(
      () => true,
      () => false,
    );
    for (const [manifest, files] of await filesByManifest(bench)) {
      t.is(files, complete.get(manifest) ?? 0, manifest);
    }
    t.deepEqual(await bench.rows('snapshot'), await whole.rows('snapshot'));
  }
  t.is(rounds, 8);
  t.deepEqual(await bench.digests(), expected);
});

test('what was half removed is made again when it is wanted again', async (t) => {
  const bench = await compacted(t);
  const before = await bench.digests();
  const location = (await bench.location('snapshots', FIRST)) ?? '';
  await bench.put(FIRST, [plainRow({ id: '{"id":"late"}' })]);
  await bench.compact();
  await t.throwsAsync(collected(bench, { olderThanMs: 0, published: dyingStore(bench.published, 2) }));
  for await (const { key } of bench.published.list(
    dayPrefix('live', { ...bench.collection, exportDate: FIRST }),
  )) {
    if (await isLate(bench.published, key)) await bench.published.delete([key]);
  }
  await bench.compact();
  t.is(await bench.location('snapshots', FIRST), location);
  await collected(bench, { olderThanMs: 0 });
  t.deepEqual(await bench.digests(), before);
  t.deepEqual(await mistakes(bench), []);
});

test('a collection is left out while a compactor is at work on it, and when a certificate cannot be read', async (t) => {
  const bench = await compactedTwice(t);
  const before = await bench.digests();
  const outcome = await withLease(bench.runs, leaseOf(bench.collection), () =>
    collected(bench, { olderThanMs: 0 }),
  );
  t.is(outcome.kind, 'left-out');
  t.deepEqual(await bench.digests(), before);

  const key = certificateKey({ ...bench.collection, exportDate: FIRST });
  await bench.published.put(key, Buffer.from('{}'));
  const { kind, reason } = (await collected(bench, { olderThanMs: 0 })) as { kind: string; reason: string };
  t.is(kind, 'left-out');
  t.true(reason.startsWith(`${key} cannot be read: `));
  t.deepEqual(Object.keys(await bench.digests()), Object.keys(before));
});

test('a lease that was lost ends it before the next delete', async (t) => {
  const bench = await compactedTwice(t);
  const before = await bench.digests();
  const leases = { ...bench.runs, renewLease: async () => false };
  const published: ObjectStore = {
    ...bench.published,
    async *list(prefix) {
      // Until the lease should have been renewed.
      if (prefix.includes('/changes/')) await new Promise((resolve) => setTimeout(resolve, 150));
      yield* bench.published.list(prefix);
    },
  };
  t.like(await collected(bench, { olderThanMs: 0, leases, published, leaseMs: 60 }), { kind: 'left-out' });
  t.deepEqual(await bench.digests(), before);
});

test('an object that cannot be deleted ends it', async (t) => {
  const bench = await compactedTwice(t);
  const published: ObjectStore = {
    ...bench.published,
    delete: async (keys) => keys.map((key) => ({ kind: 'failed', key, error: new Error('denied') })),
  };
  await t.throwsAsync(collected(bench, { olderThanMs: 0, published }), { message: /was not deleted$/ });
});

/** How many files there are beside each manifest, tombstones too. */
async function filesByManifest({ published }: CompactionBench): Promise<Map<string, number>> {
  const keys = await Array.fromAsync(published.list(''), ({ key }) => key);
  const folderOf = (key: string): string =>
    key.slice(0, key.lastIndexOf('/')).replace('/tombstones/', '/exports/');
  return new Map(
    keys
      .filter((key) => key.endsWith(`/${MANIFEST_NAME}`))
      .map((key) => [key, keys.filter((other) => folderOf(other) === folderOf(key)).length]),
  );
}

/** Dies when one more object than these is to be deleted. */
function dyingStore(store: ObjectStore, deletes: number): ObjectStore {
  let left = deletes;
  return {
    ...store,
    async delete(keys) {
      const possible = keys.slice(0, left);
      left -= possible.length;
      const results = await store.delete(possible);
      if (possible.length < keys.length) throw new Error('killed');
      return results;
    },
  };
}

async function isLate(published: ObjectStore, key: string): Promise<boolean> {
  const rows = await readRows(published, key);
  return rows.some(({ id }) => id.includes('late'));
}
