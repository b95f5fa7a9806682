// The kernels by themselves, section by section of the ORC specification, on values few enough to be worked out by
// hand. Run lengths and the codecs have files of their own.

import test from 'ava';
import { borrowCore } from '../src/core.ts';
import { float64, hex, int64, put, putStrings, strings, uint32 } from './helpers/kernel-memory.ts';

const core = borrowCore();
const { kernels } = core;

const bits = (text: string): Uint8Array =>
  Uint8Array.from(text.split(' '), (byte) => Number.parseInt(byte.split('').toReversed().join(''), 2));

test('bits: the first row is the highest bit, and what does not exist leaves no gap', (t) => {
  const source = put(core, bits('10110011 01'));
  const select = put(core, bits('11111110 01'));
  const out = put(core, 2);
  t.is(kernels.packBits(source, 0, 0, 0, 10, out, 0), 6);
  t.is(hex(core, out, 2), 'b340');
  // Of 1011001 and 1, behind two bits that are there.
  core.bytes[out] = 0b01000000;
  t.is(kernels.packBits(source, 0, select, 0, 10, out, 2), 5);
  t.is(core.result(0), 8);
  t.is(hex(core, out, 2), '6cc0');
  t.is(kernels.packBits(0, 0, 0, 0, 9, out, 0), 9);
  t.is(hex(core, out, 2), 'ff80');
});

test('bits: read back, a zero stands where nothing exists', (t) => {
  const source = put(core, Uint8Array.of(0x6c, 0xc0));
  const select = put(core, bits('11111110 01'));
  const out = put(core, 2);
  t.is(kernels.unpackBits(source, 2, select, 10, out), 5);
  t.is(hex(core, out, 2), Buffer.from(bits('10110010 01')).toString('hex'));
  t.is(kernels.countBits(out, 3, 7), 3);
});

const decimal = test.macro({
  title: (_, value: bigint) => `decimal: ${value} as a zigzag varint`,
  exec(t, value: bigint, expected: string) {
    const pair = BigInt64Array.of(BigInt.asIntN(64, value), value >> 64n);
    const out = put(core, 19);
    const length = kernels.encodeDecimals(put(core, pair), 1, out);
    t.is(hex(core, out, length), expected.replaceAll(' ', ''));
    const back = put(core, 16);
    t.is(kernels.decodeDecimals(out, length, back, 1), 1);
    t.deepEqual(int64(core, back, 2), [...pair]);
    t.is(kernels.decodeDecimals(out, length - 1, back, 1), 0, 'not before its last byte is there');
  },
});

test(decimal, 0n, '00');
test(decimal, -1n, '01');
test(decimal, 1n, '02');
test(decimal, 63n, '7e');
test(decimal, 64n, '80 01');
test(decimal, -8192n, 'ff 7f');
test(decimal, 2n ** 63n - 1n, 'fe ff ff ff ff ff ff ff ff 01');
test(decimal, 2n ** 64n, '80 80 80 80 80 80 80 80 80 04');
test(decimal, -(2n ** 127n), `${'ff'.repeat(18)} 03`);

test('decimal: a varint of more than 128 bits is refused', (t) => {
  const long = put(core, Uint8Array.from([...Array.from({ length: 18 }, () => 0xff), 0x04]));
  t.is(kernels.decodeDecimals(long, 19, put(core, 16), 1), -1);
});

test('decimal: another scale rounds half away from zero', (t) => {
  const values = [125n, -125n, 124n, 5n].flatMap((value) => [value, value >> 63n]);
  const at = put(core, BigInt64Array.from(values));
  t.is(kernels.rescaleDecimals(at, put(core, BigInt64Array.of(2n, 2n, 2n, 0n)), 4, 1), 1);
  t.deepEqual(int64(core, at, 8), [13n, 0n, -13n, -1n, 12n, 0n, 50n, 0n]);
  t.is(kernels.rescaleDecimals(at, put(core, BigInt64Array.of(39n)), 1, 0), 0);
});

test('decimal: digits are those of the precision', (t) => {
  const at = put(core, BigInt64Array.of(999n, 0n, -999n, -1n));
  t.deepEqual([kernels.haveDigits(at, 2, 3), kernels.haveDigits(at, 2, 2)], [1, 0]);
});

