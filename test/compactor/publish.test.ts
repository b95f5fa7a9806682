import test, { type ExecutionContext } from 'ava';
import { join } from 'node:path';
import { manifestOf } from '../../compactor/build.ts';
import {
  PublishedMeanwhileError,
  readCatalogue,
  type CatalogueView,
} from '../../compactor/catalogue-view.ts';
import { plan, stepsOf, type DayPlan } from '../../compactor/plan.ts';
import { publish } from '../../compactor/publish.ts';
import { collectionsOf } from '../../schemas/collection.ts';
import { dayPrefix } from '../../schemas/layout.ts';
import type { Catalogue, Partition, Table } from '../../storage/catalogue.ts';
import { ensureCollectionTable } from '../../storage/collection-table.ts';
import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { newFolder } from '../helpers/queue-place.ts';

const NAME = { db: 'core', collection: 'toDo' };
const [FIRST, SECOND] = ['2026-07-03', '2026-07-04'] as const;
const COLLECTION = collectionsOf([
  {
    ...NAME,
    typedTables: [
      { database: 'uc', table: 'todo', columns: '' },
      { database: 'uc', table: 'todo_daily', columns: '', partitionKey: 'date_str' },
    ],
  },
])(NAME);

test('a first publication has readers find every version, with its statistics', async (t) => {
  const catalogue = await newCatalogue(t);
  const day = dayOf({ [FIRST]: 'a' });
  await publishDay(catalogue, day);
  const { changes, snapshots, snapshot, typed } = await readCatalogue(catalogue, COLLECTION);
  t.deepEqual(changes.partitions.get(FIRST), shownAs(day.changes.prefix));
  t.deepEqual(snapshots.partitions.get(FIRST), shownAs(day.snapshot?.prefix));
  t.like(snapshot.table, { location: day.snapshot?.prefix, parameters: STATISTICS });

  t.deepEqual(typed.get('uc.todo')?.table, {
    database: 'uc',
    name: 'todo',
    columns: [
      { name: 'a', type: 'string' },
      { name: 'b', type: 'struct<c:int>' },
    ],
    partitionKeys: [],
    location: day.typed[0]?.prefix ?? '',
    format: 'orc',
    parameters: { ...IDENTITY, ...STATISTICS },
    version: '1',
  });
  t.like(typed.get('uc.todo_daily'), {
    table: {
      partitionKeys: [{ name: 'date_str', type: 'string' }],
      location: 'corporate_data_ingestion/tables/uc/todo_daily/',
      parameters: IDENTITY,
    },
  });
  t.deepEqual(typed.get('uc.todo_daily')?.partitions.get(FIRST), shownAs(day.typed[1]?.prefix));
});

test('publishing the same again changes nothing, not even the version of a table', async (t) => {
  const catalogue = await newCatalogue(t);
  const day = dayOf({ [FIRST]: 'a' });
  const view = await readCatalogue(catalogue, COLLECTION);
  await publishDay(catalogue, day, view);
  const before = await everything(catalogue);
  await publishDay(catalogue, day, view);
  await publishDay(catalogue, day);
  t.deepEqual(await everything(catalogue), before);
});

test('another version takes the place of the one before, in every table', async (t) => {
  const catalogue = await newCatalogue(t);
  await publishDay(catalogue, dayOf({ [FIRST]: 'a' }));
  const other = dayOf({ [FIRST]: 'ab' });
  await publishDay(catalogue, other, undefined, 7);
  const statistics = { ...STATISTICS, numRows: '7' };
  const { changes, snapshots, snapshot, typed } = await readCatalogue(catalogue, COLLECTION);
  t.deepEqual([...changes.partitions.values()], [shownAs(other.changes.prefix, statistics)]);
  t.deepEqual([...snapshots.partitions.values()], [shownAs(other.snapshot?.prefix, statistics)]);
  t.like(snapshot.table, { location: other.snapshot?.prefix, parameters: statistics });
  t.like(typed.get('uc.todo')?.table, { location: other.typed[0]?.prefix, parameters: statistics });
  t.deepEqual(
    [...(typed.get('uc.todo_daily')?.partitions.values() ?? [])],
    [shownAs(other.typed[1]?.prefix, statistics)],
  );
});

test('a version takes the place of the live parts', async (t) => {
  const catalogue = await newCatalogue(t);
  await registerLive(catalogue, FIRST);
  const day = dayOf({ [FIRST]: 'a' });
  await publishDay(catalogue, day);
  const { changes } = await readCatalogue(catalogue, COLLECTION);
  t.deepEqual([...changes.partitions.values()], [shownAs(day.changes.prefix)]);
});

