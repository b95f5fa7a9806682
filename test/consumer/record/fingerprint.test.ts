import test from 'ava';
import { fingerprint } from '../../../consumer/record/fingerprint.ts';
import { randomFrom } from '../../../schemas/sample/random.ts';
import { lineReader } from '../../helpers/read-line.ts';
import { recordLine } from '../../helpers/record-line.ts';

const readLine = lineReader();

const published = test.macro({
  exec(t, hash: string, text: string) {
    t.is(murmur(Buffer.from(text), 0), hash);
    t.is(fingerprintOf(Buffer.from(text)), hash.slice(0, 16));
  },
  title: (_, hash: string, text: string) => `MurmurHash3_x86_128 of "${text}" is ${hash}`,
});
test(published, '00000000000000000000000000000000', '');
test(published, '2f1583c3ecee2c675d7bf66ce5e91d2c', 'The quick brown fox jumps over the lazy dog');
test(published, '9b5b7ba2ef3f7866889adeaf00f3f98e', "I will not buy this tobacconist's, it is scratched.");

test("the algorithm this is checked against passes its author's verification", (t) => {
  // SMHasher: hash the keys {0}, {0,1}, {0,1,2} … with seeds 256, 255 …; hash the hashes.
  const keys = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  const hashes = Array.from(keys, (length) => littleEndian(murmur(keys.subarray(0, length), 256 - length)));
  t.is(littleEndian(murmur(Buffer.concat(hashes), 0)).readUInt32LE(0), 0xb3ece62a);
});

test('texts of any length are hashed as the algorithm says, whatever is behind them', (t) => {
  const random = randomFrom('murmur');
  for (let length = 0; length < 200; length++) {
    const bytes = new Uint8Array(random.bytes(256));
    const out = new Int32Array([1, 2, 3, 4]);
    fingerprint(bytes, length, out, 1);
    t.is(hex(out[1]) + hex(out[2]), murmur(bytes.subarray(0, length), 0).slice(0, 16), `${length} bytes`);
    t.is(out[0], 1);
    t.is(out[3], 4);
  }
});

const line = recordLine();
const plain = recordLine({ root: { put_time: undefined } });
const body = plain.slice(1, -1);

