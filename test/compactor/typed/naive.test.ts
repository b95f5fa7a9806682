import test from 'ava';
import { randomFrom } from '../../../schemas/sample/random.ts';
import { parseDdl } from '../../../schemas/typed/ddl.ts';
import { naiveRow } from '../../helpers/naive-typed.ts';
import { typedRows } from '../../helpers/typed-rows.ts';
import { randomCase } from '../../interop/typed-cases.ts';

test('random documents give what a slow reader gives that parses them first', async (t) => {
  for (let seed = 0; seed < 60; seed++) {
    const types = ['string', 'boolean', 'smallint', 'int', 'bigint', 'double'] as const;
    const { ddl, vals } = randomCase(randomFrom(`naive ${seed}`), 60, types);
    const columns = parseDdl(ddl);
    const { rows, misfits, unusable } = await typedRows(columns, vals);
    const expected = vals.map((val) => naiveRow(columns, val));
    const nulls = columns.map(() => null);
    t.deepEqual(
      rows,
      expected.map((row) => row?.values ?? nulls),
      ddl,
    );
    t.deepEqual(
      misfits,
      columns.map((_, i) => expected.filter((row) => row?.isMisfit[i]).length),
      ddl,
    );
    t.is(unusable, expected.filter((row) => row === undefined).length);
  }
});
