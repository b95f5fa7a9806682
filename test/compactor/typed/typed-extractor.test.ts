import test from 'ava';
import { typedExtractor } from '../../../compactor/typed/typed-extractor.ts';
import { parseDdl } from '../../../schemas/typed/ddl.ts';
import { textVector } from '../../helpers/text-vector.ts';
import { typedRows } from '../../helpers/typed-rows.ts';

test('columns take their members by exact name, in any order, and what is not asked for is passed over', async (t) => {
  const columns = parseDdl('b INT, a STRING, B2 INT, `d.e` INT, `🦉"` INT, missing INT');
  const texts = [
    String.raw`{"B":9,"B2":3,"a":"x","b":1,"d.e":4,"other":{"b":7,"c":["]","\\\"}"]},"🦉\"":5}`,
    String.raw`{ "b" : 1 , "\u0061" : "x" ,"other":[{"b":[1,{}]},true,-1.5e+3],"d.e":null}`,
    '{"b":null,"a":null}',
    // It begins like `a`, and has its hash.
    '{"ab#":1}',
  ];
  const { rows, misfits, unusable } = await typedRows(columns, texts);
  t.deepEqual(rows, [
    [1, 'x', 3, 4, 5, null],
    [1, 'x', null, null, null, null],
    [null, null, null, null, null, null],
    [null, null, null, null, null, null],
  ]);
  t.deepEqual({ misfits, unusable }, { misfits: [0, 0, 0, 0, 0, 0], unusable: 0 });
});

test('without case, the exact name goes before the others, on every level', async (t) => {
  const columns = parseDdl('`Name` STRING, `ÜBER` INT, s STRUCT<inner: INT>');
  const texts = [
    '{"NAME":"1","Name":"2","name":"3"}',
    '{"NAME":"1","name":"3","über":5}',
    '{"S":{"INNER":1},"s":{"INNER":2,"inner":3}}',
    '{"S":{"INNER":1,"iNNER":2}}',
    '{"NAME":{},"Name":null,"ÜBER":1,"über":"x"}',
    '{"S":{"INNER":"x","inner":3}}',
    '{"S":{"INNER":"x"}}',
  ];
  const { rows, misfits } = await typedRows(columns, texts, { caseSensitive: false });
  t.deepEqual(rows, [
    ['2', null, null],
    ['1', 5, null],
    [null, null, { inner: 3 }],
    [null, null, { inner: 1 }],
    [null, 1, null],
    [null, null, { inner: 3 }],
    [null, null, { inner: null }],
  ]);
  t.deepEqual(misfits, [0, 0, 2]);
});

test('without case, letters outside ASCII are the same as what they are in lower case', async (t) => {
  // The sign for Kelvin is a K, and the capital of ß is not SS.
  const columns = parseDdl('`\u212aelvin` INT, `straße` INT, straSSe INT');
  const texts = ['{"KELVIN":1,"STRASSE":2}', '{"kelvin":1}', '{"\u212aELVIN":1,"STRAẞE":3}'];
  const { rows } = await typedRows(columns, texts, { caseSensitive: false });
  t.deepEqual(rows, [
    [1, null, 2],
    [1, null, null],
    [1, 3, null],
  ]);
});

test('a path says where the value is, and columns may share what is there', async (t) => {
  const columns = [
    { name: 'c', type: { kind: 'int' }, path: 'a.b.c' },
    { name: 'whole', type: { kind: 'string' }, path: '$.a.b' },
    { name: 'again', type: { kind: 'string' }, path: 'a.b.c' },
    { name: 'top', type: { kind: 'bigint' } },
  ] as const;
  const texts = [
    '{"a":{"b":{"c":1,"d":2},"c":7},"top":3}',
    '{"a":{"b":{"c":"x"}}}',
    '{"a":{"b":5}}',
    '{"a":[{"b":{"c":1}}]}',
    '{"a":null,"b":{"c":1},"c":2}',
  ];
  const { rows, misfits } = await typedRows(columns, texts);
  t.deepEqual(rows, [
    [1, '{"c":1,"d":2}', '1', 3n],
    [null, '{"c":"x"}', 'x', null],
    [null, '5', null, null],
    [null, null, null, null],
    [null, null, null, null],
  ]);
  t.deepEqual(misfits, [1, 0, 0, 0]);
});

test('without case, a path is as exact as its least exact name', async (t) => {
  const columns = [{ name: 'v', type: { kind: 'int' }, path: 'A.b' }] as const;
  const texts = ['{"A":{"b":1},"a":{"b":2}}', '{"a":{"B":3,"b":4}}'];
  const { rows } = await typedRows(columns, texts, { caseSensitive: false });
  t.deepEqual(rows, [[1], [3]]);
});

test('a path with an empty name in it is refused', (t) => {
  const column = { name: 'v', type: { kind: 'int' }, path: 'a..b' } as const;
  t.throws(() => typedExtractor([column]), { instanceOf: RangeError, message: /a\.\.b/ });
});

test('the texts may be numbered entries of a dictionary, and a null has nulls only', (t) => {
  const dictionary = textVector(['{"a":1}', '{"a":"x"}', '{"a":3}']);
  const extractor = typedExtractor(parseDdl('a INT'));
  const vals = { ids: Uint32Array.of(2, 0, 0, 1, 2), dictionary, present: Uint8Array.of(0b01101) };
  const { batch, misfits, unusable } = extractor.extract(vals, 5);
  const [column] = batch.columns;
  t.deepEqual(column?.present, Uint8Array.of(0b00101));
  t.true(column !== undefined && 'values' in column && column.values[0] === 3 && column.values[2] === 1);
  t.deepEqual({ misfits, unusable }, { misfits: [1], unusable: 0 });
});

test('an extractor gives the same whatever it has read before', async (t) => {
  const columns = parseDdl(
    'a ARRAY<STRUCT<b: STRING, c: ARRAY<DECIMAL(30,2)>>>, d MAP<STRING, BOOLEAN>, e STRING',
  );
  const extractor = typedExtractor(columns);
  const before = Array.from(
    { length: 3_000 },
    (_, i) => `{"a":[{"b":"${'x'.repeat(i % 90)}","c":[${i},"q"]}],"e":[${i}]}`,
  );
  const texts = [
    '{"a":[{"b":"y","c":[1.5]},{}],"d":{"k":true},"e":"z"}',
    '{"d":{"k":1}}',
    '{"a":[{"c":[null]}]}',
  ];
  const alone = await typedRows(columns, texts);
  const first = await typedRows(columns, before, {}, extractor);
  t.is(first.rows.length, 3_000);
  t.deepEqual(first.rows[2_999], [[{ b: 'x'.repeat(29), c: null }], null, '[2999]']);
  t.deepEqual(first.misfits, [3_000, 0, 0]);
  t.deepEqual(await typedRows(columns, texts, {}, extractor), alone);
  t.deepEqual(alone.rows[0], [
    [
      { b: 'y', c: ['1.50'] },
      { b: null, c: null },
    ],
    new Map([['k', true]]),
    'z',
  ]);
});
