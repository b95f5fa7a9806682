import test from 'ava';
import { OrcError } from '../src/errors.ts';
import { compressLz, decompressLz, type LzKind } from '../src/lz-codec.ts';
import { random, type Random } from './helpers/random.ts';

const kinds: readonly LzKind[] = ['SNAPPY', 'LZ4', 'LZO'];

/** Blocks with the repeats, distances and lengths that the instructions tell apart. */
function* blocks(r: Random): Generator<Buffer> {
  for (const length of [0, 1, 3, 4, 7, 12, 13, 17, 238, 239, 300, 70_000]) {
    yield Buffer.alloc(length, 'a');
    yield Buffer.from(Array.from({ length }, () => r.below(256)));
  }
  for (const distance of [
    1, 2, 7, 2047, 2048, 2049, 16_383, 16_384, 16_385, 49_151, 49_152, 65_535, 65_536,
  ]) {
    for (const length of [4, 8, 9, 11, 12, 33, 34, 64, 67, 68, 300, 600]) {
      const part = Buffer.from(Array.from({ length: Math.max(length, distance) }, () => r.below(256)));
      yield Buffer.concat([part, part.subarray(0, length), part.subarray(-distance)]);
    }
  }
  for (let i = 0; i < 40; i++) {
    const words = Array.from({ length: 1 + r.below(50) }, () => String(r.bits64()).slice(0, 1 + r.below(20)));
    yield Buffer.from(Array.from({ length: r.below(3000) }, () => r.pick(words)).join(r.pick(['', ' '])));
  }
}

for (const kind of kinds) {
  test(`${kind}: every block comes back`, (t) => {
    for (const block of blocks(random(1))) {
      const compressed = compressLz(kind, block);
      t.true(block.equals(decompressLz(kind, compressed, block.length)), `${block.length} bytes`);
      if (block.length > 0) {
        t.throws(() => decompressLz(kind, compressed, block.length - 1), { instanceOf: OrcError });
      }
    }
  });

  test(`${kind}: damage is an error or other bytes, and never more than the block size`, (t) => {
    const r = random(2);
    const block = Buffer.from(Array.from({ length: 500 }, () => r.pick(['id', 'name', '{}', 'x'])).join(''));
    const compressed = compressLz(kind, block);
    for (let i = 0; i < 3000; i++) {
      const damaged = Uint8Array.from(compressed.subarray(0, 1 + r.below(compressed.length)));
      damaged[r.below(damaged.length)] = r.below(256);
      try {
        t.true(decompressLz(kind, damaged, block.length).length <= block.length);
      } catch (error) {
        t.true(error instanceof OrcError);
      }
    }
  });
}

const text = 'abcdabcdabcdabcdabcdX1234567';

test('SNAPPY: the bytes of a block', (t) => {
  t.is(
    Buffer.from(compressLz('SNAPPY', Buffer.from(text))).toString('hex'),
    // length 28, 4 literals, 16 bytes from 4 before, 8 literals
    `1c0c${hex('abcd')}3e04001c${hex('X1234567')}`,
  );
});

test('LZ4: the bytes of a block', (t) => {
  t.is(
    Buffer.from(compressLz('LZ4', Buffer.from(text))).toString('hex'),
    // 4 literals and 12 + 4 bytes from 4 before; 8 literals
    `4c${hex('abcd')}040080${hex('X1234567')}`,
  );
});

test('LZO: the bytes of a block', (t) => {
  t.is(
    Buffer.from(compressLz('LZO', Buffer.from(text))).toString('hex'),
    // 4 literals at the start, 14 + 2 bytes from 4 before, 5 + 3 literals, the end
    `15${hex('abcd')}2e0c0005${hex('X1234567')}110000`,
  );
});

function hex(content: string): string {
  return Buffer.from(content).toString('hex');
}
