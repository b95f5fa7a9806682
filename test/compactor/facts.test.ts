import test, { type ExecutionContext } from 'ava';
import type { CatalogueView, TableView } from '../../compactor/catalogue-view.ts';
import { readFacts } from '../../compactor/facts.ts';
import type { DayFacts } from '../../compactor/plan.ts';
import { collectionsOf } from '../../schemas/collection.ts';
import { dayPrefix, publishedKey, typedTablePrefix, versionPrefix } from '../../schemas/layout.ts';
import { MANIFEST_NAME } from '../../schemas/manifest.ts';
import type { Column, Partition } from '../../storage/catalogue.ts';
import { localStore } from '../../storage/local-store.ts';
import { raiseFloor } from '../../storage/replace-floor.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { newFolder } from '../helpers/queue-place.ts';

const NAME = { db: 'core', collection: 'to Do+#🙂' };
const COLLECTION = collectionsOf([])(NAME);
const [FIRST, SECOND] = ['2026-07-03', '2026-07-04'] as const;

test('days are those with live parts, ascending, each with its own', async (t) => {
  const store = await newStore(t);
  await putPart(store, SECOND, 'c', 3);
  await putPart(store, FIRST, 'b', 2);
  await putPart(store, FIRST, 'a', 1);
  await putPart(store, FIRST, 'x', 9, { ...NAME, collection: 'to' });
  await store.put(`${dayPrefix('live', { ...NAME, exportDate: FIRST })}notes.txt`, Buffer.from('a note'));
  await store.put(
    `${dayPrefix('live', { ...NAME, exportDate: '2026-07-05' })}notes.txt`,
    Buffer.from('a note'),
  );
  await store.put(
    publishedKey({ area: 'quarantine', ...NAME, exportDate: '2026-07-06', name: 'q' }),
    Buffer.from(''),
  );
  const facts = await readFacts(store, COLLECTION, ['a INT'], viewOf(), new Map());
  t.is(facts.collection, COLLECTION);
  t.deepEqual(facts.definitions, ['a INT']);
  const nothing = { generationFloor: 0, published: new Set<string>(), certificate: undefined };
  t.deepEqual(facts.days, [
    {
      exportDate: FIRST,
      parts: [
        { name: 'a', bytes: 1 },
        { name: 'b', bytes: 2 },
      ],
      ...nothing,
    },
    { exportDate: SECOND, parts: [{ name: 'c', bytes: 3 }], ...nothing },
  ]);
});

test('floors and certificates are those of their days', async (t) => {
  const store = await newStore(t);
  for (const exportDate of [FIRST, SECOND]) await putPart(store, exportDate, 'a', 1);
  await raiseFloor(store, { ...NAME, exportDate: SECOND }, 1_783_000_000_123);
  await raiseFloor(store, { ...NAME, exportDate: '2026-07-05' }, 5);
  const certificate = { sha256: 'a', previous: null, prefixes: new Set<string>() };
  const { days } = await readFacts(store, COLLECTION, [], viewOf(), new Map([[FIRST, certificate]]));
  t.like(days, [
    { generationFloor: 0, certificate },
    { generationFloor: 1_783_000_000_123, certificate: undefined },
  ]);
});

test('a version counts as published where the catalogue shows it and its manifest is there', async (t) => {
  const store = await newStore(t);
  const [there, other, gone] = ['01', '02', '03'].map((version) => versionOf('changes', FIRST, version));
  const daily = versionPrefix(typedTablePrefix(TABLE, { key: 'date_str', value: FIRST }), '04');
  for (const prefix of [there, other, daily]) await putManifest(store, prefix);
  const published = (view: CatalogueView) => publishedOn(t, store, FIRST, view);

  t.deepEqual(await published(viewOf()), []);
  t.deepEqual(await published(viewOf({ changes: partitioned({ [FIRST]: there }) })), [there]);
  t.deepEqual(await published(viewOf({ changes: partitioned({ [FIRST]: gone }) })), []);
  t.deepEqual(await published(viewOf({ changes: partitioned({ [SECOND]: there }) })), []);
  const both = {
    changes: partitioned({ [FIRST]: there }),
    typed: new Map([['uc.t', partitioned({ [FIRST]: daily })]]),
  };
  t.deepEqual(await published(viewOf(both)), [there, daily]);
});