const timestamp = test.macro({
  title: (_, seconds: bigint, nanos: bigint) => `timestamp: ${seconds} s and ${nanos} ns`,
  exec(t, seconds: bigint, nanos: bigint, data: bigint, secondary: bigint) {
    const [at, nanosAt] = [put(core, BigInt64Array.of(seconds)), put(core, BigInt64Array.of(nanos))];
    kernels.encodeTimestamps(at, nanosAt, 1);
    t.deepEqual([...int64(core, at, 1), ...int64(core, nanosAt, 1)], [data, secondary]);
    t.is(kernels.decodeTimestamps(at, nanosAt, 1, 1_420_070_400), 1);
    t.deepEqual([...int64(core, at, 1), ...int64(core, nanosAt, 1)], [seconds, nanos]);
  },
});

// Seconds from 2015; nanoseconds shifted by three bits, in which the zeros cut are counted, less one.
test(timestamp, 1_420_070_400n, 0n, 0n, 0n);
test(timestamp, 1_420_070_401n, 1n, 1n, 1n << 3n);
test(timestamp, 1_420_070_401n, 10n, 1n, 10n << 3n);
test(timestamp, 1_420_070_401n, 1000n, 1n, 0x0an);
test(timestamp, 1_420_070_401n, 100_000n, 1n, 0x0cn);
test(timestamp, 1_420_070_401n, 500_000_000n, 1n, (5n << 3n) | 7n);
test(timestamp, 1_420_070_401n, 999_999_999n, 1n, 999_999_999n << 3n);
test(timestamp, 0n, 1n, -1_420_070_400n, 1n << 3n);
// Before 1970 with a millisecond and more: a second later.
test(timestamp, -2n, 500_000_000n, -1_420_070_401n, (5n << 3n) | 7n);
test(timestamp, -2n, 999_999n, -1_420_070_402n, 999_999n << 3n);

test('timestamp: the hole before 1970 is found, or shifted by a second', (t) => {
  const [seconds, nanos] = [put(core, BigInt64Array.of(-1n)), put(core, BigInt64Array.of(1_000_000n))];
  t.is(kernels.checkTimestamps(seconds, nanos, 1, 0), 2);
  t.is(kernels.checkTimestamps(seconds, nanos, 1, 1), 0);
  t.deepEqual(int64(core, seconds, 1), [0n]);
  t.is(kernels.checkTimestamps(seconds, put(core, BigInt64Array.of(1_000_000_000n)), 1, 1), 1);
});

test('timestamp: negative nanoseconds of ORC C++ are of a second less', (t) => {
  const seconds = put(core, BigInt64Array.of(-1n - 1_420_070_400n));
  const nanos = put(core, BigInt64Array.of((-5n << 3n) | 7n));
  t.is(kernels.decodeTimestamps(seconds, nanos, 1, 1_420_070_400), 1);
  t.deepEqual([...int64(core, seconds, 1), ...int64(core, nanos, 1)], [-2n, 500_000_000n]);
});

test('timestamp: milliseconds are split downwards and put together again', (t) => {
  const [seconds, nanos] = [put(core, 16), put(core, 16)];
  t.is(kernels.splitMillis(put(core, Float64Array.of(-1, 1500)), 2, seconds, nanos), 0);
  t.deepEqual([...int64(core, seconds, 2), ...int64(core, nanos, 2)], [-1n, 1n, 999_000_000n, 500_000_000n]);
  const millis = put(core, 16);
  kernels.toMillis(seconds, nanos, 2, millis);
  t.deepEqual(int64(core, millis, 2), [-1n, 1500n]);
  t.is(kernels.splitMillis(put(core, Float64Array.of(0.5)), 1, seconds, nanos), 3);
});

// As ORC C++ 2.2.2 writes them for a row group of 10,000 and one wrong answer in twenty.
const FILTER_BITS = 62_400;
const FILTER_FUNCTIONS = 4;

function setBits(filter: number): number[] {
  return Array.from({ length: FILTER_BITS }, (_, i) => i).filter(
    (bit) => (((core.bytes[filter + (bit >> 3)] ?? 0) >> (bit & 7)) & 1) === 1,
  );
}

