import test from 'ava';
import {
  sorted,
  versionOf,
  type ChangesRecipe,
  type Recipe,
  type SnapshotRecipe,
  type TypedRecipe,
} from '../../schemas/recipe.ts';

const day = { db: 'core', collection: 'toDo é+#🙂', exportDate: '2026-07-03', compression: 'ZLIB' } as const;
const changes: ChangesRecipe = {
  kind: 'changes',
  ...day,
  generationFloor: 0,
  parts: [
    { name: 'a', bytes: 1 },
    { name: 'b', bytes: 2 },
  ],
};
const snapshot: SnapshotRecipe = {
  kind: 'snapshot',
  ...day,
  order: 'newest',
  tombstones: 'keep',
  base: { exportDate: '2026-07-02', version: '0' },
  changes: '1',
};
const typed: TypedRecipe = {
  kind: 'typed',
  ...day,
  database: 'uc',
  table: 'todo',
  partitionKey: null,
  columns: 'a STRING',
  paths: { a: 'b.c' },
  isCaseSensitive: true,
  source: { kind: 'snapshot', version: '2' },
};

test('the version of a recipe never changes: what is published is found again by it', (t) => {
  t.is(versionOf(changes), '248568263b342374672f0aac');
  t.is(versionOf(snapshot), '58a5314bd10f82f67b0feff9');
  t.is(versionOf(typed), '673c576d7d6a0679f358e5dd');
});

test('it does not depend on the order of members, at any level', (t) => {
  for (const recipe of [changes, snapshot, typed]) {
    const other = reversed(recipe) as Recipe;
    t.notDeepEqual(Object.keys(other), Object.keys(recipe));
    t.is(versionOf(other), versionOf(recipe));
  }
});

const differs = test.macro((t, recipe: Recipe, others: Readonly<Record<string, readonly unknown[]>>) => {
  t.deepEqual(Object.keys(others).toSorted(), Object.keys(recipe).toSorted(), 'all members are tried');
  const recipes = Object.entries(others).flatMap(([name, values]) =>
    values.map((value): Recipe => ({ ...recipe, [name]: value })),
  );
  const versions = new Set([recipe, ...recipes].map(versionOf));
  t.is(versions.size, 1 + recipes.length);
  for (const version of versions) t.regex(version, /^[\da-f]{24}$/);
});
const otherDay = { db: ['other'], collection: ['toDo'], exportDate: ['2026-07-04'], compression: ['ZSTD'] };
test('of changes every member counts', differs, changes, {
  ...otherDay,
  kind: ['other'],
  generationFloor: [1, 1_783_000_000_123],
  parts: [
    [],
    changes.parts.slice(1),
    changes.parts.toReversed(),
    changes.parts.map(({ name }) => ({ name, bytes: 1 })),
    changes.parts.map(({ bytes }) => ({ name: 'a', bytes })),
  ],
});
test('of a snapshot every member counts', differs, snapshot, {
  ...otherDay,
  kind: ['other'],
  order: ['delete-wins'],
  tombstones: ['drop'],
  base: [null, { exportDate: '2026-07-01', version: '0' }, { exportDate: '2026-07-02', version: '1' }],
  changes: ['2'],
});
test('of a typed table every member counts', differs, typed, {
  ...otherDay,
  kind: ['other'],
  database: ['uc2'],
  table: ['todo2'],
  partitionKey: ['date_str'],
  columns: ['a  STRING', 'a INT'],
  paths: [{}, { a: 'b' }, { b: 'b.c' }],
  isCaseSensitive: [false],
  source: [
    { kind: 'changes', version: '2' },
    { kind: 'snapshot', version: '3' },
  ],
});

test('members are sorted by name, lists stay in order, values are as they were', (t) => {
  const value = { b: [{ d: 1, c: null }, 'x'], a: undefined, B: 1n, '10': true, '9': false };
  t.is(JSON.stringify(sorted({ ...value, B: 1 })), '{"9":false,"10":true,"B":1,"b":[{"c":null,"d":1},"x"]}');
  t.deepEqual(sorted(value), value);
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, reversed(member)] as const);
  return Object.fromEntries(members.toReversed());
}
