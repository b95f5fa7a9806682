// All files that other writers made, where they are beside the checkout; a selection is in fixtures/.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { OrcError } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import { rowValues } from '../src/row-values.ts';
import { comparable } from './helpers/comparable.ts';
import { difference, printedRows } from './helpers/printed-rows.ts';
import { compareRowGroups } from './helpers/row-groups.ts';

const examples = fileURLToPath(new URL('../../../shared/orc-examples', import.meta.url));
const folders = existsSync(examples)
  ? ['apache', 'apache/corrupt', 'apache/encrypted', 'orc-rust', 'generated']
  : [];

/** These are refused: two use a layout that was never released, one a version of the future. */
const refused = new Map([
  ['decimal64_v2', 'unknown-version'],
  ['decimal64_v2_cplusplus', 'unknown-version'],
  ['version1999', 'unknown-version'],
]);

for (const folder of folders) {
  for (const file of readdirSync(`${examples}/${folder}`).filter((name) => name.endsWith('.orc'))) {
    const name = file.slice(0, -'.orc'.length);
    const path = `${examples}/${folder}/${file}`;
    const code = refused.get(name);
    if (folder === 'apache/corrupt' || code !== undefined) {
      test(`${folder}/${name} is a typed error`, async (t) => {
        const error = await t.throwsAsync(countRows(path), { instanceOf: OrcError });
        if (code !== undefined) t.is(error.code, code);
      });
      continue;
    }
    test(`${folder}/${name}: row groups read by position alone equal the sequential read`, async (t) => {
      await using reader = await openReader(path);
      const compared = await compareRowGroups(reader);
      t.log(compared === 0 ? 'no index' : `${compared} row groups`);
      t.pass();
    });
    test(`${folder}/${name}: small windows change nothing`, async (t) => {
      await using reader = await openReader(path);
      const small = reader.batches({ windowBytes: 5000 })[Symbol.asyncIterator]();
      for await (const batch of reader.batches()) {
        const { value } = await small.next();
        if (!isDeepStrictEqual(comparable(value), comparable(batch))) t.fail();
      }
      t.true((await small.next()).done);
    });
    const expected = `${examples}/${folder}/expected/${name.replace(/^(all_types)_.*/, '$1')}`;
    if (existsSync(`${expected}.jsn.gz`)) {
      test(`${folder}/${name} has the rows that ORC C++ prints`, async (t) => {
        const printed = printedRows(gunzipSync(readFileSync(`${expected}.jsn.gz`)).toString());
        await using reader = await openReader(path);
        let row = 0;
        for await (const actual of reader.rows()) {
          const found = difference(
            reader.schema.category === 'struct' ? actual : (actual['value'] ?? null),
            printed[row++],
          );
          if (found !== undefined) t.fail(`row ${row}: ${found}`);
        }
        t.is(row, printed.length);
      });
    } else if (existsSync(`${expected}.summary.json`)) {
      test(`${folder}/${name} has as many rows as ORC C++ prints, the first and the last alike`, async (t) => {
        const summary = JSON.parse(readFileSync(`${expected}.summary.json`, 'utf8'));
        await using reader = await openReader(path);
        const columns = reader.schema.children.map((type, i) => ({
          type,
          name: reader.schema.fieldNames[i] ?? '',
        }));
        let rows = 0;
        for await (const batch of reader.batches()) {
          const isFirst = rows === 0;
          rows += batch.size;
          if (isFirst) t.is(difference([...rowValues(batch, columns)][0] ?? null, summary.first), undefined);
          if (rows === summary.rows) {
            t.is(difference([...rowValues(batch, columns)].at(-1) ?? null, summary.last), undefined);
          }
        }
        t.is(rows, summary.rows);
      });
    } else {
      test(`${folder}/${name} can be read to its end`, async (t) => {
        await using reader = await openReader(path);
        t.is(await countRows(path), reader.numberOfRows);
      });
    }
  }
}

if (folders.length === 0) test('the examples are not beside the checkout', (t) => t.pass());

async function countRows(path: string): Promise<number> {
  await using reader = await openReader(path);
  let rows = 0;
  for await (const { size } of reader.batches()) rows += size;
  return rows;
}
