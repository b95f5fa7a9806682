import test, { type ExecutionContext } from 'ava';
import { join } from 'node:path';
import type { Catalogue, Table } from '../../storage/catalogue.ts';
import {
  ensureCollectionTable,
  findCollectionTable,
  type TableContent,
} from '../../storage/collection-table.ts';
import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { newFolder } from '../helpers/queue-place.ts';

const toDo = { db: 'core', collection: 'toDo' };
/** It comes to the same name. */
const other = { db: 'Core', collection: 'TODO' };
const CONTENTS: readonly TableContent[] = ['changes', 'snapshots', 'snapshot'];

test('each content has a table of its own, made when there is none', async (t) => {
  const catalogue = await newCatalogue(t);
  for (const content of CONTENTS) t.is(await findCollectionTable(catalogue, toDo, content), undefined);
  const tables = new Map<TableContent, Table>();
  for (const content of CONTENTS) tables.set(content, await ensureCollectionTable(catalogue, toDo, content));
  for (const content of CONTENTS) {
    t.deepEqual(await findCollectionTable(catalogue, toDo, content), tables.get(content));
    t.deepEqual(tables.get(content)?.parameters, {
      'cdi.db': 'core',
      'cdi.collection': 'toDo',
      'cdi.content': content,
    });
  }
  const root = 'corporate_data_ingestion';
  t.like(tables.get('changes'), { name: 'core_todo_changes', location: `${root}/live/core/toDo/` });
  t.like(tables.get('snapshots'), { name: 'core_todo_snapshots', location: `${root}/exports/core/toDo/` });
  t.like(tables.get('snapshot'), { name: 'core_todo', partitionKeys: [] });
  for (const content of ['changes', 'snapshots'] as const) {
    t.deepEqual(tables.get(content)?.partitionKeys, [{ name: 'export_date', type: 'string' }]);
  }
  t.deepEqual(
    tables.get('snapshot')?.columns.map(({ name, type }) => `${name} ${type}`),
    [
      'id string',
      'id_part string',
      'db_type string',
      'last_modified timestamp',
      'val string',
      'fingerprint bigint',
      'source_object string',
      'source_line int',
      'generation bigint',
    ],
  );
});

test('a table that is there stays as it is', async (t) => {
  const catalogue = await newCatalogue(t);
  const made = await ensureCollectionTable(catalogue, toDo, 'snapshot', 'here/');
  t.is(made.location, 'here/');
  t.deepEqual(await ensureCollectionTable(catalogue, toDo, 'snapshot', 'there/'), made);
});

test('a collection whose name another one has takes the next, and each finds its own', async (t) => {
  const catalogue = await newCatalogue(t);
  const first = await ensureCollectionTable(catalogue, toDo, 'changes');
  t.is(await findCollectionTable(catalogue, other, 'changes'), undefined);
  const second = await ensureCollectionTable(catalogue, other, 'changes');
  t.regex(second.name, /^core_todo_[\da-f]{8}_changes$/);
  t.deepEqual(await ensureCollectionTable(catalogue, other, 'changes'), second);
  t.deepEqual(await findCollectionTable(catalogue, other, 'changes'), second);
  t.deepEqual(await findCollectionTable(catalogue, toDo, 'changes'), first);
});

test('the snapshot of one collection is not the changes of another of such a name', async (t) => {
  const catalogue = await newCatalogue(t);
  const changes = await ensureCollectionTable(catalogue, toDo, 'changes');
  const snapshot = await ensureCollectionTable(
    catalogue,
    { db: 'core', collection: 'toDo_changes' },
    'snapshot',
  );
  t.not(snapshot.name, changes.name);
  t.deepEqual(await findCollectionTable(catalogue, toDo, 'changes'), changes);
});

test('tables of others are left alone, and where they have all names it is told', async (t) => {
  const catalogue = await newCatalogue(t);
  await ensureCollectionTable(catalogue, toDo, 'changes');
  const [mine] = await catalogue.listTables('cdi');
  if (mine === undefined) return t.fail();
  const { version, ...definition } = mine;
  await catalogue.updateTable({ ...definition, parameters: {} }, version);
  const next = await ensureCollectionTable(catalogue, toDo, 'changes');
  t.not(next.name, mine.name);
  t.deepEqual((await catalogue.getTable('cdi', mine.name))?.parameters, {});

  const { version: nextVersion, ...nextDefinition } = next;
  await catalogue.updateTable({ ...nextDefinition, parameters: {} }, nextVersion);
  await t.throwsAsync(ensureCollectionTable(catalogue, toDo, 'changes'), {
    message: `other tables of the database cdi are called ${mine.name} and ${next.name}`,
  });
});

test('of two that make a table at once, both have it', async (t) => {
  const catalogue = await newCatalogue(t);
  const made = await Promise.all([1, 2].map(() => ensureCollectionTable(catalogue, toDo, 'changes')));
  t.deepEqual(made[0], made[1]);
  t.is((await catalogue.listTables('cdi')).length, 1);
});

async function newCatalogue(t: ExecutionContext): Promise<Catalogue> {
  const catalogue = sqliteCatalogue(join(await newFolder(t), 'catalogue.sqlite'));
  t.teardown(() => catalogue.close());
  return catalogue;
}