const bloom = test.macro({
  title: (_, value: bigint | string) => `bloom filter: ${typeof value} ${value}`,
  exec(t, value: bigint | string, expected: readonly number[]) {
    const filter = put(core, FILTER_BITS / 8);
    if (typeof value === 'string') {
      const { addresses, lengths } = putStrings(core, [value]);
      kernels.addStrings(addresses, lengths, 1, filter, FILTER_BITS, FILTER_FUNCTIONS);
    } else {
      kernels.addLongs(put(core, BigInt64Array.of(value)), 1, filter, FILTER_BITS, FILTER_FUNCTIONS);
    }
    t.deepEqual(setBits(filter), expected);
    const mayHave = (key: bigint): number =>
      kernels.mayHaveLong(put(core, BigInt64Array.of(key)), filter, FILTER_BITS, FILTER_FUNCTIONS);
    if (typeof value === 'bigint') t.deepEqual([mayHave(value), mayHave(value + 1n)], [1, 0]);
  },
});

test(bloom, 0n, [0]);
test(bloom, 1n, [1910, 8608, 25_266, 43_831]);
test(bloom, -1n, [9260, 31_092, 60_856, 61_071]);
test(bloom, 2n ** 63n - 1n, [1284, 5416, 50_982, 55_114]);
test(bloom, '', [9127, 23_120, 35_927, 58_720]);
test(bloom, 'a', [16_090, 36_873, 36_924, 57_707]);
test(bloom, 'abcdefgh', [5593, 15_569, 31_805, 41_781]);
test(bloom, 'größer als acht Bytes', [21_009, 29_722, 45_691, 58_727]);

test('char and varchar: cut and filled up by code points', (t) => {
  const texts = ['né日🙂x', 'ab', ''];
  const cut = putStrings(core, texts);
  kernels.cutStrings(cut.addresses, cut.lengths, 3, 3);
  t.deepEqual(strings(core, cut, 3), ['né日', 'ab', '']);
  const padded = putStrings(core, texts);
  kernels.padStrings(padded.addresses, padded.lengths, 3, 4, put(core, 100));
  t.deepEqual(strings(core, padded, 3), ['né日🙂', 'ab  ', '    ']);
});

test('dictionary: numbered by first appearance, sorted as unsigned bytes', (t) => {
  const texts = ['b', 'a', 'b', '', 'ä', 'ab', 'a', '\u{10000}', '\uffff'];
  const { addresses, lengths } = putStrings(core, texts);
  const ids = put(core, texts.length * 4);
  const dictionary = kernels.newDictionary();
  t.is(kernels.intern(dictionary, addresses, lengths, texts.length, 1000, ids), texts.length);
  t.deepEqual([core.result(0), core.result(1)], [7, 13]);
  t.deepEqual(uint32(core, ids, texts.length), [0, 1, 0, 2, 3, 4, 1, 5, 6]);
  const [order, ranks] = [put(core, 7 * 4), put(core, 7 * 4)];
  kernels.sortDictionary(dictionary, order, ranks, put(core, 7 * 32));
  t.deepEqual(uint32(core, order, 7), [2, 1, 4, 0, 3, 6, 5]);
  const entries = { addresses: put(core, 7 * 4), lengths: put(core, 7 * 4) };
  kernels.locateEntries(dictionary, order, 7, entries.addresses, entries.lengths);
  t.deepEqual(strings(core, entries, 7), ['', 'a', 'ab', 'b', 'ä', '\uffff', '\u{10000}']);
  const out = put(core, 3 * 8);
  t.is(kernels.rankIds(ids, 3, ranks, entries.lengths, out), 3);
  t.deepEqual([...int64(core, out, 3), core.result(0), core.result(1)], [3n, 1n, 3n, 1, 3]);
  const more = putStrings(core, ['c']);
  t.is(kernels.intern(dictionary, more.addresses, more.lengths, 1, 13, ids), 0, 'it would be over 13 bytes');
  kernels.freeDictionary(dictionary);
});

test('list: lengths are differences of offsets, of the rows that are there', (t) => {
  const out = put(core, 32);
  t.is(kernels.listLengths(put(core, Uint32Array.of(5, 7, 7, 10)), 3, put(core, bits('101')), 0, out), 2);
  t.deepEqual(int64(core, out, 2), [2n, 3n]);
  t.is(kernels.listLengths(put(core, Uint32Array.of(5, 4)), 1, 0, 0, out), -1);
});

