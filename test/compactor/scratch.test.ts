import test, { type ExecutionContext } from 'ava';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { counterAt, scratchFile, type ScratchFile } from '../../compactor/scratch.ts';
import { newFolder } from '../helpers/queue-place.ts';

test('any slice is what was written there, however that was cut', async (t) => {
  const file = await newScratchFile(t);
  const bytes = randomBytes(5_000);
  for (let from = 0, length = 0; from < bytes.length; from += length, length = (length * 7 + 1) % 301) {
    await file.write(bytes.subarray(from, from + length));
  }
  t.is(file.byteLength, bytes.length);
  const slices = Array.from({ length: 600 }, (_, i) => [i % 40, (i * 37) % 5_001] as const);
  for (const [from, to] of [...slices, [0, 5_000], [4_999, 5_000], [16, 16]] as const) {
    if (to >= from) t.deepEqual(Buffer.from(await file.slice(from, to)), bytes.subarray(from, to));
  }
});

test('slices may be asked for at once, and between writes', async (t) => {
  const file = await newScratchFile(t);
  await file.write(Buffer.from('first '));
  t.is(String(await file.slice(1, 4)), 'irs');
  await file.write(Buffer.from('second'));
  const slices = await Promise.all([file.slice(0, 12), file.slice(6, 12), file.slice(5, 7)]);
  t.deepEqual(slices.map(String), ['first second', 'second', ' s']);
});

test('a slice beyond the end is refused', async (t) => {
  const file = await newScratchFile(t);
  await file.write(Buffer.from('0123456789'));
  await t.throwsAsync(() => Promise.resolve(file.slice(5, 11)), { message: /shorter/ });
});

test('what is on the disk is not what was written, and differs from file to file', async (t) => {
  const folder = await newFolder(t);
  const text = 'a secret of sixteen or more bytes '.repeat(100);
  for (const file of [await newScratchFile(t, folder), await newScratchFile(t, folder)]) {
    await file.write(Buffer.from(text));
  }
  const stored = (await openBelow(folder)).map((descriptor) => readFile(`/proc/self/fd/${descriptor}`));
  const [one, other] = await Promise.all(stored);
  t.is(one?.length, text.length);
  t.is(other?.length, text.length);
  t.false(one?.includes('secret'));
  t.notDeepEqual(one, other);
});

test('nothing is in the folder, neither while it is open nor after', async (t) => {
  const folder = await newFolder(t);
  const file = await scratchFile(folder);
  await file.write(Buffer.from('x'));
  t.deepEqual(await readdir(folder), []);
  t.is((await openBelow(folder)).length, 1);
  await file.close();
  t.deepEqual(await readdir(folder), []);
  t.deepEqual(await openBelow(folder), []);
});

test('the counter goes on as the cipher’s does, over every carry', (t) => {
  const key = randomBytes(32);
  const zeros = Buffer.alloc(16 * 6);
  for (const start of ['00', 'ff'.repeat(4), 'ff'.repeat(8), 'ff'.repeat(12), 'ff'.repeat(16)]) {
    // Three blocks before the carry.
    const first = Buffer.from(start.padStart(32, '0'), 'hex');
    first[15] = (first[15] ?? 0) & 0xfc;
    const encrypted = createCipheriv('aes-256-ctr', key, first).update(zeros);
    for (let block = 0; block < 6; block++) {
      const decipher = createDecipheriv('aes-256-ctr', key, counterAt(first, block));
      t.deepEqual(decipher.update(encrypted.subarray(16 * block)), zeros.subarray(16 * block), start);
    }
  }
});

test('the counter is exact for files beyond 2^32 blocks', (t) => {
  const start = Buffer.from('0000000000000000ffffffffffffffff', 'hex');
  t.is(counterAt(start, 2 ** 32 + 3).toString('hex'), '00000000000000010000000100000002');
  t.is(counterAt(start, 2 ** 49 - 1).toString('hex'), '00000000000000010001fffffffffffe');
});

async function newScratchFile(t: ExecutionContext, folder?: string): Promise<ScratchFile> {
  const file = await scratchFile(folder ?? (await newFolder(t)));
  t.teardown(() => file.close());
  return file;
}

/** File descriptors of this process whose files are, or were, in the folder; ascending. */
async function openBelow(folder: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc/self/fd')) {
    const path = await readlink(`/proc/self/fd/${name}`).catch(() => '');
    if (path.startsWith(folder)) found.push(Number(name));
  }
  return found.toSorted((a, b) => a - b);
}
