import type { ExecutionContext, TestFn } from 'ava';
import { CatalogueEntryMissingError } from '../../storage/catalogue.ts';
import type { Catalogue, Partition, TableDefinition } from '../../storage/catalogue.ts';

/** Declares what every catalogue must do. `open` gives a test an empty catalogue of its own. */
export function testCatalogue(test: TestFn, open: (t: ExecutionContext) => Promise<Catalogue>): void {
  test('absence is a value', async (t) => {
    const catalogue = await open(t);
    t.deepEqual(await catalogue.listDatabases(), []);
    t.deepEqual(await catalogue.listTables('cdi'), []);
    t.deepEqual(await catalogue.listPartitions('cdi', 'core_contract_changes'), []);
    t.is(await catalogue.getTable('cdi', 'core_contract_changes'), undefined);
    t.deepEqual(await catalogue.updateTable(TABLE, '1'), { kind: 'missing' });
  });

  test('an entry needs what it belongs to', async (t) => {
    const catalogue = await open(t);
    const missing = { instanceOf: CatalogueEntryMissingError };
    await t.throwsAsync(catalogue.createTable(TABLE), missing);
    await catalogue.createDatabase('cdi');
    await t.throwsAsync(catalogue.addPartitions('cdi', TABLE.name, [PARTITION]), missing);
    await t.throwsAsync(catalogue.updatePartitions('cdi', TABLE.name, [PARTITION]), missing);
    await t.throwsAsync(catalogue.swapPartition('cdi', TABLE.name, PARTITION, undefined), missing);
  });

  test('a database is created once', async (t) => {
    const catalogue = await open(t);
    for (const name of ['uc', 'cdi', 'cdi']) await catalogue.createDatabase(name);
    t.deepEqual((await catalogue.listDatabases()).toSorted(), ['cdi', 'uc']);
  });

  test('R-GLUE: a table that is there is compared, and a different one is told of and kept', async (t) => {
    const catalogue = await openWithTable(t, open);
    const table = await catalogue.getTable('cdi', TABLE.name);
    const { version = '', ...definition } = table ?? {};
    t.deepEqual(definition, TABLE);

    const sameInAnotherOrder = { ...TABLE, parameters: { 'orc.compress': 'ZLIB', 'cdi.version': 'a b+#🙂' } };
    t.deepEqual(await catalogue.createTable(sameInAnotherOrder), { kind: 'unchanged', version });
    for (const different of [
      { ...TABLE, location: 'elsewhere/' },
      { ...TABLE, columns: TABLE.columns.toReversed() },
      { ...TABLE, parameters: {} },
      { ...TABLE, format: 'json-lines' as const },
    ]) {
      t.deepEqual(await catalogue.createTable(different), { kind: 'different', table });
    }
    t.deepEqual(await catalogue.getTable('cdi', TABLE.name), table);
  });

  test('R-CAS: a table is updated only by who read its current version', async (t) => {
    const catalogue = await openWithTable(t, open);
    const before = (await catalogue.getTable('cdi', TABLE.name))?.version ?? '';
    const moved = { ...TABLE, location: 'exports/core/contract/version=2/' };
    const updated = await catalogue.updateTable(moved, before);
    t.is(updated.kind, 'updated');
    const now = await catalogue.getTable('cdi', TABLE.name);
    t.deepEqual(now, { ...moved, version: updated.kind === 'updated' ? updated.version : '' });
    t.not(now?.version, before);
    t.deepEqual(await catalogue.updateTable(TABLE, before), { kind: 'conflict', table: now });
    t.deepEqual(await catalogue.getTable('cdi', TABLE.name), now);

    const race = [1, 2, 3].map((winner) => ({ ...TABLE, location: `exports/${winner}/` }));
    const results = await Promise.all(race.map((table) => catalogue.updateTable(table, now?.version ?? '')));
    t.is(results.filter(({ kind }) => kind === 'updated').length, 1);
  });

  test('tables are listed by database', async (t) => {
    const catalogue = await openWithTable(t, open);
    await catalogue.createDatabase('uc');
    await catalogue.createTable({ ...TABLE, name: 'another' });
    await catalogue.createTable({ ...TABLE, database: 'uc' });
    t.deepEqual((await catalogue.listTables('cdi')).map(({ name }) => name).toSorted(), [
      'another',
      TABLE.name,
    ]);
    t.deepEqual(
      (await catalogue.listTables('uc')).map(({ database }) => database),
      ['uc'],
    );
  });

  test('R-BATCHAPI: partitions are added one by one: new, the same, or different and kept', async (t) => {
    const catalogue = await openWithTable(t, open);
    t.deepEqual(await catalogue.addPartitions('cdi', TABLE.name, []), []);
    t.deepEqual(await catalogue.addPartitions('cdi', TABLE.name, [PARTITION]), [{ kind: 'created' }]);
    const moved = { ...PARTITION, location: 'elsewhere/' };
    const other = { ...PARTITION, values: ['a "b", [+#] 🙂'] };
    t.deepEqual(await catalogue.addPartitions('cdi', TABLE.name, [PARTITION, other, moved]), [
      { kind: 'unchanged' },
      { kind: 'created' },
      { kind: 'different', partition: PARTITION },
    ]);
    t.deepEqual(await partitionsOf(catalogue), [PARTITION, other]);
  });

  test('partitions are updated one by one, and a missing one is not made', async (t) => {
    const catalogue = await openWithTable(t, open);
    await catalogue.addPartitions('cdi', TABLE.name, [PARTITION]);
    const moved = { ...PARTITION, location: 'changes/core/contract/export_date=2026-11-18/version=2/' };
    const missing = { ...PARTITION, values: ['2026-11-19'] };
    t.deepEqual(await catalogue.updatePartitions('cdi', TABLE.name, [missing, moved]), [
      { kind: 'missing' },
      { kind: 'updated' },
    ]);
    t.deepEqual(await partitionsOf(catalogue), [moved]);
  });

  test('R-CAS: a partition is swapped only by who read it as it is', async (t) => {
    const catalogue = await openWithTable(t, open);
    const { name } = TABLE;
    const second = { ...PARTITION, location: 'changes/core/contract/export_date=2026-11-18/version=2/' };
    const counted = { ...second, parameters: { 'numRows +#🙂': '12' } };
    const other = { ...PARTITION, values: ['2026-11-19'] };

    t.deepEqual(await catalogue.swapPartition('cdi', name, second, PARTITION), {
      kind: 'conflict',
      partition: undefined,
    });
    t.deepEqual(await catalogue.swapPartition('cdi', name, PARTITION, undefined), { kind: 'swapped' });
    t.deepEqual(await catalogue.swapPartition('cdi', name, other, undefined), { kind: 'swapped' });
    t.deepEqual(await catalogue.swapPartition('cdi', name, second, PARTITION), { kind: 'swapped' });
    t.deepEqual(await catalogue.swapPartition('cdi', name, counted, second), { kind: 'swapped' });
    for (const stale of [undefined, PARTITION, second, { ...counted, location: PARTITION.location }]) {
      t.deepEqual(await catalogue.swapPartition('cdi', name, PARTITION, stale), {
        kind: 'conflict',
        partition: counted,
      });
      t.deepEqual(await catalogue.swapPartition('cdi', name, counted, stale), { kind: 'unchanged' });
    }
    t.deepEqual(await partitionsOf(catalogue), [counted, other]);
  });

  test('a partition that does not fit the table, or a batch with it, changes nothing', async (t) => {
    const catalogue = await openWithTable(t, open);
    for (const values of [[], ['2026-11-18', 'x']]) {
      const batch = [PARTITION, { ...PARTITION, values }];
      await t.throwsAsync(catalogue.addPartitions('cdi', TABLE.name, batch), { instanceOf: RangeError });
      const swap = catalogue.swapPartition('cdi', TABLE.name, { ...PARTITION, values }, undefined);
      await t.throwsAsync(swap, { instanceOf: RangeError });
    }
    t.deepEqual(await partitionsOf(catalogue), []);
  });

  test('more partitions than one call to Glue takes', async (t) => {
    const catalogue = await openWithTable(t, open);
    const many = Array.from({ length: 250 }, (_, index) => ({
      ...PARTITION,
      values: [String(1000 + index)],
    }));
    const results = await catalogue.addPartitions('cdi', TABLE.name, many);
    t.deepEqual(new Set(results.map(({ kind }) => kind)), new Set(['created']));
    t.deepEqual(await partitionsOf(catalogue), many);
  });

  for (const name of ['', 'Upper', 'with-hyphen', 'dot.dot', 'ümlaut', 'x'.repeat(256)]) {
    test(`the name ${JSON.stringify(name).slice(0, 20)} is refused`, async (t) => {
      const catalogue = await openWithTable(t, open);
      await t.throwsAsync(catalogue.createDatabase(name), { instanceOf: RangeError });
      await t.throwsAsync(catalogue.createTable({ ...TABLE, name }), { instanceOf: RangeError });
      await t.throwsAsync(catalogue.getTable(name, TABLE.name), { instanceOf: RangeError });
      await t.throwsAsync(catalogue.listPartitions('cdi', name), { instanceOf: RangeError });
    });
  }
}

