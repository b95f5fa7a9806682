import test from 'ava';
import { borrowCore, type Core } from '../src/core.ts';
import { random } from './helpers/random.ts';

interface Options {
  readonly unsigned?: boolean;
  readonly exact?: boolean;
}

function encode(
  core: Core,
  values: readonly bigint[],
  { unsigned = false, exact = false }: Options = {},
): Buffer {
  const address = core.allocate(values.length * 8 + 16);
  core.int64.set(values, address / 8);
  const out = core.allocate(values.length * 10 + 1024);
  const written = core.kernels.encodeIntegers(
    address,
    values.length,
    Number(!unsigned),
    Number(!exact),
    1,
    out,
  );
  return Buffer.from(core.bytes.subarray(out, out + written));
}

function decode(core: Core, bytes: Uint8Array, count: number, { unsigned = false }: Options = {}): bigint[] {
  const source = core.allocate(bytes.length + 16);
  core.bytes.set(bytes, source);
  const out = core.allocate((count + 512) * 8);
  const decoded = core.kernels.decodeIntegers(source, bytes.length, Number(!unsigned), out, count + 512);
  return [...core.int64.subarray(out / 8, out / 8 + decoded)];
}

const integers = test.macro({
  title: (meaning = '') => `integers: ${meaning}`,
  exec(t, values: readonly (number | bigint)[], hex: string, options: Options = {}) {
    const core = borrowCore();
    const given = values.map(BigInt);
    const bytes = encode(core, given, options);
    t.is(bytes.toString('hex'), hex.replaceAll(' ', ''));
    t.deepEqual(decode(core, bytes, given.length, options), given);
  },
});

const unsigned = { unsigned: true };

test('10000 five times is SHORT_REPEAT', integers, [10000, 10000, 10000, 10000, 10000], '0a 27 10', unsigned);
test('a repeat of 3 is the shortest, of 0 in one byte', integers, [0, 0, 0], '00 00');
test('a repeat of 10 is the longest SHORT_REPEAT, -1 is zigzag 1', integers, repeat(-1, 10), '07 01');
test('a repeat of 11 is DELTA of width 0', integers, repeat(7, 11), 'c0 0a 0e 00');
test(
  '512 equal values fill one DELTA, the next begins another run',
  integers,
  repeat(1, 515),
  'c1 ff 02 00 00 02',
);
test(
  'four values of 16 bits are DIRECT',
  integers,
  [23713, 43806, 57005, 48879],
  '5e 03 5c a1 ab 1e de ad be ef',
  unsigned,
);
test('two values are DIRECT even if they are equal', integers, [1, 1], '42 01 a0');
test(
  'primes are DELTA: base 2, first delta 1, then seven differences of 4 bits',
  integers,
  [2, 3, 5, 7, 11, 13, 17, 19, 23, 29],
  'c6 09 02 02 22 42 42 46',
  unsigned,
);
test('falling values have a negative first delta', integers, [10, 9, 7, 6], 'c2 03 14 01 90');
test('equal steps are DELTA of width 0', integers, [0, 10, 20, 30], 'c0 03 00 14');
test('a step of nothing at first is not DELTA', integers, [0, 0, 5, 9], '4e 03 00 00 0a 12');
test(
  'PATCHED_BASE: base 2000, values of 8 bits, one patch of 12 bits for 1000000',
  integers,
  [
    2030, 2000, 2020, 1000000, 2040, 2050, 2060, 2070, 2080, 2090, 2100, 2110, 2120, 2130, 2140, 2150, 2160,
    2170, 2180, 2190,
  ],
  '8e 13 2b 21 07 d0 1e 00 14 70 28 32 3c 46 50 5a 64 6e 78 82 8c 96 a0 aa b4 be fc e8',
  unsigned,
);
test('a repeat inside a run ends it', integers, [1, 5, 2, 7, 7, 7, 3], '46 02 2a 40 00 0e 46 00 60');
test(
  'int64 limits are DIRECT, because their distance does not fit',
  integers,
  [2n ** 63n - 1n, -(2n ** 63n), 0n, 1n],
  '7e 03 fffffffffffffffe ffffffffffffffff 0000000000000000 0000000000000002',
);
test('width 11 is rounded up to 16 for speed', integers, [1024, 3, 2000], '5e 02 0400 0003 07d0', unsigned);
test('width 11 stays 11 for size', integers, [1024, 3, 2000], '54 02 80 00 0f e8 00', {
  unsigned: true,
  exact: true,
});

