// Writes one table of most types in every codec, with row groups and bloom filters, for spark.py.
// node write-typed.ts FOLDER

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compressionKinds } from '../../src/compression.ts';
import { parseSchema } from '../../src/schema.ts';
import { writeBatches } from '../helpers/memory-file.ts';
import { rawVector, type Raw } from '../helpers/nested.ts';

const [folder = '.'] = process.argv.slice(2);
const ROWS = 25_000;

const schema = parseSchema(
  'struct<n:int,l:bigint,s:string,d:double,f:float,dec:decimal(20,3),day:date,t:timestamp,b:boolean,y:tinyint,' +
    'c:char(5),v:varchar(3),bin:binary,st:struct<x:int,z:string>,a:array<struct<q:int>>,m:map<string,double>>',
);

function row(i: number): Raw[] {
  if (i % 7 === 3) return schema.children.map(() => null);
  return [
    i,
    BigInt(i) * 10n ** 12n,
    `s${String(i % 500).padStart(4, '0')}`,
    i / 4,
    i / 2,
    BigInt(i) * 50n,
    i % 20_000,
    BigInt(i) * 10n ** 9n,
    i % 3 === 0,
    i % 100,
    `c${i % 100}`,
    `v${i}`,
    Uint8Array.of(i & 255),
    i % 5 === 0 ? null : [i, `z${i}`],
    i % 4 === 0 ? [] : [[i], null, [i + 1]],
    [[`k${i}`, i % 2 === 0 ? i / 8 : null]],
  ];
}

const rows = Array.from({ length: ROWS }, (_, i) => row(i));
const columns = schema.children.map((type, i) =>
  rawVector(
    type,
    rows.map((values) => values[i] ?? null),
  ),
);
for (const compression of compressionKinds.filter((kind) => kind !== 'BROTLI')) {
  const file = await writeBatches([{ size: ROWS, columns }], {
    schema,
    compression,
    rowIndexStride: 1000,
    stripeRowCount: 9000,
    bloomFilterColumns: ['n', 's', 'd', 'dec', 'day', 't', 'c', 'st.x'],
  });
  writeFileSync(join(folder, `${compression}.orc`), file);
}