export const TABLE: TableDefinition = {
  database: 'cdi',
  name: 'core_contract_changes',
  columns: [
    { name: 'id', type: 'string' },
    { name: 'last_modified', type: 'timestamp' },
    { name: '1st', type: 'struct<a:int,b:array<string>>' },
  ],
  partitionKeys: [{ name: 'export_date', type: 'string' }],
  location: 'changes/core/contract/',
  format: 'orc',
  parameters: { 'cdi.version': 'a b+#🙂', 'orc.compress': 'ZLIB' },
};

export const PARTITION: Partition = {
  values: ['2026-11-18'],
  location: 'changes/core/contract/export_date=2026-11-18/version=1/',
  parameters: { rows: '12' },
};

async function openWithTable(
  t: ExecutionContext,
  open: (t: ExecutionContext) => Promise<Catalogue>,
): Promise<Catalogue> {
  const catalogue = await open(t);
  await catalogue.createDatabase('cdi');
  t.is((await catalogue.createTable(TABLE)).kind, 'created');
  return catalogue;
}

async function partitionsOf(catalogue: Catalogue): Promise<Partition[]> {
  const partitions = await catalogue.listPartitions('cdi', TABLE.name);
  return partitions.toSorted((one, other) => (String(one.values) < String(other.values) ? -1 : 1));
}