test('a repeat of eight bytes', integers, repeat(2 ** 56, 3), `38 01${'00'.repeat(7)}`, unsigned);
test(
  'rising from below zero is DELTA: base -5, then 2, 3 and 4 in four bits',
  integers,
  [-5, -3, 0, 4],
  'c6 03 09 04 34',
);
test('deltas of one bit take two', integers, [0, 5, 6, 6, 7], 'c2 04 00 0a 44');
test(
  'a negative base of PATCHED_BASE has its sign in the first bit; gap 4 and the rest of 2^20 + 300 take 23 bits',
  integers,
  outliers(20, -300, { 4: 2 ** 20 }),
  '80 13 33 41 81 2c 55 55 50 90 01 2c',
);
// Values 0 and 1 in one bit each. A patch is the rest of 2^20 above that bit; a gap and it take 28 bits.
const wide = { base: '13 e3 00', gap: 'ff00000' };
test(
  'PATCHED_BASE with a gap of 511: twice 255 and nothing, then 1',
  integers,
  outliers(512, 0, { 511: 2 ** 20 }),
  `81 ff ${wide.base} ${'55'.repeat(63)} 54 ${wide.gap}${wide.gap}0180000 0`,
  unsigned,
);
test(
  'PATCHED_BASE with gaps of 4 and of 396: 255 and nothing, then 141',
  integers,
  outliers(512, 0, { 4: 2 ** 20, 400: 2 ** 20 }),
  `81 ff ${wide.base} ${'55'.repeat(64)} 0480000${wide.gap}8d80000 0`,
  unsigned,
);

test('integers: DIRECT packs every width bit by bit, the most significant first, also an odd number of values', (t) => {
  const core = borrowCore();
  const r = random(8);
  let packed = 0;
  for (let bits = 1; bits <= 64; bits++) {
    for (const length of [2, 3, 4, 7, 30, 511]) {
      const values = Array.from({ length }, () => BigInt.asUintN(bits, r.bits64()));
      for (const exact of [false, true]) {
        const options = { unsigned: true, exact };
        const signed = values.map((value) => BigInt.asIntN(64, value));
        const bytes = encode(core, signed, options);
        t.deepEqual(decode(core, bytes, length, options), signed);
        const header = bytes.length < 2 ? 0 : bytes.readUInt16BE();
        if (header >> 14 !== 1 || (header & 511) + 1 !== length) continue;
        const code = (header >> 9) & 31;
        const width = code < 24 ? code + 1 : code < 28 ? 26 + (code - 24) * 2 : 40 + (code - 28) * 8;
        const text = values.map((value) => value.toString(2).padStart(width, '0')).join('');
        const octets = text.padEnd(Math.ceil(text.length / 8) * 8, '0').match(/.{8}/g) ?? [];
        t.deepEqual(
          [...bytes.subarray(2)],
          octets.map((octet) => Number.parseInt(octet, 2)),
        );
        packed++;
      }
    }
  }
  t.true(packed > 300);
});

test('integers: signed runs of every shape come back', (t) => {
  const core = borrowCore();
  const r = random(9);
  for (let bits = 1; bits <= 63; bits++) {
    const step = (): bigint => BigInt.asUintN(bits, r.bits64());
    const shapes = [
      (): bigint => (r.below(2) === 0 ? step() : -step()),
      (): bigint => (r.below(25) === 0 ? step() : step() >> 20n),
      ...[1n, -1n].map((sign) => {
        let value = 0n;
        return () => (value = BigInt.asIntN(64, value + sign * (step() >> 9n)));
      }),
    ];
    for (const shape of shapes) {
      const values = Array.from({ length: 1025 }, shape);
      t.deepEqual(decode(core, encode(core, values), values.length), values);
    }
  }
});

test('bits: the order in a byte is turned, whatever the place of the first one', (t) => {
  const core = borrowCore();
  const r = random(10);
  const given = core.allocate(64);
  const packed = core.allocate(64);
  const back = core.allocate(64);
  for (const [sourceBit, targetBit, count] of [
    [0, 0, 200],
    [0, 0, 64],
    [8, 16, 131],
    [3, 0, 200],
    [0, 5, 77],
  ] as const) {
    const bits = Array.from({ length: 256 }, () => r.below(2));
    core.bytes.fill(0, given, given + 64);
    bits.forEach((bit, i) => {
      core.bytes[given + (i >> 3)] = (core.bytes[given + (i >> 3)] ?? 0) | (bit << (i & 7));
    });
    core.bytes.fill(0, packed, packed + 64);
    const wanted = bits.slice(sourceBit, sourceBit + count);
    const ones = wanted.reduce((sum, bit) => sum + bit, 0);
    t.is(core.kernels.packBits(given, sourceBit, 0, 0, count, packed, targetBit), ones);
    t.is(core.result(0), count);
    const found = wanted.map((_, i) => {
      const place = targetBit + i;
      return ((core.bytes[packed + (place >> 3)] ?? 0) >> (7 - (place & 7))) & 1;
    });
    t.deepEqual(found, wanted);
    t.is(core.kernels.unpackBits(packed, targetBit, 0, count, back), ones);
    const turnedBack = wanted.map((_, i) => ((core.bytes[back + (i >> 3)] ?? 0) >> (i & 7)) & 1);
    t.deepEqual(turnedBack, wanted);
  }
});

