import * as zlib from 'node:zlib';
import test from 'ava';
import { keptCodec } from '../src/kept-codec.ts';
import { random } from './helpers/random.ts';

const level = { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } };
const compress = keptCodec('zstdCompress', level);
const compressOnce = {
  inflate: (content: Buffer) => zlib.deflateRawSync(content),
  zstdDecompress: (content: Buffer) => zlib.zstdCompressSync(content, level),
} as const;

const MOST = 2 ** 18;

/** From noise to words that repeat, of any length; the same for the same seed. */
function block(seed: number): Buffer {
  const r = random(seed);
  const words = Array.from({ length: 1 + r.below(200) }, () => String(r.bits64()).slice(0, 1 + r.below(20)));
  const length = 64 + r.below(r.pick([100, 4000, MOST - 64]));
  if (r.below(5) === 0) return Buffer.from(Array.from({ length }, () => r.below(256)));
  const parts = Array.from({ length: 1 + length / 8 }, () => r.pick(words));
  return Buffer.from(parts.join('')).subarray(0, length);
}

test('a kept context compresses to the very bytes of a new one, whatever came before', (t) => {
  for (let seed = 0; seed < 200; seed++) {
    const content = block(seed);
    t.true(isEqual(compress(content, 2 * MOST), compressOnce.zstdDecompress(content)), `block ${seed}`);
  }
});

test('what has not enough room is not compressed, and the next block is', (t) => {
  const content = block(1);
  const compressed = compressOnce.zstdDecompress(content);
  t.is(compress(content, compressed.length - 1), undefined);
  t.deepEqual(compress(content, compressed.length), compressed);
});

for (const kind of ['inflate', 'zstdDecompress'] as const) {
  const decompress = keptCodec(kind);

  test(`${kind}: every block comes back`, (t) => {
    for (let seed = 0; seed < 100; seed++) {
      const content = block(seed);
      t.true(isEqual(decompress(compressOnce[kind](content), MOST), content), `block ${seed}`);
    }
  });

  test(`${kind}: what is damaged is refused, and the next block is read as ever`, (t) => {
    const content = block(1);
    const compressed = compressOnce[kind](content);
    const damaged = {
      'not compressed': content,
      nothing: Buffer.alloc(0),
      'cut at its end': compressed.subarray(0, -1),
      'cut in its middle': compressed.subarray(0, compressed.length / 2),
      'more than itself': Buffer.concat([compressed, Buffer.from('more')]),
    };
    for (const [what, bytes] of Object.entries(damaged)) {
      t.is(decompress(bytes, MOST), undefined, what);
      t.true(isEqual(decompress(compressed, MOST), content), `after what is ${what}`);
    }
  });

  test(`${kind}: a block that has more than its room is refused, one that just fits is not`, (t) => {
    const content = block(1);
    const compressed = compressOnce[kind](content);
    t.is(decompress(compressed, content.length - 1), undefined);
    t.deepEqual(decompress(compressed, content.length), content);
  });
}

function isEqual(found: Uint8Array | undefined, wanted: Buffer): boolean {
  return found !== undefined && wanted.equals(found);
}
