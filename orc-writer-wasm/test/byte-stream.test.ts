import { deflateRawSync } from 'node:zlib';
import test from 'ava';
import { byteStream } from '../src/byte-stream.ts';
import type { Checkpoint } from '../src/checkpoint.ts';
import { decompressor, HEADER_BYTES } from '../src/compression.ts';

const BLOCK_BYTES = 256 * 1024;

test('a chunk that was mostly read keeps about what is left of it, and may still be read again', (t) => {
  const content = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `${i} `).join(''));
  const compressed = deflateRawSync(content);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUIntLE(compressed.length * 2, 0, HEADER_BYTES);
  const bytes = Buffer.concat([header, compressed]);
  const checkpoints: Checkpoint[] = [];
  const stream = byteStream(
    {
      length: bytes.length,
      place: {},
      read: (at, length) => bytes.subarray(at, at + length),
      inMemory: (at) => bytes.length - at,
      release: () => {},
    },
    decompressor('ZLIB', BLOCK_BYTES),
    BLOCK_BYTES,
    checkpoints,
  );
  for (let at = 0; at < content.length;) {
    const length = Math.min(10_000, content.length - at);
    stream.take(5000);
    for (const checkpoint of checkpoints) checkpoint.restore();
    const taken = stream.take(length);
    t.deepEqual(Buffer.from(taken), content.subarray(at, at + length));
    if (at > content.length / 2) t.true(taken.buffer.byteLength <= 2 * (content.length - at));
    for (const checkpoint of checkpoints) checkpoint.keep();
    at += length;
  }
});
