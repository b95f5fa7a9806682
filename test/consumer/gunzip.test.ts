import test from 'ava';
import { createGzip, gzipSync } from 'node:zlib';
import { gunzip, type GzipFault } from '../../consumer/gunzip.ts';
import { randomFrom } from '../../schemas/sample/random.ts';
import { chunksOf, exhaust, inChunks } from '../helpers/chunks.ts';

/** Above this many bytes an object is streamed. */
const STREAMED = 1 << 20;

const first = gzipSync('{"a":"🙂"}\n{"b":2}\n');
const second = gzipSync('{"c":3}\n');
const nothing = gzipSync('');

interface Inflated {
  readonly text: string;
  readonly fault: GzipFault | undefined;
}

async function inflate(body: AsyncIterable<Uint8Array>, size: number): Promise<Inflated> {
  const { items, result } = await exhaust(gunzip(body, size));
  return { text: Buffer.concat(items).toString(), fault: result };
}

/** In one call as a small object, and streamed in chunks of several sizes: the same must come out. */
const inflates = test.macro({
  async exec(t, bytes: Uint8Array, text: string, fault: GzipFault | undefined) {
    for (const chunkBytes of [1, 7, 1_000]) {
      t.deepEqual(await inflate(inChunks(bytes, chunkBytes), bytes.length), { text, fault });
      t.deepEqual(await inflate(inChunks(bytes, chunkBytes), STREAMED + 1), { text, fault });
    }
  },
  title: (given = '') => given,
});

const whole = '{"a":"🙂"}\n{"b":2}\n';
const both = `${whole}{"c":3}\n`;
test('one member', inflates, first, whole, undefined);
test('two members, as the coalescer joins them', inflates, Buffer.concat([first, second]), both, undefined);
test(
  'R-EMPTY: members without content',
  inflates,
  Buffer.concat([nothing, first, nothing, nothing, second]),
  both,
  undefined,
);
test('R-EMPTY: nothing but a member without content', inflates, nothing, '', undefined);
test('R-EMPTY: no bytes at all are not gzip', inflates, Buffer.alloc(0), '', 'not-gzip');
test('text is not gzip', inflates, Buffer.from('{"a":1}\n'), '', 'not-gzip');
test('a zip file is not gzip', inflates, Buffer.from('PK\u0003\u0004'), '', 'not-gzip');
test('the first byte of gzip alone is gzip cut short', inflates, Buffer.from([0x1f]), '', 'truncated-gzip');
test('the second byte must be that of gzip too', inflates, Buffer.from([0x1f, 0x8c]), '', 'not-gzip');
test('NULs alone are not gzip', inflates, Buffer.alloc(64), '', 'not-gzip');
test(
  'NULs behind the last member are padding',
  inflates,
  Buffer.concat([first, second, Buffer.alloc(70_000)]),
  both,
  undefined,
);
test(
  'one NUL behind the last member is padding',
  inflates,
  Buffer.concat([first, Buffer.alloc(1)]),
  whole,
  undefined,
);
test(
  'a member behind padding does not vanish without a word',
  inflates,
  Buffer.concat([first, Buffer.alloc(9), second]),
  whole,
  'truncated-gzip',
);
test(
  'the first byte of another member is a member cut short',
  inflates,
  Buffer.concat([first, Buffer.from([0x1f])]),
  whole,
  'truncated-gzip',
);

test('members may meet anywhere in a chunk', async (t) => {
  const bytes = Buffer.concat([first, nothing, second]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const body = chunksOf(bytes.subarray(0, cut), bytes.subarray(cut));
    t.deepEqual(await inflate(body, STREAMED + 1), { text: both, fault: undefined }, `cut at ${cut}`);
  }
});

test('members may meet anywhere in the steps of a stream', async (t) => {
  const large = incompressible(3 * 16_384);
  for (let padding = -6; padding <= 6; padding++) {
    const member = gzipSync(large.subarray(0, large.length - 18 + padding), { level: 0 });
    const { items, result } = await exhaust(
      gunzip(inChunks(Buffer.concat([member, second]), 10_000), STREAMED + 1),
    );
    t.is(result, undefined);
    t.true(
      Buffer.concat(items).equals(
        Buffer.concat([large.subarray(0, large.length - 18 + padding), Buffer.from('{"c":3}\n')]),
      ),
    );
  }
});