test('the newest snapshot moves with the newest day alone', async (t) => {
  const catalogue = await newCatalogue(t);
  const locations = async () => {
    const { snapshot, snapshots, typed } = await readCatalogue(catalogue, COLLECTION);
    return {
      days: [...snapshots.partitions.keys()].toSorted(),
      newest: snapshot.table?.location,
      typed: typed.get('uc.todo')?.table?.location,
    };
  };
  const first = dayOf({ [FIRST]: 'a' });
  await publishDay(catalogue, first);
  t.deepEqual(await locations(), {
    days: [FIRST],
    newest: first.snapshot?.prefix,
    typed: first.typed[0]?.prefix,
  });

  const second = dayOf({ [FIRST]: 'a', [SECOND]: 'b' });
  await publishDay(catalogue, second);
  const shown = {
    days: [FIRST, SECOND],
    newest: second.snapshot?.prefix,
    typed: second.typed[0]?.prefix,
  };
  t.deepEqual(await locations(), shown);

  await publishDay(catalogue, dayOf({ [FIRST]: 'ab', [SECOND]: 'b' }, FIRST));
  t.deepEqual(await locations(), shown);
});

test('two days of one run follow one another in the table of the newest', async (t) => {
  const catalogue = await newCatalogue(t);
  const parts = { [FIRST]: 'a', [SECOND]: 'b' };
  const view = await publishDay(catalogue, dayOf(parts, FIRST));
  await publishDay(catalogue, dayOf(parts, SECOND), view);
  const { snapshot } = await readCatalogue(catalogue, COLLECTION);
  t.is(snapshot.table?.location, dayOf(parts, SECOND).snapshot?.prefix);
});

test('a collection without snapshots has no tables of them', async (t) => {
  const catalogue = await newCatalogue(t);
  const [day] = plan(factsOf({ [FIRST]: 'a' }, { ...COLLECTION, snapshot: 'none' }));
  if (day === undefined) return t.fail();
  await publishDay(catalogue, day);
  t.deepEqual(
    (await catalogue.listTables('cdi')).map(({ name }) => name),
    ['core_todo_changes'],
  );
});

test('a typed table gets the columns that its definition has now, and loses nothing else', async (t) => {
  const catalogue = await newCatalogue(t);
  await publishDay(catalogue, dayOf({ [FIRST]: 'a' }));
  for (const { version, ...table } of await catalogue.listTables('uc')) {
    await catalogue.updateTable({ ...table, parameters: { ...table.parameters, owner: 'é' } }, version);
  }
  const day = dayOf({ [FIRST]: 'a', [SECOND]: 'b' }, SECOND, 'a STRING, d BIGINT');
  await publishDay(catalogue, day);
  const { typed } = await readCatalogue(catalogue, COLLECTION);
  for (const { table } of typed.values()) {
    t.like(table, {
      columns: [
        { name: 'a', type: 'string' },
        { name: 'd', type: 'bigint' },
      ],
      parameters: { owner: 'é', ...IDENTITY },
    });
  }
  t.like(typed.get('uc.todo')?.table, { location: day.typed[0]?.prefix });
  t.deepEqual([...(typed.get('uc.todo_daily')?.partitions.keys() ?? [])].toSorted(), [FIRST, SECOND]);
});

test('what others say of the tables of a collection stays', async (t) => {
  const catalogue = await newCatalogue(t);
  await publishDay(catalogue, dayOf({ [FIRST]: 'a' }));
  for (const { version, ...table } of await catalogue.listTables('cdi')) {
    await catalogue.updateTable({ ...table, parameters: { ...table.parameters, owner: 'é' } }, version);
  }
  await publishDay(catalogue, dayOf({ [FIRST]: 'ab' }));
  for (const { parameters } of await catalogue.listTables('cdi')) t.is(parameters['owner'], 'é');
});

const isRefused = test.macro(
  async (
    t,
    table: string,
    before: (catalogue: Catalogue) => Promise<unknown>,
    meanwhile: (catalogue: Catalogue) => Promise<unknown>,
  ) => {
    const catalogue = await newCatalogue(t);
    await before(catalogue);
    const view = await readCatalogue(catalogue, COLLECTION);
    await meanwhile(catalogue);
    const theirs = await everything(catalogue);
    await t.throwsAsync(publishDay(catalogue, dayOf({ [FIRST]: 'ab' }), view), {
      instanceOf: PublishedMeanwhileError,
      message: `${table} was published by another run meanwhile`,
    });
    const isOfTable = ([name]: readonly [string, unknown]): boolean => table.endsWith(name);
    t.deepEqual((await everything(catalogue)).filter(isOfTable), theirs.filter(isOfTable));
  },
);
const nothing = async (): Promise<void> => {};
const publishes =
  (parts: string) =>
  (catalogue: Catalogue): Promise<unknown> =>
    publishDay(catalogue, dayOf({ [FIRST]: parts }));
const isOf = (table: string) => `${FIRST} of ${table}`;

