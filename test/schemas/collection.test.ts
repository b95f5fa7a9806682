import { readdir } from 'node:fs/promises';
import test from 'ava';
import { collectionsOf, nameKey, type Collection, type CollectionFile } from '../../schemas/collection.ts';
import { loadCollections } from '../../schemas/load-collections.ts';

const loaded = await loadCollections();

const defaults = {
  deleteRule: 'any-sign',
  transform: 'none',
  stripLineBreaks: false,
  idMismatch: 'count',
  compression: 'ZLIB',
  snapshot: 'newest',
  tombstones: 'keep',
  typedTables: [],
} as const;

test('a collection without a file is like all the others', (t) => {
  const name = { db: 'some db+#', collection: '🦉.x' };
  t.deepEqual(collectionsOf([])(name), { ...defaults, ...name });
});

test('only the name is taken from what is asked for', (t) => {
  const asked: Collection = {
    db: 'a',
    collection: 'b',
    ...defaults,
    compression: 'ZSTD',
    transform: 'audit',
  };
  t.deepEqual(collectionsOf([])(asked), { ...defaults, db: 'a', collection: 'b' });
});

test('a file says where its collection is not like the others, and only that one', (t) => {
  const file = { db: 'a', collection: 'b', idMismatch: 'quarantine', compression: 'ZSTD' } as const;
  const find = collectionsOf([file, { db: 'c', collection: 'd', stripLineBreaks: true }]);
  t.deepEqual(find({ db: 'a', collection: 'b' }), { ...defaults, ...file });
  t.deepEqual(find({ db: 'c', collection: 'd' }), {
    ...defaults,
    db: 'c',
    collection: 'd',
    stripLineBreaks: true,
  });
  for (const [db, collection] of [
    ['a', 'd'],
    ['c', 'b'],
    ['A', 'b'],
    ['a', 'b '],
    ['', 'a:b'],
    ['a_b', 'b'],
  ] as const) {
    t.deepEqual(find({ db, collection }), { ...defaults, db, collection });
  }
});

test('names that JavaScript has its own members for are unknown like any other', (t) => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    const find = collectionsOf([{ db: 'a', collection: 'b', transform: 'audit' }]);
    t.deepEqual(find({ db: name, collection: name }), { ...defaults, db: name, collection: name });
  }
});

test('a name is written with a colon', (t) => {
  t.is(nameKey({ db: 'agent-core', collection: 'encryptedData.x' }), 'agent-core:encryptedData.x');
});

const isKnown = test.macro({
  exec(t, db: string, collection: string, particulars: Partial<Collection>, ...tables: string[]) {
    const found = loaded({ db, collection });
    const expected: Collection = { ...defaults, db, collection, ...particulars };
    t.deepEqual({ ...found, typedTables: [] }, expected);
    t.deepEqual(
      found.typedTables.map(({ database, table }) => `${database}.${table}`),
      tables,
    );
  },
  title: (claim, db: string, collection: string) => `${db}:${collection} ${claim}`,
});
test(
  'is turned inside out, deleted by the document alone, and has no snapshots',
  isKnown,
  'data',
  'businessAudit',
  { transform: 'audit', deleteRule: 'document', snapshot: 'none' },
  'uc_dw_auditlog.auditlog_raw',
  'uc_dw_auditlog.auditlog_managed',
  'uc.auditlog_sec_v',
  'uc.auditlog_red_v',
);
test(
  'is deleted by the document alone, and whenever it was',
  isKnown,
  'calculator',
  'calculationParts',
  { deleteRule: 'document', snapshot: 'delete-wins' },
  'uc_lab_staging.src_calculator_parts',
  'uc_lab_staging.src_childcare_entitlement',
  'uc_lab_staging.src_calculator_calculationparts_housing_calculation',
);
test('has a typed table', isKnown, 'data', 'equality', {}, 'uc_equality.equality_managed');
test('has no line breaks', isKnown, 'penalties-and-deductions', 'sanction', { stripLineBreaks: true });
test('has no line breaks', isKnown, 'core', 'healthAndDisabilityDeclaration', { stripLineBreaks: true });
test('has no line breaks', isKnown, 'accepted-data', 'healthAndDisabilityCircumstances', {
  stripLineBreaks: true,
});
test('is like all the others', isKnown, 'core', 'contract', {});
test(
  'is like all the others: its folder is not its name',
  isKnown,
  'penalties_and_deductions',
  'sanction',
  {},
);

test('every file in collections/ is one collection, all of different names', async (t) => {
  const folder = new URL('../../schemas/collections/', import.meta.url);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
  const names = new Set<string>();
  for (const name of files) {
    const { default: file } = (await import(new URL(name, folder).href)) as { default: CollectionFile };
    names.add(nameKey(file));
    t.like(loaded(file), file, name);
  }
  t.is(names.size, files.length);
  t.true(files.length >= 5);
});
