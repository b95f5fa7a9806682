import test from 'ava';
import { tableNames, type TableEnding } from '../../schemas/table-name.ts';

const prefers = test.macro({
  exec(t, [db, collection, ending]: [string, string, TableEnding], name: string) {
    t.is(tableNames({ db, collection }, ending)[0], name);
  },
  title: (_, [db, collection, ending]) => `the name of ${db}:${collection}${ending && ` with ${ending}`}`,
});

test(prefers, ['core', 'toDo', '_changes'], 'core_todo_changes');
test(prefers, ['core', 'toDo', ''], 'core_todo');
test(prefers, ['core', 'toDo', '_snapshots'], 'core_todo_snapshots');
test(prefers, ['agent-core', 'agent.To-Do', '_changes'], 'agent_core_agent_to_do_changes');
test(prefers, ['a b+#', '🙂é%2F/..', ''], 'a_b______2f___');
test(prefers, ['', '', '_changes'], '__changes');

test('collections that come to the same name differ in the next one, always the same', (t) => {
  const collections = [
    { db: 'core', collection: 'toDo' },
    { db: 'core', collection: 'todo' },
    { db: 'core_todo', collection: '' },
    { db: 'core', collection: 'to_do' },
  ];
  const unique = collections.map((collection) => tableNames(collection, '_changes')[1]);
  t.is(new Set(unique).size, collections.length);
  t.is(unique[0], 'core_todo_98a00e6a_changes');
});

test('names are of what catalogues take, and not too long for any', (t) => {
  for (const db of ['', 'core', '🙂'.repeat(40), 'x'.repeat(240)]) {
    for (const ending of ['_changes', '', '_snapshots'] as const) {
      const names = tableNames({ db, collection: 'y'.repeat(60) }, ending);
      t.true(names.every((name) => /^[a-z0-9_]{1,128}$/.test(name) && name.endsWith(ending)));
      t.is(names.length, db.startsWith('x') ? 1 : 2);
    }
  }
});

test('names that were cut stay different', (t) => {
  const long = 'x'.repeat(200);
  const names = ['a', 'b'].flatMap((end) => tableNames({ db: long, collection: long + end }, ''));
  t.is(names.length, 2);
  t.not(names[0], names[1]);
});
