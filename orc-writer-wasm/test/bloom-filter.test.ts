import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { hasTrustedFilters } from '../src/bloom-filter.ts';
import { SchemaMismatchError } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import { createWriter } from '../src/writer.ts';
import { writeBatches } from './helpers/memory-file.ts';

test('filters have the bits of those that ORC C++ writes', async (t) => {
  const file = readFileSync(new URL('fixtures/bloom_filter.orc', import.meta.url));
  // Booleans have filters there; nobody needs them.
  await compareFilters(t, file, ['id', 'name', 'score', 'event_date', 'data', 'dec'], 0.01);
});

const examples = fileURLToPath(new URL('../../../shared/orc-examples/generated', import.meta.url));
if (existsSync(examples)) {
  test('the same with nulls, timestamps, dictionaries and row groups', async (t) => {
    const columns = ['i', 'l', 'd', 'str', 'dict', 'dec18', 'dt', 'ts'];
    await compareFilters(t, readFileSync(`${examples}/all_types_zlib.orc`), columns, 0.05);
  });
}

async function compareFilters(
  t: ExecutionContext,
  file: Uint8Array,
  columns: readonly string[],
  bloomFilterFpp: number,
): Promise<void> {
  await using theirs = await openReader(file);
  const batches = [];
  for await (const batch of theirs.batches()) batches.push(batch);
  await using ours = await openReader(
    await writeBatches(batches, {
      schema: theirs.schema,
      rowIndexStride: theirs.rowIndexStride,
      bloomFilterColumns: columns,
      bloomFilterFpp,
    }),
  );
  const [expected, actual] = [await theirs.bloomFilters(0), await ours.bloomFilters(0)];
  for (const name of columns) {
    const id = theirs.schema.children[theirs.schema.fieldNames.indexOf(name)]?.id ?? 0;
    t.true((expected[id]?.length ?? 0) > 0);
    t.deepEqual(actual[id]?.map(plain), expected[id]?.map(plain), name);
  }
}

function plain({ hashFunctions, bits }: { readonly hashFunctions: number; readonly bits: Uint8Array }) {
  return { hashFunctions, bits: Buffer.from(bits).toString('hex') };
}

test('filters of writers with another hash are not believed (ORC-1024)', (t) => {
  t.true(hasTrustedFilters({ writer: 0 }));
  t.true(hasTrustedFilters({ writer: 1, softwareVersion: '2.1.0' }));
  t.true(hasTrustedFilters({ writer: 1, softwareVersion: '1.7.1' }));
  for (const softwareVersion of [undefined, '1.6.0', '1.6.11', '1.7.0']) {
    t.false(hasTrustedFilters({ writer: 1, softwareVersion }));
  }
});

test('columns with columns inside have no filter', async (t) => {
  const options = { schema: 'struct<a:array<int>>', bloomFilterColumns: ['a'] };
  await t.throwsAsync(
    createWriter(() => {}, options),
    { instanceOf: SchemaMismatchError },
  );
});
