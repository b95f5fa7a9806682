import test from 'ava';
import { textTable } from '../../cli/text-table.ts';

test('numbers are on the right, also with cells among them that have none', (t) => {
  const rows = [
    ['a', 12_345, null, null],
    ['bcd', null, '0.02', null],
  ];
  t.is(
    textTable(['name', 'rows', 'MB', 'since'], rows),
    ['name    rows    MB  since', 'a     12,345     -  -', 'bcd        -  0.02  -', ''].join('\n'),
  );
});
