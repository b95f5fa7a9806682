import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { leaseOf, withLease } from '../../../compactor/lease.ts';
import { certificateKey, dayPrefix, floorKey, publishedKey, versionPrefix } from '../../../schemas/layout.ts';
import { MANIFEST_NAME, manifestText, parseManifest } from '../../../schemas/manifest.ts';
import {
  age,
  collected,
  compacted,
  compactedTwice,
  DAY_MS,
  FIRST,
  foldersOf,
  mistakes,
  removedFolders,
  SECOND,
  versionsOf,
  withTypedTable,
} from '../../helpers/gc-bench.ts';
import { plainRow } from '../../helpers/live-part.ts';
import { bodyOf } from '../../helpers/published.ts';

test('what readers are shown, and what is certified, stays whatever its age', async (t) => {
  const bench = await compacted(t);
  const before = await bench.digests();
  t.deepEqual(await removedFolders(bench, { olderThanMs: 0 }), []);
  t.deepEqual(await bench.digests(), before);
});

test('versions that late parts replaced are removed with their tombstones, and readers miss nothing', async (t) => {
  const bench = await compacted(t);
  const old = await versionsOf(bench);
  await bench.put(FIRST, [plainRow({ id: '{"id":"late"}', dbType: 'DELETE' })]);
  await bench.compact();
  const rows = await bench.rows('snapshot');
  const outcome = await collected(bench, { olderThanMs: 0 });
  const replaced = old.filter((folder) => !folder.includes(`/changes/core/toDo/export_date=${SECOND}/`));
  const withManifest = replaced.filter((folder) => !folder.includes('/tombstones/'));
  t.deepEqual(foldersOf(outcome), withManifest.toSorted());
  t.true(replaced.some((folder) => folder.includes('/tombstones/')));
  const left = await versionsOf(bench);
  t.deepEqual(
    left.filter((folder) => replaced.includes(folder)),
    [],
  );
  t.deepEqual(await bench.rows('snapshot'), rows);
  t.deepEqual(await mistakes(bench), []);
  t.deepEqual(await bench.compact(), { kind: 'compacted', collection: 'core:toDo', days: [] });
});

test('R-SWAP: a reader with the files of a version that was replaced just now reads them all, old as they are', async (t) => {
  const bench = await compacted(t);
  await age(bench, 30);
  const keys = await Array.fromAsync(
    bench.published.list((await bench.location('snapshot')) ?? ''),
    ({ key }) => key,
  );
  await bench.put(FIRST, [plainRow({ id: '{"id":"late"}' })]);
  await bench.compact();
  t.false(keys[0]?.startsWith((await bench.location('snapshot')) ?? '') ?? true);
  t.deepEqual(await removedFolders(bench), []);
  for (const key of keys) await t.notThrowsAsync(bodyOf(bench.published, key), key);

  t.deepEqual(await removedFolders(bench, { nowMs: Date.now() + 6.9 * DAY_MS }), []);
  t.is((await removedFolders(bench, { nowMs: Date.now() + 7.1 * DAY_MS })).length, 3);
  for (const key of keys) await t.throwsAsync(bodyOf(bench.published, key), undefined, key);
});

test('R-SWAP: the same when the day could not be certified again', async (t) => {
  const bench = await compacted(t);
  await age(bench, 30);
  await bench.put(FIRST, [plainRow({ id: '{"id":"late"}' })]);
  await bench.compact();
  await bench.published.delete(
    [FIRST, SECOND].map((exportDate) => certificateKey({ ...bench.collection, exportDate })),
  );
  t.deepEqual(await removedFolders(bench), []);
  t.is((await removedFolders(bench, { nowMs: Date.now() + 7.1 * DAY_MS })).length, 3);
});

test('R-SWAP: the same when an older version took its place again', async (t) => {
  const bench = await compacted(t);
  const late = await bench.put(FIRST, [plainRow({ id: '{"id":"late"}' })]);
  await bench.compact();
  await age(bench, 30);
  await bench.published.delete([late]);
  await bench.compact();
  t.deepEqual(await removedFolders(bench), []);
  t.is((await removedFolders(bench, { nowMs: Date.now() + 7.1 * DAY_MS })).length, 3);
});

test('a dry run says what would be removed, and removes nothing, also while a compactor is at work', async (t) => {
  const bench = await compactedTwice(t);
  const before = await bench.digests();
  const said = await withLease(bench.runs, leaseOf(bench.collection), () =>
    collected(bench, { olderThanMs: 0, isDryRun: true }),
  );
  t.deepEqual(await bench.digests(), before);
  t.deepEqual(await collected(bench, { olderThanMs: 0 }), said);
  t.true(foldersOf(said).length > 0);
});

test('files of a version that was never finished go when they are old', async (t) => {
  const bench = await compacted(t);
  const key = `${versionPrefix(dayPrefix('exports', { ...bench.collection, exportDate: FIRST }), 'abc')}00-ff-0.orc`;
  await bench.published.put(key, Buffer.from('half'));
  const tombstones = key.replace('/exports/', '/tombstones/');
  await bench.published.put(tombstones, Buffer.from('half'));
  t.deepEqual(await removedFolders(bench), []);
  await utimes(join(bench.folder, 'published', key), 0, 0);
  t.deepEqual(await removedFolders(bench), [], 'its tombstones are young');
  await utimes(join(bench.folder, 'published', tombstones), 0, 0);
  t.like(await collected(bench), {
    removed: [{ folder: key.replace('00-ff-0.orc', ''), files: 2, bytes: 8 }],
  });
  t.is(await bench.published.head(tombstones), undefined);
});

