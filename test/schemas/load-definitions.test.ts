import test, { type ExecutionContext } from 'ava';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCollections } from '../../schemas/load-collections.ts';
import { DefinitionError, loadDefinitions } from '../../schemas/load-definitions.ts';
import type { TypedTable } from '../../schemas/typed-table.ts';
import { newFolder } from '../helpers/queue-place.ts';

const managed: TypedTable = { database: 'uc', table: 'managed', columns: { file: 'auditlog_managed.ddl' } };

test('columns that a table says itself are taken as they are', async (t) => {
  const tables = ['a STRING', 'b INT, c BIGINT'].map((columns) => ({
    database: 'd',
    table: columns,
    columns,
  }));
  t.deepEqual(await loadDefinitions(tables, undefined), ['a STRING', 'b INT, c BIGINT']);
  t.deepEqual(await loadDefinitions([], undefined), []);
});

test('a file is looked for in the folder that is given, then among our examples', async (t) => {
  const folder = await folderWith(t, { 'auditlog_managed.ddl': 'private STRING\n' });
  const inline = { database: 'uc', table: 'other', columns: 'a INT' };
  t.deepEqual(await loadDefinitions([inline, managed], folder), ['a INT', 'private STRING\n']);
  const [example] = await loadDefinitions([managed], undefined);
  t.true((example?.length ?? 0) > 20);
  t.deepEqual(await loadDefinitions([managed], await folderWith(t, { 'other.ddl': 'x INT' })), [example]);
});

const isRefused = test.macro(
  async (t, tables: readonly TypedTable[], files: Record<string, string>, message: RegExp) => {
    const folder = await folderWith(t, files);
    await t.throwsAsync(loadDefinitions(tables, folder), { instanceOf: DefinitionError, message });
  },
);
test(
  'a file that is in neither folder is named with both',
  isRefused,
  [{ ...managed, columns: { file: 'none.ddl' } }],
  {},
  /^there is no file none\.ddl in .*\+#🙂.* or .*schemas\/ddl\/$/,
);
test(
  'what is no data definition is told of with its table',
  isRefused,
  [managed],
  { 'auditlog_managed.ddl': 'a STRUCT<' },
  /^the columns of uc\.managed: /,
);
test(
  'a path for a column that is not there is told of with its table',
  isRefused,
  [{ ...managed, paths: { b: 'c.d' } }],
  { 'auditlog_managed.ddl': 'a STRING' },
  /^the columns of uc\.managed: there is no column b/,
);
const view: TypedTable = { database: 'uc', table: 'view', columns: 'a INT, c INT', viewOf: 'uc.managed' };
test(
  'a view with a column that its table has not is refused',
  isRefused,
  [managed, view],
  { 'auditlog_managed.ddl': 'a INT, b INT' },
  /^uc\.view has the column c, which uc\.managed has not$/,
);
test(
  'a view of a table that is not there is refused',
  isRefused,
  [view],
  {},
  /^uc\.view has the column a, which uc\.managed has not$/,
);

test('a view may leave columns out, and is compared by the names that the catalogue has', async (t) => {
  const folder = await folderWith(t, { 'auditlog_managed.ddl': 'A INT, b INT, C INT' });
  t.is((await loadDefinitions([view, managed], folder)).length, 2);
});

test('a folder that is not there is refused, as our examples would take the place of what should be in it', async (t) => {
  const folder = join(await newFolder(t), 'ddl');
  await t.throwsAsync(loadDefinitions([managed], folder), {
    instanceOf: DefinitionError,
    message: /no folder/,
  });
});

test('a file that cannot be read is not taken for one that is not there', async (t) => {
  const folder = await newFolder(t);
  await mkdir(join(folder, 'auditlog_managed.ddl'));
  await t.throwsAsync(loadDefinitions([managed], folder), { code: 'EISDIR' });
});

test('every collection has definitions that can be used', async (t) => {
  const find = await loadCollections();
  for (const [db, collection] of [
    ['data', 'businessAudit'],
    ['calculator', 'calculationParts'],
    ['data', 'equality'],
  ] as const) {
    const { typedTables } = find({ db, collection });
    const definitions = await loadDefinitions(typedTables, undefined);
    t.is(definitions.length, typedTables.length);
    t.true(typedTables.length > 0);
  }
});

async function folderWith(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await newFolder(t);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}
