import test from 'ava';
import { SchemaMismatchError } from '../src/errors.ts';
import { project } from '../src/projection.ts';
import { openReader } from '../src/reader.ts';
import { formatSchema, parseSchema } from '../src/schema.ts';
import { writeBatches } from './helpers/memory-file.ts';
import { rawVector } from './helpers/nested.ts';

const schema = parseSchema(
  'struct<a:int,b:struct<c:string,d:array<struct<e:int,f:int>>>,m:map<string,struct<x:int,y:int>>,`b.c`:int,u:uniontype<int,string>>',
);

const keeps = test.macro({
  title: (_, paths: readonly string[]) => ['only', ...paths].join(' '),
  exec(t, paths: readonly string[], expected: string) {
    t.is(formatSchema(project(schema, paths)), expected);
  },
});

test(keeps, ['a'], 'struct<a:int>');
test(keeps, ['b.c'], 'struct<b:struct<c:string>>');
test(keeps, ['b.d._elem.f', 'a'], 'struct<a:int,b:struct<d:array<struct<f:int>>>>');
test(keeps, ['m._value.y'], 'struct<m:map<string,struct<y:int>>>');
test(keeps, ['u.1'], 'struct<u:uniontype<int,string>>');
test(keeps, [], 'struct<>');

test('a path that leads nowhere is an error', (t) => {
  for (const path of ['z', 'b.z', 'a.b', 'b.d.e', 'u.2', '']) {
    t.throws(() => project(schema, [path]), { instanceOf: SchemaMismatchError }, path);
  }
});

test('fields inside are read without their neighbours', async (t) => {
  const rows = [
    [
      1,
      [
        'x',
        [
          [2, 3],
          [4, 5],
        ],
      ],
      [['k', [6, 7]]],
      8,
      { tag: 1, value: 'v' },
    ],
    [1, null, null, 8, { tag: 0, value: 9 }],
  ];
  const columns = schema.children.map((type, i) =>
    rawVector(
      type,
      rows.map((row) => row[i] ?? null),
    ),
  );
  await using reader = await openReader(await writeBatches([{ size: 2, columns }], { schema }));
  const read = [];
  for await (const row of reader.rows<object>({ include: ['b.d._elem.f', 'm._value.x'] })) read.push(row);
  t.deepEqual(read, [
    { b: { d: [{ f: 3 }, { f: 5 }] }, m: new Map([['k', { x: 6 }]]) },
    { b: null, m: null },
  ]);
});