test('a typed table of older days goes when the catalogue shows another one', async (t) => {
  const bench = await withTypedTable(t);
  const tables = (await versionsOf(bench)).filter((folder) => folder.includes('/tables/'));
  const shown = (await bench.catalogue.getTable('uc', 'names'))?.location ?? '';
  const past = tables.filter((folder) => folder !== shown);
  t.is(past.length, 1);

  t.deepEqual(await removedFolders(bench, { olderThanMs: 0 }), past);
  t.deepEqual(await mistakes(bench), []);
});

test('a typed table that a newer day has replaced just now stays, old as it is', async (t) => {
  const bench = await withTypedTable(t, { isOldBefore: SECOND });
  t.deepEqual(await removedFolders(bench), []);
  t.is((await removedFolders(bench, { nowMs: Date.now() + 7.1 * DAY_MS })).length, 1);
});

test('a typed table that late parts of its day have replaced just now stays, old as it is', async (t) => {
  const bench = await withTypedTable(t);
  await age(bench, 30);
  const replaced = (await bench.catalogue.getTable('uc', 'names'))?.location ?? '';
  await bench.put(SECOND, [plainRow({ id: '"late"' })]);
  await bench.compact();
  t.deepEqual(await removedFolders(bench), []);
  t.true((await removedFolders(bench, { nowMs: Date.now() + 7.1 * DAY_MS })).includes(replaced));
});

test('typed tables of older days go though late parts have their certificates issued again and again', async (t) => {
  const bench = await withTypedTable(t);
  const [first, second] = (await versionsOf(bench)).filter((folder) => folder.includes('/tables/'));
  await age(bench, 30);
  for (const exportDate of ['2026-07-04', '2026-07-05']) {
    await bench.put(exportDate, [plainRow({ id: `"${exportDate}"` })]);
    await bench.compact();
    await age(bench, 20);
  }
  await bench.put(FIRST, [plainRow({ id: '"late"' })]);
  await bench.compact();
  const removed = await removedFolders(bench);
  t.is(removed.filter((folder) => folder.includes('/tables/')).length, 2);
  t.true([first, second].every((folder) => removed.includes(folder ?? '')));
  t.deepEqual(await mistakes(bench), []);
});

test('what was published and not certified leaves what it replaced, which still is', async (t) => {
  const bench = await withTypedTable(t);
  await removedFolders(bench, { olderThanMs: 0 });
  const keys = [FIRST, SECOND].map((exportDate) => certificateKey({ ...bench.collection, exportDate }));
  const certificates = await Promise.all(keys.map((key) => bodyOf(bench.published, key)));
  await bench.put(FIRST, [plainRow({ id: '"late"' })]);
  await bench.compact();
  await Promise.all(keys.map((key, index) => bench.published.put(key, certificates[index] ?? Buffer.of())));
  t.deepEqual(await removedFolders(bench, { olderThanMs: 0 }), []);
});

test('what another collection put into the same table stays', async (t) => {
  const bench = await withTypedTable(t);
  const shown = (await bench.catalogue.getTable('uc', 'names'))?.location ?? '';
  const manifest = parseManifest((await bodyOf(bench.published, `${shown}${MANIFEST_NAME}`)).toString());
  const others = shown.replace(/version=.*/, 'version=abc/');
  const recipe = { ...manifest.recipe, collection: 'another' };
  await bench.published.put(`${others}${MANIFEST_NAME}`, Buffer.from(manifestText({ ...manifest, recipe })));
  const removed = await removedFolders(bench, { olderThanMs: 0 });
  t.is(removed.length, 1);
  t.false(removed.includes(others));
});

test('a version that is shown and not certified, or certified and not shown, stays', async (t) => {
  const bench = await compacted(t);
  const before = await versionsOf(bench);
  const certificates = [FIRST, SECOND].map((exportDate) =>
    certificateKey({ ...bench.collection, exportDate }),
  );
  const empty = { ...bench.catalogue, listTables: async () => [] };
  t.deepEqual(await removedFolders(bench, { olderThanMs: 0, catalogue: empty }), []);
  await bench.published.delete(certificates);
  t.deepEqual(await removedFolders(bench, { olderThanMs: 0 }), []);
  t.deepEqual(await versionsOf(bench), before);
  t.true((await removedFolders(bench, { olderThanMs: 0, catalogue: empty })).length > 0);
});

test('a table of somebody else keeps the version it lies over', async (t) => {
  const bench = await compacted(t);
  const location = (await bench.location('snapshot')) ?? '';
  await bench.catalogue.createDatabase('mine');
  await bench.catalogue.createTable({
    database: 'mine',
    name: 'copy',
    columns: [],
    partitionKeys: [],
    location: location.replace(/\/$/, ''),
    format: 'orc',
    parameters: {},
  });
  await bench.put(FIRST, [plainRow({ id: '{"id":"late"}' })]);
  await bench.compact();
  const removed = await removedFolders(bench, { olderThanMs: 0 });
  t.true(removed.length > 0);
  t.false(removed.includes(location));
});

test('nothing but versions is touched', async (t) => {
  const bench = await compactedTwice(t);
  const day = { ...bench.collection, exportDate: FIRST };
  const others = [
    publishedKey({ area: 'quarantine', ...day, name: 'a' }),
    floorKey(day),
    `${dayPrefix('changes', day)}stray.orc`,
    versionPrefix(dayPrefix('live', day), 'abc').concat('a.orc'),
  ];
  for (const key of others) await bench.published.put(key, Buffer.from('x'));
  await age(bench, 60);
  const live = (): Promise<string[]> =>
    Array.fromAsync(bench.published.list(dayPrefix('live', day)), ({ key }) => key);
  const parts = await live();
  t.true((await removedFolders(bench)).length > 0);
  for (const key of others) t.truthy(await bench.published.head(key), key);
  t.deepEqual(await live(), parts);
});
