// How fast the writer is on the shape of table it was made for: rows and MB a second of CPU time (which other work on
// the machine does not change much), against compression alone; and how much less time it takes with two workers.
// Run: node orc-writer-wasm/bench/write.ts [rows]

import { createHash } from 'node:crypto';
import { constants, deflateRawSync, zstdCompressSync } from 'node:zlib';
import type { ColumnBatch, StringVector } from '../src/columns.ts';
import type { CompressionKind } from '../src/compression.ts';
import { createWriter } from '../src/writer.ts';

const SCHEMA =
  'struct<id:string,id_part:string,db_type:string,last_modified:timestamp,val:string,' +
  'fingerprint:bigint,source_object:string,source_line:int,generation:bigint>';
const BATCH_ROWS = 10_000;
const BLOCK = 256 * 1024;

const rows = Number(process.argv[2] ?? 200_000);
const batches = Array.from({ length: Math.ceil(rows / BATCH_ROWS) }, (_, i) => batch(i * BATCH_ROWS));
const megabytes = batches.reduce((sum, each) => sum + size(each), 0) / 1e6;
process.stdout.write(`${rows} rows, ${megabytes.toFixed(0)} MB\n`);

const cases: [CompressionKind, number | undefined][] = [
  ['NONE', undefined],
  ['ZLIB', 1],
  ['ZLIB', 2],
  ['ZSTD', 1],
];
const plain = Buffer.concat(await write(batches, 'NONE'));
for (const [compression, level] of cases) {
  const codecMs: number[] = [];
  const writeMs: number[] = [];
  const elapsedMs: Record<1 | 2, number[]> = { 1: [], 2: [] };
  let bytes = 0;
  for (let i = 0; i < 3; i++) {
    let start = cpuMs();
    compressAlone(plain, compression, level);
    codecMs.push(cpuMs() - start);
    start = cpuMs();
    const chunks = await write(batches, compression, level);
    writeMs.push(cpuMs() - start);
    bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    for (const workers of [1, 2] as const) {
      start = performance.now();
      await write(batches, compression, level, workers);
      elapsedMs[workers].push(performance.now() - start);
    }
  }
  const best = Math.min(...writeMs);
  const gain = Math.min(...elapsedMs[1]) / Math.min(...elapsedMs[2]);
  const share =
    compression === 'NONE'
      ? ''
      : `, ${(best / Math.min(...codecMs)).toFixed(2)} × the codec alone, ${gain.toFixed(2)} × as fast with 2 workers`;
  process.stdout.write(
    `${compression} ${level ?? ''}: ${Math.round((rows / best) * 1000)} rows/s, ` +
      `${((megabytes / best) * 1000).toFixed(0)} MB/s, ${(bytes / 1e6).toFixed(1)} MB${share}\n`,
  );
}

const small = batches.slice(0, 1);
const smallMs: number[] = [];
for (let i = 0; i < 9; i++) {
  const start = performance.now();
  await write(small, 'NONE', undefined);
  smallMs.push(performance.now() - start);
}
process.stdout.write(`one batch of ${BATCH_ROWS}, open to closed: ${Math.min(...smallMs).toFixed(1)} ms\n`);

async function write(
  input: readonly ColumnBatch[],
  compression: CompressionKind,
  level?: number,
  workers = 1,
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  const writer = await createWriter(
    (chunk) => {
      chunks.push(chunk);
    },
    { schema: SCHEMA, compression, workers, ...(level === undefined ? {} : { compressionLevel: level }) },
  );
  for (const each of input) await writer.addRowBatch(each);
  await writer.close();
  return chunks;
}

/** The codec on what it gets from the writer: the file as it is without compression. */
function compressAlone(file: Uint8Array, compression: CompressionKind, level = 0): void {
  for (let at = 0; at < file.length; at += BLOCK) {
    const block = file.subarray(at, at + BLOCK);
    if (compression === 'ZLIB') deflateRawSync(block, { level, chunkSize: BLOCK });
    if (compression === 'ZSTD') {
      zstdCompressSync(block, { params: { [constants.ZSTD_c_compressionLevel]: level }, chunkSize: BLOCK });
    }
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function size({ columns }: ColumnBatch): number {
  return columns.reduce((sum, column) => {
    if ('data' in column) return sum + column.data.length;
    if ('millis' in column) return sum + column.millis.byteLength;
    return 'values' in column ? sum + column.values.byteLength : sum;
  }, 0);
}

function batch(first: number): ColumnBatch {
  const ids: string[] = [];
  const parts: string[] = [];
  const types: string[] = [];
  const values: string[] = [];
  const objects: string[] = [];
  const millis = new Float64Array(BATCH_ROWS);
  const fingerprints = new BigInt64Array(BATCH_ROWS);
  const lines = new Int32Array(BATCH_ROWS);
  const generations = new BigInt64Array(BATCH_ROWS);
  for (let i = 0; i < BATCH_ROWS; i++) {
    const digest = createHash('md5')
      .update(String(first + i))
      .digest();
    const hex = digest.toString('hex');
    const part = Math.floor(((first + i) / rows) * 256);
    ids.push(`{"someId":"${part.toString(16).padStart(2, '0')}${hex.slice(0, 34)}"}`);
    parts.push(part.toString(16).padStart(2, '0'));
    types.push(i % 97 === 0 ? 'DELETE' : 'INSERT');
    values.push(
      `{"_id":{"someId":"${hex}"},"_lastModifiedDateTime":{"$date":"2026-11-0${(i % 9) + 1}T10:00:00.${hex
        .charCodeAt(3)
        .toString()
        .padStart(
          3,
          '0',
        )}Z"},"_version":${i % 5},"amount":${digest.readUInt32LE(0)},"createdDateTime":"2026-10-01T08:30:00.000Z","flags":["${hex.slice(4, 12)}","standard"],"name":"Person ${hex.slice(8, 20)}","notes":"Lorem ipsum dolor sit amet, consectetur ${hex.slice(0, 24)}","payload":"${digest.toString('base64')}${hex.slice(10)}","status":"ACTIVE","type":"addressDeclaration"}`,
    );
    objects.push(
      `data/2026-11-01/db.database.collection_4_${(i % 7) * 10_000}-${(i % 7) * 10_000 + 9_999}.jsonl.gz`,
    );
    millis[i] = 1.79e12 + digest.readUInt32LE(4);
    fingerprints[i] = digest.readBigInt64LE(8);
    lines[i] = digest.readUInt16LE(2) % 10_000;
  }
  return {
    size: BATCH_ROWS,
    columns: [
      strings(ids),
      strings(parts),
      strings(types),
      { millis },
      strings(values),
      { values: fingerprints },
      strings(objects),
      { values: lines },
      { values: generations },
    ],
  };
}

function strings(values: readonly string[]): StringVector {
  const offsets = new Uint32Array(values.length + 1);
  values.forEach((value, i) => {
    offsets[i + 1] = (offsets[i] ?? 0) + Buffer.byteLength(value);
  });
  return { data: Buffer.from(values.join('')), offsets };
}