test(
  'a day that another run published first stays as that has it',
  isRefused,
  isOf('cdi.core_todo_changes'),
  nothing,
  publishes('a'),
);
test(
  'a day that another run published anew stays as that has it',
  isRefused,
  isOf('cdi.core_todo_changes'),
  publishes('a'),
  publishes('abc'),
);
test(
  'a day that came to the catalogue meanwhile is looked at again',
  isRefused,
  isOf('cdi.core_todo_changes'),
  nothing,
  (catalogue) => registerLive(catalogue, FIRST),
);
test(
  'the newest snapshot that another run moved stays there',
  isRefused,
  'cdi.core_todo',
  publishes('a'),
  (catalogue) => publishDay(catalogue, dayOf({ [FIRST]: 'a', [SECOND]: 'b' }, SECOND)),
);
test(
  'the newest snapshot that another run was the first to show stays there',
  isRefused,
  'cdi.core_todo',
  nothing,
  (catalogue) => ensureCollectionTable(catalogue, COLLECTION, 'snapshot', 'elsewhere/'),
);
test(
  'a typed table that another run was the first to show stays there',
  isRefused,
  'uc.todo',
  nothing,
  async (catalogue) => {
    await catalogue.createDatabase('uc');
    await catalogue.createTable({
      database: 'uc',
      name: 'todo',
      columns: [],
      partitionKeys: [],
      location: 'elsewhere/',
      format: 'orc',
      parameters: {},
    });
  },
);

const IDENTITY = {
  'cdi.db': 'core',
  'cdi.collection': 'toDo',
  'cdi.content': 'typed',
  'orc.compress': 'ZLIB',
};
const STATISTICS = {
  numRows: '5',
  totalSize: '20',
  rawDataSize: '200',
  numFiles: '2',
  'orc.compress': 'ZLIB',
};

function shownAs(location = '', parameters: Partition['parameters'] = STATISTICS): Partition {
  const exportDate = /(\d{4}-\d\d-\d\d)\/version/.exec(location)?.[1] ?? '';
  return { values: [exportDate], location, parameters };
}

/** What there is to do for the last, or this, of the days; each letter is a live part. */
function dayOf(
  parts: Readonly<Record<string, string>>,
  exportDate = Object.keys(parts).at(-1),
  columns?: string,
): DayPlan {
  const day = plan(factsOf(parts, COLLECTION, columns)).find((each) => each.exportDate === exportDate);
  if (day === undefined) throw new Error(`no plan for ${exportDate}`);
  return day;
}

function factsOf(
  parts: Readonly<Record<string, string>>,
  collection: typeof COLLECTION,
  columns = 'a STRING, b STRUCT<c: INT>',
): Parameters<typeof plan>[0] {
  return {
    collection,
    definitions: [columns, columns],
    days: Object.entries(parts).map(([exportDate, names]) => ({
      exportDate,
      parts: names.split('').map((name) => ({ name, bytes: 1 })),
      generationFloor: 0,
      published: new Set(),
      certificate: undefined,
    })),
  };
}

/** As a run does that has begun now, or when it read the catalogue. */
async function publishDay(
  catalogue: Catalogue,
  day: DayPlan,
  view?: CatalogueView,
  rows = 5,
): Promise<CatalogueView> {
  const counts = { rowsIn: 0, duplicates: 0, superseded: 0, rowsOut: 0, checksumIn: '', checksumOut: '' };
  const files = [rows - 1, 1].map((each) => ({ name: '', rows: each, bytes: 10, rawBytes: 100, sha256: '' }));
  const manifests = new Map(stepsOf(day).map((step) => [step.prefix, manifestOf(step, { counts, files })]));
  const read = view ?? (await readCatalogue(catalogue, COLLECTION));
  return publish(catalogue, COLLECTION, read, day, manifests);
}

/** As the consumer does with the first part of a day. */
async function registerLive(catalogue: Catalogue, exportDate: string): Promise<void> {
  const { database, name } = await ensureCollectionTable(catalogue, COLLECTION, 'changes');
  const location = dayPrefix('live', { ...NAME, exportDate });
  await catalogue.addPartitions(database, name, [{ values: [exportDate], location, parameters: {} }]);
}

/** Every table by its name, and its partitions. */
async function everything(
  catalogue: Catalogue,
): Promise<(readonly [string, { readonly table: Table; readonly partitions: readonly Partition[] }])[]> {
  const tables: Table[] = [];
  for (const database of await catalogue.listDatabases()) {
    tables.push(...(await catalogue.listTables(database)));
  }
  return Promise.all(
    tables.map(async (table) => {
      const partitions = await catalogue.listPartitions(table.database, table.name);
      return [`${table.database}.${table.name}`, { table, partitions }] as const;
    }),
  );
}

async function newCatalogue(t: ExecutionContext): Promise<Catalogue> {
  const catalogue = sqliteCatalogue(join(await newFolder(t), 'catalogue.sqlite'));
  t.teardown(() => catalogue.close());
  return catalogue;
}
