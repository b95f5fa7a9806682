import test from 'ava';
import { parseSchema } from 'orc-writer-wasm';
import { parseDdl } from '../../../schemas/typed/ddl.ts';
import { hiveColumns, orcSchema } from '../../../schemas/typed/table-types.ts';

test('the names in files and in the catalogue are lower-case, on every level', (t) => {
  const columns = parseDdl('camelCase STRUCT<Inner: ARRAY<STRUCT<`Ünï`: INT>>>');
  t.deepEqual(hiveColumns(columns), [{ name: 'camelcase', type: 'struct<inner:array<struct<ünï:int>>>' }]);
  t.is(orcSchema(columns), 'struct<`camelcase`:struct<`inner`:array<struct<`ünï`:int>>>>');
});

test('both kinds of timestamp are a timestamp in files and in the catalogue', (t) => {
  const columns = parseDdl('a TIMESTAMP, b TIMESTAMP_NTZ');
  t.is(orcSchema(columns), 'struct<`a`:timestamp,`b`:timestamp>');
  t.deepEqual(
    hiveColumns(columns).map(({ type }) => type),
    ['timestamp', 'timestamp'],
  );
});

test('ORC reads back every name, with whatever is in it', (t) => {
  const type = parseSchema(
    orcSchema(parseDdl('`a``b` INT, `c:d,<e>` MAP<STRING, DECIMAL(12,2)>, `🦉 f.g` BINARY')),
  );
  t.deepEqual(type.fieldNames, ['a`b', 'c:d,<e>', '🦉 f.g']);
});

test('a nested name that Hive would take for punctuation is refused', (t) => {
  t.throws(() => hiveColumns(parseDdl('a STRUCT<`b:c`: INT>')), { instanceOf: RangeError, message: /b:c/ });
  t.notThrows(() => hiveColumns(parseDdl('`b:c` INT')));
});