const sameRecord = test.macro({
  exec(t, other: string) {
    t.is(identity(other), identity(line));
  },
  title: (claim) => `lines are the same record ${claim}`,
});
test(
  'with another put_time',
  sameRecord,
  line.replace(/"put_time":"[^"]*"/, '"put_time":"2024-01-01 00:00:00.000"'),
);
test('with a put_time of another length', sameRecord, line.replace(/"put_time":"[^"]*"/, '"put_time":""'));
test(
  'with a put_time of another type',
  sameRecord,
  line.replace(/"put_time":"[^"]*"/, '"put_time":{"at":[1,"2"]}'),
);
test(
  'with a put_time of escapes',
  sameRecord,
  line.replace(/"put_time":"[^"]*"/, String.raw`"put_time":"\u0022\\\","`),
);
test(
  'with a put_time whose name is escaped',
  sameRecord,
  line.replace('"put_time"', String.raw`"put\u005ftime"`),
);
test('without a put_time', sameRecord, plain);
test('with put_time as the first member', sameRecord, `{"put_time":"x",${body}}`);
test('with put_time in the middle', sameRecord, plain.replace('"version":', '"put_time":"x","version":'));
test('with two put_times', sameRecord, `{"put_time":"x",${body},"put_time":"y"}`);
test('with two put_times at the beginning', sameRecord, `{"put_time":"x","put_time":"y",${body}}`);
test('with three put_times at the beginning', sameRecord, `{"put_time":1,"put_time":2,"put_time":3,${body}}`);
test('with two put_times at the end', sameRecord, `{${body},"put_time":"x","put_time":"y"}`);
test(
  'with two put_times in the middle',
  sameRecord,
  plain.replace('"version":', '"put_time":1,"put_time":[],"version":'),
);
test('with spaces around put_time', sameRecord, `{${body} , "put_time" : "x"}`.replace(' ,', ','));
test('with spaces behind a first put_time', sameRecord, `{"put_time": "x" , ${body}}`);

test('a replayed line with spaces is the same record too', (t) => {
  const spaced = (putTime: string) =>
    `{ "put_time": "${putTime}"\t,\r ${body.replaceAll('":', '": ')}\t\r, "put_time" : "${putTime}" }`;
  t.is(identity(spaced('2023-07-02 09:15:04.001')), identity(spaced('2023-07-03 10:00:00.000 and more')));
  const gone = `{ ${body.replaceAll('":', '": ')}\t\r }`;
  t.is(identity(spaced('x')), identity(gone), 'it goes with its comma and what is between them');
});

test('every other change of one byte makes another record', (t) => {
  const random = randomFrom('one byte');
  const printable = Buffer.from('abcXYZ0189+/ ,:{}"');
  const start = line.indexOf('"put_time"');
  const original = identity(line);
  const seen = new Set([original]);
  let rows = 0;
  for (let round = 0; round < 6_000; round++) {
    const bytes = Buffer.from(line);
    const at = random.below(start - 1);
    const byte = printable[random.below(printable.length)] ?? 0;
    if (bytes[at] === byte) continue;
    bytes[at] = byte;
    const read = readLine(bytes);
    if (read.kind !== 'row') continue;
    rows += 1;
    if (read.fingerprint === original) return t.fail(`the same with ${byte} at ${at}`);
    seen.add(read.fingerprint);
  }
  t.true(rows > 500, `${rows} changed lines are rows`);
  t.true(seen.size > 500, `${seen.size} fingerprints`);
});

test('a put_time inside the message is not left out', (t) => {
  const inside = (time: string) => identity(recordLine({ message: { put_time: time } }));
  t.not(inside('a'), inside('b'));
});

test('a line of five megabytes keeps its identity', (t) => {
  const document = `{"a":"${'x'.repeat(5_000_000)}"}`;
  const [a, b] = ['a', 'b'].map((put_time) => identity(recordLine({ document, root: { put_time } })));
  t.is(a, b);
  t.not(a, identity(recordLine({ document: document.replace('x"', 'y"') })));
});

function identity(text: string): string {
  const read = readLine(text);
  return read.kind === 'row' ? read.fingerprint : `${read.kind}: ${JSON.stringify(read)}`;
}

function fingerprintOf(bytes: Uint8Array): string {
  const out = new Int32Array(2);
  fingerprint(bytes, bytes.length, out, 0);
  return hex(out[0]) + hex(out[1]);
}

function hex(word = 0): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** The four words' bytes in memory. */
function littleEndian(hash: string): Buffer {
  return Buffer.from(hash, 'hex').swap32();
}

/** MurmurHash3_x86_128, its four words in hex; written for reading, with big integers that are cut to 32 bits. */
function murmur(bytes: Uint8Array, seed: number): string {
  const cut = (value: bigint) => BigInt.asUintN(32, value);
  const rotate = (value: bigint, bits: bigint) => cut((value << bits) | (value >> (32n - bits)));
  const constants = [0x239b961bn, 0xab0e9789n, 0x38b34ae5n, 0xa1e38b93n] as const;
  const lanes = [
    { scramble: 15n, mix: 19n, add: 0x561ccd1bn },
    { scramble: 16n, mix: 17n, add: 0x0bcaa747n },
    { scramble: 17n, mix: 15n, add: 0x96cd1c35n },
    { scramble: 18n, mix: 13n, add: 0x32ac3b17n },
  ] as const;
  const state = [seed, seed, seed, seed].map(BigInt);
  const constant = (lane: number) => constants[lane % 4] ?? 0n;
  const word = (at: number) => state[at % 4] ?? 0n;

  function scrambled(value: bigint, lane: number): bigint {
    const bits = lanes[lane]?.scramble ?? 0n;
    return cut(rotate(cut(value * constant(lane)), bits) * constant(lane + 1));
  }
  function wordAt(offset: number): bigint {
    let value = 0n;
    for (let byte = 3; byte >= 0; byte--) value = (value << 8n) | BigInt(bytes[offset + byte] ?? 0);
    return value;
  }

  const whole = bytes.length - (bytes.length % 16);
  for (let block = 0; block < whole; block += 16) {
    for (const [lane, { mix, add }] of lanes.entries()) {
      const mixed = word(lane) ^ scrambled(wordAt(block + 4 * lane), lane);
      state[lane] = cut(cut(rotate(mixed, mix) + word(lane + 1)) * 5n + add);
    }
  }
  for (let lane = 3; lane >= 0; lane--) {
    if (bytes.length > whole + 4 * lane) state[lane] = word(lane) ^ scrambled(wordAt(whole + 4 * lane), lane);
  }

  const spread = () => {
    state[0] = cut(word(0) + word(1) + word(2) + word(3));
    for (const lane of [1, 2, 3]) state[lane] = cut(word(lane) + word(0));
  };
  for (const lane of [0, 1, 2, 3]) state[lane] = word(lane) ^ BigInt(bytes.length);
  spread();
  for (const lane of [0, 1, 2, 3]) {
    let value = word(lane);
    value = cut((value ^ (value >> 16n)) * 0x85ebca6bn);
    value = cut((value ^ (value >> 13n)) * 0xc2b2ae35n);
    state[lane] = value ^ (value >> 16n);
  }
  spread();
  return state.map((value) => value.toString(16).padStart(8, '0')).join('');
}
