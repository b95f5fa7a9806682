import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { MemoryLimitError } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import { createWriter } from '../src/writer.ts';
import { writeBatches, writeColumns } from './helpers/memory-file.ts';
import { random } from './helpers/random.ts';
import { stringsOf, type Column } from './helpers/table.ts';

const MIB = 2 ** 20;

test('a small memoryLimit ends stripes early, at the same rows for any batches and workers', async (t) => {
  const r = random(3);
  const rows = 2000;
  const noise = Uint8Array.from({ length: 70_000 }, () => r.below(256));
  const columns: Column[] = [
    {
      name: 'long',
      type: 'binary',
      values: Array.from({ length: rows }, (_, i) => noise.subarray(i, i + (i % 7 === 0 ? 60_000 : 20))),
    },
    { name: 'repeated', type: 'string', values: Array.from({ length: rows }, () => `value ${r.below(500)}`) },
    { name: 'n', type: 'bigint', values: Array.from({ length: rows }, () => r.bits64()) },
  ];
  const options = { compression: 'ZLIB', memoryLimit: 16 * MIB, stripeSize: 2 ** 31 - 1 } as const;
  const file = await writeColumns(columns, options);
  for (const [workers, batchRows] of [
    [1, 77],
    [3, 1000],
    [4, rows],
  ] as const) {
    t.true(file.equals(await writeColumns(columns, { ...options, workers }, () => batchRows)));
  }
  const stripes = async (bytes: Buffer): Promise<number> => (await openReader(bytes)).stripes.length;
  t.true((await stripes(file)) > 1);
  t.is(await stripes(await writeColumns(columns, { ...options, memoryLimit: 1024 * MIB })), 1);
});

test('a row that does not fit is refused, and named', async (t) => {
  const options = { schema: 'struct<s:binary>', memoryLimit: 16 * MIB };
  const batch = { size: 2, columns: [stringsOf([Buffer.alloc(10), Buffer.alloc(MIB)])] };
  const long = { size: 2, columns: [stringsOf([Buffer.alloc(10), Buffer.alloc(2 * MIB)])] };
  await t.notThrowsAsync(writeBatches([batch, batch], options));
  await t.throwsAsync(writeBatches([batch, long], options), {
    instanceOf: MemoryLimitError,
    code: 'memory-limit',
    message: 'row 3 has over 1398101 bytes, too much for a memoryLimit of 16777216 (stripe 0)',
  });
  await t.notThrowsAsync(writeBatches([batch, long], { schema: options.schema }));
});

test('more columns than fit are refused', async (t) => {
  const names = Array.from({ length: 600 }, (_, i) => `c${i}`);
  const writer = await createWriter(() => {}, {
    schema: `struct<${names.map((name) => `${name}:string`).join(',')}>`,
    memoryLimit: 16 * MIB,
  });
  const vector = stringsOf(Array.from({ length: 500 }, (_, i) => Buffer.from(`${i}`)));
  t.throws(() => writer.addRowBatch({ size: 500, columns: names.map(() => vector) }), {
    instanceOf: MemoryLimitError,
    message: /rows of 600 columns may take/,
  });
  await writer.abort();
});

test('a limit is at least 16 MiB', async (t) => {
  await t.throwsAsync(
    createWriter(() => {}, { schema: 'struct<n:int>', memoryLimit: 16 * MIB - 1 }),
    { code: 'bad-option' },
  );
});

/** By how many MiB a process grows that writes so many batches, in one stripe if the limit lets it. */
async function growth(
  memoryLimit: number,
  schema: string,
  batches: number,
  makeBatch: string,
): Promise<number> {
  const program = `
    import { createWriter } from ${JSON.stringify(import.meta.resolve('../src/orc.ts'))};
    import { randomFillSync } from 'node:crypto';
    ${makeBatch}
    batch(0);
    const before = process.memoryUsage.rss();
    let most = before;
    const options = { compression: 'ZSTD', stripeSize: 2 ** 31 - 1, memoryLimit: ${memoryLimit} };
    const writer = await createWriter(() => {}, { schema: '${schema}', ...options });
    for (let i = 0; i < ${batches}; i++) {
      await writer.addRowBatch(batch(i));
      most = Math.max(most, process.memoryUsage.rss());
    }
    await writer.close();
    console.log(Math.round((Math.max(most, process.memoryUsage.rss()) - before) / 2 ** 20));
  `;
  const parameters = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { timeout: 50_000 });
  return Number(stdout);
}

test('a process that writes long values grows by little more than memoryLimit', async (t) => {
  const makeBatch = `
    const data = randomFillSync(Buffer.alloc(4 * 2 ** 20));
    const offsets = Uint32Array.from({ length: 65 }, (_, i) => i * 65_536);
    const batch = () => ({ size: 64, columns: [{ data, offsets }] });
  `;
  const limited = await growth(48 * MIB, 'struct<s:binary>', 100, makeBatch);
  const free = await growth(2 ** 40, 'struct<s:binary>', 100, makeBatch);
  t.true(limited < 180 && free > limited + 100, `${limited} and ${free} MiB`);
});

test('and one that writes dictionaries', async (t) => {
  const makeBatch = `
    const rows = 4000;
    const offsets = Uint32Array.from({ length: rows + 1 }, (_, i) => i * 40);
    const data = Buffer.alloc(rows * 40);
    const present = new Uint8Array(rows / 8).fill(0xff);
    // Every entry is there twice.
    const batch = (number) => {
      for (let row = 0; row < rows; row++) data.write(String(number * (rows / 2) + (row >> 1)).padEnd(40, '.'), row * 40);
      const vector = { data, offsets, present };
      return { size: rows, columns: Array.from({ length: 16 }, () => vector) };
    };
  `;
  const schema = `struct<${Array.from({ length: 16 }, (_, i) => `c${i}:string`).join(',')}>`;
  const limited = await growth(48 * MIB, schema, 100, makeBatch);
  const free = await growth(2 ** 40, schema, 100, makeBatch);
  t.true(limited < 180 && free > limited + 100, `${limited} and ${free} MiB`);
});
