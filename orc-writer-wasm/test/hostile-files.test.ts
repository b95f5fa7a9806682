// Files that claim more than they hold. Each was made with right lengths around one lie.

import { deflateRawSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import type { ColumnBatch } from '../src/columns.ts';
import { borrowCore, returnCore } from '../src/core.ts';
import { CorruptStreamError, MemoryLimitError, OrcError, type ErrorPlace } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import { putTogether, takeApart, type Changes, type StripeParts } from './fuzz/parts.ts';
import { parseWire, withNumbers, writeWire } from './fuzz/wire.ts';
import { writeBatches } from './helpers/memory-file.ts';

const LIMIT = 32 * 2 ** 20;

interface Lie {
  readonly schema: string;
  readonly batch: ColumnBatch;
  /** Changes the content of a stream, by column and kind. */
  readonly streams?: Readonly<Record<string, Buffer>>;
  readonly changes?: Partial<Changes>;
}

const numbers: Pick<Lie, 'schema' | 'batch'> = {
  schema: 'struct<n:bigint>',
  batch: { size: 3, columns: [{ values: BigInt64Array.of(1n, 2n, 4n) }] },
};
const words: Pick<Lie, 'schema' | 'batch'> = {
  schema: 'struct<s:string>',
  batch: { size: 3, columns: [{ data: Buffer.from('abc'), offsets: Uint32Array.of(0, 1, 2, 3) }] },
};
const lists: Pick<Lie, 'schema' | 'batch'> = {
  schema: 'struct<l:array<boolean>>',
  batch: { size: 3, columns: [{ offsets: Uint32Array.of(0, 1, 2, 3), child: { bits: Buffer.of(5) } }] },
};

async function made({ schema, batch, streams = {}, changes = {} }: Lie): Promise<Buffer> {
  const parts = await takeApart(await writeBatches([batch], { schema, compression: 'NONE' }));
  const stripes = parts.stripes.map(({ streams: theirs, footer }): StripeParts => {
    const columns = (parseWire(footer) ?? [])
      .filter(({ number }) => number === 1)
      .map(({ value }) => columnOf(value));
    return {
      footer,
      streams: theirs.map(({ kind, content }, i) => ({
        kind,
        content: streams[`${columns[i]} ${kind}`] ?? content,
      })),
    };
  });
  const same = (bytes: Buffer): Buffer => bytes;
  return putTogether(
    { ...parts, stripes },
    { stripeFooter: same, footer: same, metadata: same, postScript: same, ...changes },
  );
}

function columnOf(stream: bigint | Buffer): number {
  const fields = typeof stream === 'bigint' ? [] : (parseWire(stream) ?? []);
  return Number(fields.find(({ number }) => number === 2)?.value ?? 0);
}

/** A field of the messages in another that have this number. */
function within(outer: number, inner: number, value: number): (message: Buffer) => Buffer {
  return (message) =>
    writeWire(
      (parseWire(message) ?? []).map((field) =>
        field.number === outer && typeof field.value !== 'bigint'
          ? { ...field, value: withNumbers(field.value, new Map([[inner, value]])) }
          : field,
      ),
    );
}

/** Runs of RLE v2 of 512 times the same value. */
function repeated(value: bigint, runs: number): Buffer {
  const varint: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    varint.push(Number(rest & 127n) + (rest > 127n ? 128 : 0));
    if (rest <= 127n) break;
  }
  return Buffer.concat(Array.from({ length: runs }, () => Buffer.of(0xc1, 0xff, ...varint, 0)));
}

/** Reading all of it gives this error, within seconds and the limit. */
async function isRefused(
  t: ExecutionContext,
  file: Uint8Array,
  code: string,
  place?: ErrorPlace,
): Promise<void> {
  const before = process.memoryUsage.rss();
  const error = await t.throwsAsync(
    async () => {
      await using reader = await openReader(file, { memoryLimit: LIMIT });
      await reader.stripeStatistics();
      for await (const { size } of reader.batches()) t.true(size > 0);
    },
    { instanceOf: OrcError, code },
  );
  t.like(error, place === undefined ? { code } : { code, place });
  t.true(process.memoryUsage.rss() - before < LIMIT * 4, 'memory');
}

test('a string longer than its stream', async (t) => {
  const file = await made({ ...words, streams: { '1 LENGTH': repeated(2n ** 24n, 1) } });
  await isRefused(t, file, 'memory-limit');
  const shorter = await made({ ...words, streams: { '1 LENGTH': repeated(1000n, 1) } });
  await isRefused(t, shorter, 'short-stream', { stripe: 0, column: 1, stream: 'DATA' });
});

test('lists with billions of elements', async (t) => {
  const elements = Buffer.concat(Array.from({ length: 1000 }, () => Buffer.of(0x7f, 0xff)));
  const streams = { '1 LENGTH': repeated(2n ** 29n, 1), '2 DATA': elements };
  await isRefused(t, await made({ ...lists, streams }), 'memory-limit');
  const negative = { '1 LENGTH': repeated(2n ** 63n, 1), '2 DATA': elements };
  await isRefused(t, await made({ ...lists, streams: negative }), 'bad-length', { stripe: 0, column: 1 });
});

test('a dictionary of a size that it has not', async (t) => {
  for (const [size, code] of [
    [2 ** 50, 'short-stream'],
    [100, 'short-stream'],
  ] as const) {
    const file = await made({
      ...words,
      changes: { stripeFooter: (footer) => within(2, 2, size)(within(2, 1, 3)(footer)) },
    });
    await isRefused(t, file, code, { stripe: 0, column: 1, stream: 'LENGTH' });
  }
});