test('an object cut short anywhere gives what was whole before, the same every time', async (t) => {
  const bytes = Buffer.concat([first, second]);
  let longest = 0;
  for (let end = 1; end < bytes.length; end++) {
    const small = await inflate(chunksOf(bytes.subarray(0, end)), end);
    if (end === first.length) {
      t.deepEqual(small, { text: whole, fault: undefined }, 'cut between members nothing is missing');
      continue;
    }
    t.is(small.fault, 'truncated-gzip', `cut at ${end}`);
    t.true(both.startsWith(small.text.replace(/\uFFFD+$/, '')));
    t.true(small.text.length >= longest, 'more bytes give no less');
    if (end > first.length) t.true(small.text.startsWith(whole), 'the whole member before is there');
    longest = small.text.length;
    t.deepEqual(await inflate(inChunks(bytes.subarray(0, end), 5), STREAMED + 1), small);
  }
});

test('bytes that are no gzip behind a good member leave its lines alone', async (t) => {
  const bytes = Buffer.concat([first, Buffer.from('<Error>AccessDenied</Error>')]);
  t.deepEqual(await inflate(chunksOf(bytes), bytes.length), { text: whole, fault: 'truncated-gzip' });
});

test('one flipped bit never passes for whole gzip with other content', async (t) => {
  const bytes = Buffer.concat([first, second]);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const { text, fault } = await inflate(chunksOf(flipped), flipped.length);
    // Header bits such as the time say nothing about the content.
    if (fault === undefined) t.is(text, both, `bit ${bit}`);
  }
});

test('a wrong checksum is a fault, and what came before it is kept however the body comes in chunks', async (t) => {
  const random = randomFrom('lines');
  const lines = Array.from({ length: 30_000 }, (_, line) => `${line} ${random.uuid()}\n`).join('');
  const bytes = gzipSync(lines);
  bytes[bytes.length - 6] = (bytes.at(-6) ?? 0) ^ 1;
  t.true(bytes.length > STREAMED / 2);
  const small = await inflate(chunksOf(bytes), bytes.length);
  t.is(small.fault, 'truncated-gzip');
  t.true(lines.startsWith(small.text) && small.text.length > lines.length - 200);

  const streamed = await inflate(inChunks(bytes, 1 << 16), STREAMED + 1);
  t.is(streamed.fault, 'truncated-gzip');
  t.true(lines.startsWith(streamed.text) && streamed.text.length > lines.length - 300_000);
  for (const chunkBytes of [999, 16_384, 20_000, bytes.length])
    t.deepEqual(await inflate(inChunks(bytes, chunkBytes), STREAMED + 1), streamed);
});

test('a small object that inflates to very much is streamed after all', async (t) => {
  const bytes = gzipSync(Buffer.alloc(80 << 20, 'a line\n'));
  t.true(bytes.length < STREAMED);
  let inflated = 0;
  let largest = 0;
  for await (const chunk of gunzip(chunksOf(bytes), bytes.length)) {
    inflated += chunk.length;
    largest = Math.max(largest, chunk.length);
  }
  t.is(inflated, 80 << 20);
  t.true(largest <= 1 << 20);
});

test('a body of any size is inflated in small chunks and little memory', async (t) => {
  const total = 200 << 20;
  const block = incompressible(1 << 20);
  const gzip = createGzip({ level: 0 });
  let made = 0;
  gzip.on('drain', fill);
  function fill(): void {
    while (made < total) {
      made += block.length;
      if (!gzip.write(block)) return;
    }
    gzip.end();
  }
  fill();
  const before = process.memoryUsage().arrayBuffers;
  let inflated = 0;
  let most = 0;
  let largest = 0;
  for await (const chunk of gunzip(gzip, total)) {
    if (inflated >> 22 !== (inflated + chunk.length) >> 22)
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    inflated += chunk.length;
    largest = Math.max(largest, chunk.length);
  }
  t.is(inflated, total);
  t.true(largest <= 1 << 20, `largest chunk ${largest}`);
  t.true(most - before < 64 << 20, `${(most - before) >> 20} MiB`);
});

test('whoever stops early lets the body go', async (t) => {
  let isLetGo = false;
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      yield* inChunks(gzipSync(incompressible(1 << 20)), 1 << 16);
    } finally {
      isLetGo = true;
    }
  }
  for await (const chunk of gunzip(body(), STREAMED + 1)) {
    t.true(chunk.length > 0);
    break;
  }
  t.true(isLetGo);
});

test('a body that fails makes the reader fail', async (t) => {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield first.subarray(0, 12);
    throw new Error('connection reset');
  }
  for (const size of [first.length, STREAMED + 1]) {
    await t.throwsAsync(exhaust(gunzip(body(), size)), { message: 'connection reset' });
  }
});

function incompressible(bytes: number): Buffer {
  return randomFrom('incompressible').bytes(bytes);
}