test('live parts that the catalogue shows are no version', async (t) => {
  const store = await newStore(t);
  const live = dayPrefix('live', { ...NAME, exportDate: FIRST });
  await putManifest(store, live);
  t.deepEqual(await publishedOn(t, store, FIRST, viewOf({ changes: partitioned({ [FIRST]: live }) })), []);
});

test('a typed table without partitions counts for every day, as which one it is of is not told', async (t) => {
  const store = await newStore(t);
  const newest = versionPrefix(typedTablePrefix(TABLE), '01');
  await putManifest(store, newest);
  const view = viewOf({ typed: new Map([['uc.t', unpartitioned(newest)]]) });
  for (const exportDate of [FIRST, SECOND]) {
    t.deepEqual(await publishedOn(t, store, exportDate, view), [newest]);
  }
});

test('the newest snapshot counts only where the table of the newest shows it, others without', async (t) => {
  const store = await newStore(t);
  const [first, second] = [versionOf('exports', FIRST, '01'), versionOf('exports', SECOND, '02')];
  for (const prefix of [first, second]) await putManifest(store, prefix);
  const snapshots = partitioned({ [SECOND]: second, [FIRST]: first });
  for (const [newest, expected] of [
    [undefined, []],
    [first, []],
    [second, [second]],
  ] as const) {
    const view = viewOf({ snapshots, ...(newest !== undefined && { snapshot: unpartitioned(newest) }) });
    t.deepEqual(await publishedOn(t, store, FIRST, view), [first]);
    t.deepEqual(await publishedOn(t, store, SECOND, view), expected);
  }
});

test('of files only the names are read, and of floors what they say', async (t) => {
  const store = await newStore(t);
  await putPart(store, FIRST, 'a', 1);
  const changes = versionOf('changes', FIRST, '01');
  await putManifest(store, changes);
  const unread: ObjectStore = { ...store, get: () => Promise.reject(new Error('was read')) };
  t.deepEqual(await publishedOn(t, unread, FIRST, viewOf({ changes: partitioned({ [FIRST]: changes }) })), [
    changes,
  ]);
});

const TABLE = { database: 'uc', table: 't' };
const NONE: TableView = { table: undefined, partitions: new Map() };

function viewOf(tables: Partial<CatalogueView> = {}): CatalogueView {
  return { changes: NONE, snapshots: NONE, snapshot: NONE, typed: new Map(), ...tables };
}

function partitioned(locations: Readonly<Record<string, string | undefined>>): TableView {
  const partitions = Object.entries(locations).map(([exportDate, location = '']): [string, Partition] => [
    exportDate,
    { values: [exportDate], location, parameters: {} },
  ]);
  return { ...tableAt('', [{ name: 'export_date', type: 'string' }]), partitions: new Map(partitions) };
}

function unpartitioned(location: string): TableView {
  return tableAt(location, []);
}

function tableAt(location: string, partitionKeys: readonly Column[]): TableView {
  const table = {
    database: 'd',
    name: 't',
    columns: [],
    format: 'orc',
    parameters: {},
    version: '1',
  } as const;
  return { table: { ...table, location, partitionKeys }, partitions: new Map() };
}

function versionOf(area: 'changes' | 'exports', exportDate: string, version: string): string {
  return versionPrefix(dayPrefix(area, { ...NAME, exportDate }), version);
}

/** The prefixes that count as published on a day that has live parts. */
async function publishedOn(
  t: ExecutionContext,
  store: ObjectStore,
  exportDate: string,
  view: CatalogueView,
): Promise<string[]> {
  await putPart(store, exportDate, 'a', 1);
  const { days } = await readFacts(store, COLLECTION, [], view, new Map());
  const day: DayFacts | undefined = days.find((each) => each.exportDate === exportDate);
  t.truthy(day);
  return [...(day?.published ?? [])];
}

async function putPart(
  store: ObjectStore,
  exportDate: string,
  name: string,
  bytes: number,
  collection = NAME,
): Promise<void> {
  await store.put(publishedKey({ area: 'live', ...collection, exportDate, name }), Buffer.alloc(bytes));
}

async function putManifest(store: ObjectStore, prefix = ''): Promise<void> {
  await store.put(`${prefix}${MANIFEST_NAME}`, Buffer.from('{}'));
}

async function newStore(t: ExecutionContext): Promise<ObjectStore> {
  return localStore(await newFolder(t));
}
