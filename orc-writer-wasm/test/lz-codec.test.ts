import test, { type ExecutionContext } from 'ava';
import { borrowCore } from '../src/core.ts';
import { OrcError } from '../src/errors.ts';
import { compressLz, decompressLz, type LzKind } from '../src/lz-codec.ts';
import { SLACK } from '../src/workspace.ts';
import { random, type Random } from './helpers/random.ts';

const kinds: readonly LzKind[] = ['SNAPPY', 'LZ4', 'LZO'];
const names = { SNAPPY: 'Snappy', LZ4: 'Lz4', LZO: 'Lzo' } as const;

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
  for (let distance = 1; distance < 40; distance++) {
    const part = Buffer.from(Array.from({ length: distance }, () => r.below(256)));
    for (const length of [1, 15, 16, 17, 33, 300]) yield Buffer.alloc(distance + 8 + length, part);
  }
  for (let i = 0; i < 40; i++) {
    const words = Array.from({ length: 1 + r.below(50) }, () => String(r.bits64()).slice(0, 1 + r.below(20)));
    yield Buffer.from(Array.from({ length: r.below(3000) }, () => r.pick(words)).join(r.pick(['', ' '])));
  }
}

const samples = [...blocks(random(1))];

for (const kind of kinds) {
  test(`${kind}: every block comes back`, (t) => {
    for (const block of samples) {
      const compressed = compressLz(kind, block);
      t.true(block.equals(decompressLz(kind, compressed, block.length)), `${block.length} bytes`);
      if (block.length > 0) {
        t.throws(() => decompressLz(kind, compressed, block.length - 1), { instanceOf: OrcError });
      }
    }
  });

  test(`${kind}: what a block becomes depends on nothing around or before it`, (t) => {
    for (const block of samples) {
      const room = block.length + Math.ceil(block.length / 6) + 64;
      t.deepEqual(
        amid(t, `compress${names[kind]}`, block, room, 0),
        amid(t, `compress${names[kind]}`, block, room, 255),
      );
    }
  });

  test(`${kind}: damage gives an error or other bytes, and reads and writes nothing outside`, (t) => {
    const r = random(2);
    const block = Buffer.from(Array.from({ length: 500 }, () => r.pick(['id', 'name', '{}', 'x'])).join(''));
    const compressed = compressLz(kind, block);
    for (let i = 0; i < 4000; i++) {
      const damaged =
        i % 2 === 0
          ? Uint8Array.from({ length: 1 + r.below(60) }, () => r.pick([0, 1, 16, 17, 32, 255, r.below(256)]))
          : compressed.slice(0, 1 + r.below(compressed.length));
      damaged[r.below(damaged.length)] = r.below(256);
      const room = r.pick([0, 1, 100, block.length, 10_000]);
      const decompress = `decompress${names[kind]}` as const;
      const given = amid(t, decompress, damaged, room, 0);
      t.deepEqual(given, amid(t, decompress, damaged, room, 255));
      t.true(given === undefined || given.length <= room);
    }
  });
}

const core = borrowCore();
const AROUND = 64;

type LzKernel = `${'compress' | 'decompress'}${(typeof names)[LzKind]}`;

/** Runs a kernel with `fill` everywhere else in memory; undefined if it found an error. */
function amid(
  t: ExecutionContext,
  kernel: LzKernel,
  content: Uint8Array,
  room: number,
  fill: number,
): Buffer | undefined {
  const base = core.allocate(4 * AROUND + content.length + room);
  const { bytes, kernels } = core;
  const source = base + AROUND;
  bytes.fill(fill, base, source + content.length + room + 3 * AROUND);
  bytes.set(content, source);
  const out = source + content.length + AROUND;
  const before = Buffer.from(bytes.subarray(base, out));
  const length = kernels[kernel](source, content.length, out, room);
  t.true(before.equals(bytes.subarray(base, out)), 'nothing is written before the output');
  const behind = bytes.subarray(out + room + SLACK, out + room + 2 * AROUND);
  t.true(
    behind.every((byte) => byte === fill),
    'nothing is written behind it',
  );
  core.release(base);
  return length < 0 ? undefined : Buffer.from(bytes.subarray(out, out + length));
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
