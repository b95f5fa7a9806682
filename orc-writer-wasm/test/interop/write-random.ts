// Writes random files, each with its rows as JSON lines, for compare.py.
// node write-random.ts FOLDER COUNT [SEED]

import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createWriter } from '../../src/writer.ts';
import { random } from '../helpers/random.ts';
import { batchOf, randomTable, schemaOf, type Value } from '../helpers/table.ts';

const [folder = '.', count = '20', firstSeed = '1'] = process.argv.slice(2);
for (let seed = Number(firstSeed); seed < Number(firstSeed) + Number(count); seed++) {
  const r = random(seed);
  const rows = r.pick([0, 1, 700, 12_000, 35_000]);
  const columns = randomTable(r, rows);
  const file = await open(join(folder, `${seed}.orc`), 'w');
  const writer = await createWriter(file, {
    schema: schemaOf(columns),
    compression: r.pick(['NONE', 'ZLIB', 'ZSTD']),
    compressionBlockSize: r.pick([1024, 65_536, 262_144]),
    rowIndexStride: r.pick([0, 1000, 1024, 10_000]),
    stripeRowCount: r.pick([5000, 20_001, 1_000_000]),
    encodingStrategy: r.pick(['SPEED', 'COMPRESSION']),
    userMetadata: { seed: String(seed) },
  });
  for (let from = 0; from < rows;) {
    const to = Math.min(rows, from + 1 + r.below(15_000));
    await writer.addRowBatch(batchOf(columns, from, to));
    from = to;
  }
  await writer.close();
  await file.close();
  const lines = Array.from({ length: rows }, (_, row) =>
    JSON.stringify(columns.map(({ values }) => plain(values[row]))),
  );
  writeFileSync(join(folder, `${seed}.jsonl`), lines.join('\n'));
}

function plain(value: Value | undefined): string | number | null {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'bigint' ? String(value) : (value ?? null);
}
