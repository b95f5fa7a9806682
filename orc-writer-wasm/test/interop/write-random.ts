// Writes random files, each with its rows as JSON lines, for compare.py. Even seeds give flat tables of many rows,
// odd ones nested types.
// node write-random.ts FOLDER COUNT [SEED]

import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ColumnBatch } from '../../src/columns.ts';
import { parseSchema, type TypeDescription } from '../../src/schema.ts';
import { createWriter } from '../../src/writer.ts';
import { plainValue, randomType, rawValue, rawVector } from '../helpers/nested.ts';
import { random, type Random } from '../helpers/random.ts';
import { batchOf, randomTable, schemaOf, type Value } from '../helpers/table.ts';

interface Table {
  readonly schema: TypeDescription;
  batch(from: number, to: number): ColumnBatch;
  row(row: number): unknown[];
}

const [folder = '.', count = '20', firstSeed = '1'] = process.argv.slice(2);
for (let seed = Number(firstSeed); seed < Number(firstSeed) + Number(count); seed++) {
  const r = random(seed);
  const isFlat = seed % 2 === 0;
  const rows = r.pick(isFlat ? [0, 1, 700, 12_000, 35_000] : [1, 300, 3000]);
  const table = isFlat ? flatTable(r, rows) : nestedTable(r, rows);
  const file = await open(join(folder, `${seed}.orc`), 'w');
  const writer = await createWriter(file, {
    schema: table.schema,
    compression: r.pick(['NONE', 'ZLIB', 'ZSTD', 'SNAPPY', 'LZ4', 'LZO']),
    compressionBlockSize: r.pick([1024, 65_536, 262_144]),
    rowIndexStride: r.pick([0, 1000, 1024, 10_000]),
    stripeRowCount: r.pick([1111, 5000, 20_001, 1_000_000]),
    encodingStrategy: r.pick(['SPEED', 'COMPRESSION']),
    userMetadata: { seed: String(seed) },
  });
  for (let from = 0; from < rows;) {
    const to = Math.min(rows, from + 1 + r.below(15_000));
    await writer.addRowBatch(table.batch(from, to));
    from = to;
  }
  await writer.close();
  await file.close();
  const lines = Array.from({ length: rows }, (_, row) => JSON.stringify(table.row(row)));
  writeFileSync(join(folder, `${seed}.jsonl`), lines.join('\n'));
}

function flatTable(r: Random, rows: number): Table {
  const columns = randomTable(r, rows);
  return {
    schema: parseSchema(schemaOf(columns)),
    batch: (from, to) => batchOf(columns, from, to),
    row: (row) => columns.map(({ values }) => plain(values[row])),
  };
}

function nestedTable(r: Random, rows: number): Table {
  const schema = parseSchema(
    `struct<${Array.from({ length: 1 + r.below(4) }, (_, i) => `c${i}:${randomType(r, 3)}`).join(',')}>`,
  );
  const nulls = r.pick([0, 0.02, 0.5]);
  const columns = schema.children.map((type) => ({
    type,
    values: Array.from({ length: rows }, () => rawValue(r, type, nulls)),
  }));
  return {
    schema,
    batch: (from, to) => ({
      size: to - from,
      columns: columns.map(({ type, values }) => rawVector(type, values.slice(from, to))),
    }),
    row: (row) => columns.map(({ type, values }) => plainValue(type, values[row] ?? null)),
  };
}

function plain(value: Value | undefined): string | number | null {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'bigint' ? String(value) : (value ?? null);
}