test('integers: a base of 2^56 or more is never PATCHED_BASE (ORC-616)', (t) => {
  const core = borrowCore();
  for (const base of [2n ** 56n, -(2n ** 56n), -(2n ** 63n)]) {
    const values = Array.from({ length: 100 }, (_, i) => base + (i === 50 ? 2n ** 30n : BigInt(i % 7)));
    const bytes = encode(core, values);
    t.is((bytes[0] ?? 0) >> 6, 1);
    t.deepEqual(decode(core, bytes, 100), values);
  }
});

test('integers: a run that later values could change is left to the next call', (t) => {
  const { kernels, ...core } = borrowCore();
  const address = core.allocate(1024);
  borrowed(address, [4n, 4n, 4n]);
  t.is(kernels.encodeIntegers(address, 3, 1, 1, 0, core.allocate(1024)), 0);
  t.is(new Int32Array(kernels.memory.buffer)[kernels.results.value / 4], 0);

  function borrowed(at: number, values: readonly bigint[]): void {
    new BigInt64Array(kernels.memory.buffer).set(values, at / 8);
  }
});

test('integers: a run cut short is not decoded, a patch beyond its run is refused', (t) => {
  const core = borrowCore();
  const patched = Buffer.from(
    '8e132b2107d01e0014702832 3c46505a646e78828c96a0aab4befce8'.replaceAll(' ', ''),
    'hex',
  );
  t.deepEqual(decode(core, patched.subarray(0, 20), 20), []);
  const source = core.allocate(64);
  core.bytes.set(patched, source);
  core.bytes[source + 26] = 0xff;
  core.bytes[source + 3] = 0xe1;
  t.is(core.kernels.decodeIntegers(source, 40, 0, core.allocate(8192), 1024), -1);
});

const integers1 = test.macro({
  title: (meaning = '') => `integers of version 1: ${meaning}`,
  exec(t, hex: string, values: readonly (number | bigint)[], options: Options = {}) {
    const core = borrowCore();
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const source = core.allocate(bytes.length + 16);
    core.bytes.set(bytes, source);
    const out = core.allocate((values.length + 130) * 8);
    const signed = Number(options.unsigned !== true);
    const decoded = core.kernels.decodeIntegers1(source, bytes.length, signed, out, values.length + 130);
    t.deepEqual([...core.int64.subarray(out / 8, out / 8 + Math.max(0, decoded))], values.map(BigInt));
  },
});

test('100 sevens are a run without a delta', integers1, '61 00 07', repeat(7, 100), unsigned);
test(
  '100 falling to 1 are a run with delta -1',
  integers1,
  '61 ff 64',
  Array.from({ length: 100 }, (_, i) => 100 - i),
  unsigned,
);
test('five primes are literals', integers1, 'fb 02 03 06 07 0b', [2, 3, 6, 7, 11], unsigned);
test('a signed run begins with a zigzag', integers1, '00 02 03', [-2, 0, 2]);
test('literals of several bytes', integers1, 'fe 80 01 ff ff ff ff ff ff ff ff ff 01', [64, -(2n ** 63n)]);
test('a run that is not all there is left', integers1, 'ff 02 fe 04', [1]);
test('a literal of more than 64 bits is refused', integers1, `ff ${'ff'.repeat(10)} 01`, []);

const bytes = test.macro({
  title: (meaning = '') => `bytes: ${meaning}`,
  exec(t, values: readonly number[], hex: string) {
    const core = borrowCore();
    const address = core.allocate(values.length + 16);
    core.bytes.set(values, address);
    const out = core.allocate(values.length * 2 + 16);
    const written = core.kernels.encodeBytes(address, values.length, 1, out);
    t.is(Buffer.from(core.bytes.subarray(out, out + written)).toString('hex'), hex.replaceAll(' ', ''));
    const back = core.allocate(values.length + 130);
    t.is(core.kernels.decodeBytes(out, written, back, values.length + 130), values.length);
    t.deepEqual([...core.bytes.subarray(back, back + values.length)], [...values]);
  },
});

test('100 zeros are one run', bytes, repeat(0, 100), '61 00');
test('two values are literals', bytes, [0x44, 0x45], 'fe 44 45');
test('a run has at most 130 values', bytes, repeat(9, 133), '7f 09 00 09');
test(
  '128 literals fill one list',
  bytes,
  Array.from({ length: 129 }, (_, i) => i),
  `80 ${hexRange(0, 128)} ff 80`,
);
test('130 equal bytes are the longest run', bytes, repeat(5, 130), '7f 05');
test('literals end where a run of 3 begins', bytes, [1, 2, 2, 2], 'ff 01 00 02');

/** Two values in turn, and others at some places. */
function outliers(count: number, base: number, others: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: count }, (_, i) => others[i] ?? base + (i % 2));
}

function repeat(value: number, count: number): number[] {
  return Array.from({ length: count }, () => value);
}

function hexRange(from: number, to: number): string {
  return Buffer.from(Array.from({ length: to - from }, (_, i) => from + i)).toString('hex');
}
