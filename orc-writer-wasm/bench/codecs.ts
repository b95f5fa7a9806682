// The codecs that Node does not have, on blocks of 256 KiB as they are in files: MB of the uncompressed side a second of
// CPU time, the best of several rounds, and how many times smaller they become.
// Run: node orc-writer-wasm/bench/codecs.ts [rows]

import { compressLz, decompressLz } from '../src/lz-codec.ts';
import { createWriter } from '../src/writer.ts';
import { SCHEMA, sampleLines } from './sample-rows.ts';

const BLOCK = 256 * 1024;
const ROUNDS = 15;

const lines = sampleLines(Number(process.argv[2] ?? 40_000));
const samples = new Map([
  ['JSON text', Buffer.from(lines.join('\n'))],
  ['encoded ORC', await encoded()],
]);
for (const [sample, bytes] of samples) {
  const blocks = Array.from({ length: Math.ceil(bytes.length / BLOCK) }, (_, i) =>
    bytes.subarray(i * BLOCK, (i + 1) * BLOCK),
  );
  for (const kind of ['SNAPPY', 'LZ4', 'LZO'] as const) {
    const compressed = blocks.map((block) => compressLz(kind, block));
    const size = compressed.reduce((sum, block) => sum + block.length, 0);
    const compressMs = best(() => {
      for (const block of blocks) compressLz(kind, block);
    });
    const decompressMs = best(() => {
      for (const block of compressed) decompressLz(kind, block, BLOCK);
    });
    const rate = (ms: number): string => (bytes.length / ms / 1000).toFixed(0);
    process.stdout.write(
      `${sample}, ${kind}: compress ${rate(compressMs)} MB/s, decompress ${rate(decompressMs)} MB/s, ` +
        `ratio ${(bytes.length / size).toFixed(3)}\n`,
    );
  }
}

/** The rows as they are in a file before compression. */
async function encoded(): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => void chunks.push(chunk), {
    schema: SCHEMA,
    compression: 'NONE',
  });
  for (const line of lines) await writer.addRow(JSON.parse(line) as object);
  await writer.close();
  return Buffer.concat(chunks);
}

function best(run: () => void): number {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
