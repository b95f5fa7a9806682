import { readFileSync } from 'node:fs';
import test from 'ava';
import type { CompressionKind } from '../src/compression.ts';
import { OrcError } from '../src/errors.ts';
import { readFooter, writeFooter } from '../src/metadata.ts';
import { openReader } from '../src/reader.ts';
import { writeColumns } from './helpers/memory-file.ts';
import { random } from './helpers/random.ts';
import { randomTable } from './helpers/table.ts';

for (const compression of ['NONE', 'ZLIB', 'ZSTD', 'SNAPPY', 'LZ4', 'LZO'] as const) {
  test(`${compression}: a file cut short anywhere is a typed error`, async (t) => {
    const file = await sample(compression);
    for (let length = 0; length < file.length; length += 1 + Math.floor(file.length / 400)) {
      const outcome = await readEverything(file.subarray(0, length));
      if (length > 0) t.true(outcome instanceof OrcError, `${length} bytes: ${String(outcome)}`);
    }
  });

  test(`${compression}: a byte changed anywhere is read or a typed error, never a trap or a hang`, async (t) => {
    const file = await sample(compression);
    const r = random(3);
    for (let i = 0; i < 600; i++) {
      const damaged = Buffer.from(file);
      // Half of the changes hit the tail, where the lengths are.
      const at = i % 2 === 0 ? r.below(file.length) : file.length - 1 - r.below(Math.min(file.length, 500));
      damaged[at] = r.below(256);
      const outcome = await readEverything(damaged);
      t.true(outcome === undefined || outcome instanceof OrcError, `byte ${at}: ${String(outcome)}`);
    }
  });
}

const fixtures = [
  'TestOrcFile.test1',
  'alltypes.lzo',
  'nested_map_struct',
  'complextypes_iceberg',
  'orc_no_format',
];

for (const name of fixtures) {
  test(`${name}: the same for a file of another writer, with types inside types`, async (t) => {
    const file = readFileSync(new URL(`fixtures/${name}.orc`, import.meta.url));
    const r = random(5);
    for (let i = 0; i < 1500; i++) {
      const damaged = Buffer.from(file);
      const at = i % 2 === 0 ? r.below(file.length) : file.length - 1 - r.below(Math.min(file.length, 700));
      damaged[at] = r.below(256);
      const outcome = await readEverything(damaged);
      t.true(outcome === undefined || outcome instanceof OrcError, `byte ${at}: ${String(outcome)}`);
    }
  });
}

test('a list without a type of elements is a typed error', (t) => {
  const list = { category: 'array', id: 1, maximumId: 1, fieldNames: [], children: [] } as const;
  const schema = { category: 'struct', id: 0, maximumId: 1, fieldNames: ['l'], children: [list] } as const;
  const footer = writeFooter({
    headerLength: 3,
    contentLength: 3,
    stripes: [],
    schema,
    userMetadata: new Map(),
    numberOfRows: 0,
    statistics: [],
    rowIndexStride: 0,
    calendar: 'proleptic',
    isEncrypted: false,
  });
  t.throws(() => readFooter(footer), { instanceOf: OrcError, code: 'bad-footer' });
});

test('noise and text are not ORC files', async (t) => {
  for (const bytes of [Buffer.alloc(1), Buffer.alloc(5000, 0xff), Buffer.from('not an ORC file')]) {
    await t.throwsAsync(openReader(bytes), { instanceOf: OrcError });
  }
});

async function sample(compression: CompressionKind): Promise<Buffer> {
  const columns = [11, 12].flatMap((seed) => randomTable(random(seed), 400));
  const named = columns.map((column, i) => ({ ...column, name: `column ${i}`.replace(' ', '_') }));
  return writeColumns(named, {
    compression,
    rowIndexStride: 100,
    stripeRowCount: 250,
    compressionBlockSize: 1024,
    bloomFilterColumns: named.map(({ name }) => name),
    bloomFilterFpp: 0.5,
  });
}

async function readEverything(file: Uint8Array): Promise<unknown> {
  try {
    await using reader = await openReader(file);
    await reader.stripeStatistics();
    for (const [number, stripe] of reader.stripes.entries()) {
      await reader.rowIndex(number);
      await reader.bloomFilters(number);
      if (stripe.numberOfRows > 150) await reader.readRowGroup(number, 1);
    }
    const [column = ''] = reader.schema.fieldNames;
    const searchArgument = { not: { column, isNull: true } } as const;
    for await (const row of reader.rows({ searchArgument })) if (row === null) return row;
    for await (const row of reader.rows()) if (row === null) return row;
    return undefined;
  } catch (error) {
    return error;
  }
}