test('a dictionary whose lengths alone are over the limit', async (t) => {
  const file = await made({
    ...words,
    streams: { '1 LENGTH': repeated(0n, 20_000) },
    changes: { stripeFooter: (footer) => within(2, 2, 512 * 20_000)(within(2, 1, 3)(footer)) },
  });
  await isRefused(t, file, 'memory-limit');
});

test('a row group of more rows than fit', async (t) => {
  const changes = {
    footer: (footer: Buffer) => within(3, 5, 2 ** 50)(withNumbers(footer, new Map([[8, 2 ** 49]]))),
  };
  await using reader = await openReader(await made({ ...numbers, changes }), { memoryLimit: LIMIT });
  await t.throwsAsync(reader.readRowGroup(0, 0), { instanceOf: MemoryLimitError });
});

test('rows that take no bytes cost no more than the ones that are asked for', async (t) => {
  const changes = { footer: within(3, 5, 2 ** 50) };
  const batch = { size: 3, columns: [] };
  await using reader = await openReader(await made({ schema: 'struct<>', batch, changes }));
  let rows = 0;
  for await (const { size } of reader.batches({ batchSize: 1000 })) {
    rows += size;
    if (rows >= 100_000) break;
  }
  t.is(rows, 100_000);
});

test('a search in a stripe that claims rows without end', async (t) => {
  const changes = {
    footer: (footer: Buffer) => within(3, 5, 2 ** 50)(withNumbers(footer, new Map([[8, 1]]))),
  };
  await using reader = await openReader(await made({ ...numbers, changes }), { memoryLimit: LIMIT });
  await t.throwsAsync(
    async () => {
      const searchArgument = { column: 'n', equals: 2 };
      for await (const { size } of reader.batches({ searchArgument })) t.true(size > 0);
    },
    { instanceOf: CorruptStreamError, code: 'short-stream' },
  );
});

test('rows of a stripe that are no number', async (t) => {
  await isRefused(t, await made({ ...numbers, changes: { footer: within(3, 5, 2 ** 60) } }), 'bad-footer');
});

test('a footer, and statistics, that are a few bytes and become very many', async (t) => {
  const bomb = Buffer.concat(
    Array.from({ length: 20 }, () => {
      const chunk = deflateRawSync(Buffer.alloc(4 * 2 ** 20));
      const header = Buffer.alloc(3);
      header.writeUIntLE(chunk.length * 2, 0, 3);
      return Buffer.concat([header, chunk]);
    }),
  );
  const zlib = (postScript: Buffer): Buffer =>
    withNumbers(
      postScript,
      new Map([
        [2, 1],
        [3, 4 * 2 ** 20],
      ]),
    );
  await isRefused(
    t,
    await made({ ...numbers, changes: { footer: () => bomb, postScript: zlib } }),
    'memory-limit',
  );
});

test('messages of many fields of no length, each an object', async (t) => {
  const types = Buffer.alloc(2_000_000, Buffer.of(0x22, 0));
  const footer = (bytes: Buffer): Buffer => Buffer.concat([bytes, types]);
  await isRefused(t, await made({ ...numbers, changes: { footer } }), 'memory-limit');
  const statistics = Buffer.alloc(2_000_000, Buffer.of(0x0a, 0));
  await isRefused(t, await made({ ...numbers, changes: { metadata: () => statistics } }), 'memory-limit');
});

test('positions in pieces take time by their number, not its square', async (t) => {
  const entry = Buffer.alloc(300_000, Buffer.of(0x0a, 1, 5));
  const index = writeWire([{ number: 1, wireType: 2, value: entry }]);
  await using reader = await openReader(await made({ ...numbers, streams: { '1 ROW_INDEX': index } }));
  const [, [group] = []] = await reader.rowIndex(0);
  t.is(group?.positions.length, 100_000);
});

test('a type with very many types inside is refused, not a stack that is full', async (t) => {
  const subtypes = writeWire([
    { number: 1, wireType: 0, value: 12n },
    { number: 2, wireType: 2, value: Buffer.alloc(300_000, 1) },
  ]);
  const footer = writeWire([{ number: 4, wireType: 2, value: subtypes }]);
  await isRefused(t, await made({ ...numbers, changes: { footer: () => footer } }), 'bad-footer');
});

test('an index, and a footer of a stripe, that are no messages', async (t) => {
  const noise = Buffer.alloc(20, 0xff);
  await using reader = await openReader(await made({ ...numbers, streams: { '1 ROW_INDEX': noise } }));
  t.like(await t.throwsAsync(reader.rowIndex(0)), {
    name: 'FileFormatException',
    code: 'bad-protobuf',
    place: { stripe: 0, column: 1, stream: 'ROW_INDEX' },
  });
  const file = await made({ ...numbers, changes: { stripeFooter: () => noise } });
  await isRefused(t, file, 'bad-protobuf', { stripe: 0 });
});

test('a stripe outside the file', async (t) => {
  await isRefused(t, await made({ ...numbers, changes: { footer: within(3, 1, 2 ** 40) } }), 'out-of-range');
  await isRefused(t, await made({ ...numbers, changes: { footer: within(3, 3, 2 ** 52) } }), 'out-of-range');
});

test('wasm memory gives no block over the limit, nor a small one for a size that leaves 32 bits', (t) => {
  const core = borrowCore(2 ** 20);
  for (const size of [2 ** 20 + 1, 2 ** 32 + 64, Number.NaN]) {
    t.throws(() => core.allocate(size), { instanceOf: MemoryLimitError });
  }
  t.throws(() => Array.from({ length: 100 }, () => core.allocate(2 ** 16)), { instanceOf: MemoryLimitError });
  returnCore(core);
});
