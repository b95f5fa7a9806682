import test from 'ava';
import { parseSchema } from 'orc-writer-wasm';
import { searchArgument } from '../../cli/where.ts';
import { PART_SCHEMA } from '../../schemas/part.ts';

const part = parseSchema(PART_SCHEMA);
const typed = parseSchema('struct<a:decimal(12,2),b:date,c:boolean,d:double,e:array<int>,id:string>');

test('an id is looked up in the order of the rows, by its part and itself', (t) => {
  t.deepEqual(searchArgument({ column: 'id', value: '{"id":"ab12"}' }, part), {
    and: [
      { column: 'id', equals: '{"id":"ab12"}' },
      { column: 'id_part', in: ['ab', 'c4'] },
    ],
  });
  t.deepEqual(searchArgument({ column: 'id', value: 'x' }, typed), { column: 'id', equals: 'x' });
});

test('a value is compared as what its column has', (t) => {
  const literal = (schema: typeof part, column: string, value: string) => {
    const argument = searchArgument({ column, value }, schema);
    return argument !== undefined && 'equals' in argument ? argument.equals : argument;
  };
  t.is(literal(part, 'db_type', 'DELETE'), 'DELETE');
  t.is(literal(part, 'source_line', '7'), 7n);
  t.is(literal(part, 'fingerprint', '-9223372036854775808'), -9_223_372_036_854_775_808n);
  t.is(literal(part, 'last_modified', '2026-01-31 23:59:59.5'), '2026-01-31 23:59:59.5');
  t.is(literal(typed, 'a', '-1.50'), '-1.50');
  t.is(literal(typed, 'b', '2026-01-31'), '2026-01-31');
  t.is(literal(typed, 'c', 'true'), true);
  t.is(literal(typed, 'd', '1e3'), 1_000);
});

test('what cannot be compared, and what null looks like, is looked for in all rows', (t) => {
  const pairs = [
    ['source_line', 'x'],
    ['fingerprint', ''],
    ['last_modified', 'never'],
    ['val', 'null'],
    ['export_date', '2026-01-31'],
  ];
  for (const [column = '', value = ''] of pairs)
    t.is(searchArgument({ column, value }, part), undefined, column);
  for (const column of ['a', 'b', 'c', 'd', 'e'])
    t.is(searchArgument({ column, value: '' }, typed), undefined, column);
});