test('union: the rows of a tag', (t) => {
  const tags = put(core, Uint8Array.of(1, 0, 1, 1));
  const out = put(core, 1);
  t.is(kernels.matchTags(tags, 4, put(core, bits('1101')), 1, out), 2);
  t.is(hex(core, out, 1), Buffer.from(bits('1001')).toString('hex'));
  t.deepEqual([kernels.areTags(tags, 4, 2), kernels.areTags(tags, 4, 1)], [1, 0]);
});

test('strings: found by offsets, of the rows that are there', (t) => {
  const data = put(core, Buffer.from('abcdef'));
  const at = { addresses: put(core, 16), lengths: put(core, 16) };
  const offsets = put(core, Uint32Array.of(10, 12, 13, 16));
  const locate = (size: number): number =>
    kernels.locateStrings(offsets, 3, put(core, bits('101')), 0, data, 10, size, at.addresses, at.lengths);
  t.is(locate(6), 2);
  t.deepEqual(strings(core, at, 2), ['ab', 'def']);
  t.is(locate(5), -1);
  const out = put(core, 16);
  t.is(kernels.gatherStrings(at.addresses, at.lengths, 2, 4, out), 1);
  t.is(kernels.gatherStrings(at.addresses, at.lengths, 2, 5, out), 2);
  t.is(Buffer.from(core.bytes.subarray(out, out + 5)).toString(), 'abdef');
});

test('strings: lengths become offsets, of a null none', (t) => {
  const out = put(core, 16);
  const lengths = put(core, BigInt64Array.of(2n, 3n));
  t.is(kernels.writeOffsets(lengths, 3, put(core, bits('101')), out), 5);
  t.deepEqual(uint32(core, out, 4), [0, 2, 2, 5]);
  t.is(kernels.writeOffsets(put(core, BigInt64Array.of(-1n)), 1, 0, out), -1);
  t.is(kernels.writeOffsets(put(core, BigInt64Array.of(2n ** 30n, 2n ** 30n)), 2, 0, out), -1);
});

test('integers: widened without nulls, narrowed with a zero for each', (t) => {
  const present = put(core, bits('1011'));
  const out = put(core, 64);
  t.is(kernels.widenIntegers(put(core, Int32Array.of(1, 9, -2, 3)), 4, present, 0, out), 3);
  t.deepEqual(int64(core, out, 3), [1n, -2n, 3n]);
  const slots = put(core, 16);
  t.is(kernels.narrowIntegers(out, 4, present, slots), 1);
  t.deepEqual(uint32(core, slots, 4), [1, 0, 2 ** 32 - 2, 3]);
  t.is(kernels.narrowIntegers(put(core, BigInt64Array.of(2n ** 31n)), 1, 0, slots), 0);
});

test('statistics: minimum, maximum, sum, and whether it left 64 bits', (t) => {
  const state = put(core, BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 0n, 0n));
  kernels.integerStatistics(put(core, BigInt64Array.of(5n, -3n)), 2, state);
  t.deepEqual(int64(core, state, 4), [-3n, 5n, 2n, 0n]);
  kernels.integerStatistics(put(core, BigInt64Array.of(2n ** 63n - 1n)), 1, state);
  t.deepEqual(int64(core, state, 4), [-3n, 2n ** 63n - 1n, -(2n ** 63n) + 1n, 1n]);
});

test('statistics: of doubles a NaN is noted, of strings the places of the extremes', (t) => {
  const state = put(core, Float64Array.of(Infinity, -Infinity, 0, 0));
  kernels.doubleStatistics(put(core, Float64Array.of(1.5, -2)), 2, state);
  t.deepEqual(float64(core, state, 3), [-2, 1.5, -0.5]);
  t.is(hex(core, state + 24, 4), '00000000');
  kernels.doubleStatistics(put(core, Float64Array.of(Number.NaN)), 1, state);
  t.is(hex(core, state + 24, 4), '01000000');
  const { addresses, lengths } = putStrings(core, ['b', 'a', 'ab', 'é', 'z']);
  kernels.stringExtremes(addresses, lengths, 5);
  t.deepEqual([core.result(0), core.result(1)], [1, 3]);
});
