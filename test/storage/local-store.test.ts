import test from 'ava';
import type { ExecutionContext } from 'ava';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, readlink, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localStore } from '../../storage/local-store.ts';
import { InvalidKeyError, ObjectChangedError } from '../../storage/store.ts';
import { collect } from './collect.ts';
import { SEVERAL_READS_BYTES, bytesOf, keysOf, read, testStore } from './store-suite.ts';

testStore(test, async (t) => localStore(join(await makeFolder(t), 'not made yet')));

test('an eTag is the MD5 of the content, as in notifications of S3', async (t) => {
  const folder = await makeFolder(t);
  const store = localStore(folder);
  await writeFile(join(folder, 'dropped in'), 'by somebody else');
  t.is((await store.head('dropped in'))?.eTag, createHash('md5').update('by somebody else').digest('hex'));
});

test('an object and its folder cannot have one name', async (t) => {
  const store = localStore(await makeFolder(t));
  await store.put('a', Buffer.from(''));
  await store.put('b/c', Buffer.from(''));
  for (const ifAbsent of [false, true]) {
    await t.throwsAsync(store.put('a/b', Buffer.from(''), { ifAbsent }), { instanceOf: InvalidKeyError });
    await t.throwsAsync(store.put('b', Buffer.from(''), { ifAbsent }), { instanceOf: InvalidKeyError });
  }
  t.deepEqual(await keysOf(store, ''), ['a', 'b/c']);
});

test('unfinished objects are no objects, and those left by a crash are removed', async (t) => {
  const folder = await makeFolder(t);
  await mkdir(join(folder, '.partial'));
  await writeFile(join(folder, '.partial/crashed'), 'half');
  await writeFile(join(folder, '.partial/being written'), 'half');
  await utimes(join(folder, '.partial/crashed'), 1, 1);
  const store = localStore(folder);
  await store.put('object', Buffer.from(''));
  t.deepEqual(await readdir(join(folder, '.partial')), ['being written']);
  t.deepEqual(await keysOf(store, ''), ['object']);
  t.deepEqual(await store.listFolders(''), []);
  await t.throwsAsync(store.get('.partial/crashed'), { instanceOf: InvalidKeyError });
});

test('deleting the last object of a folder removes the folder', async (t) => {
  const folder = await makeFolder(t);
  const store = localStore(folder);
  await store.put('a/b/c', Buffer.from(''));
  await store.put('a/d', Buffer.from(''));
  await store.delete(['a/b/c']);
  t.deepEqual(await readdir(join(folder, 'a')), ['d']);
});

test('R-VERSION: a file that grows while it is read is never passed off as whole', async (t) => {
  const folder = await makeFolder(t);
  const store = localStore(folder);
  await writeFile(join(folder, 'growing'), bytesOf(SEVERAL_READS_BYTES, 1));
  const got = await store.get('growing');
  await appendFile(join(folder, 'growing'), 'more');
  await t.throwsAsync(async () => got.kind === 'found' && (await collect(got.body)), {
    instanceOf: ObjectChangedError,
  });
  t.is((await read(store, 'growing')).length, SEVERAL_READS_BYTES + 4);
});

test('no file stays open, however a body is left', async (t) => {
  const folder = await makeFolder(t);
  const store = localStore(folder);
  for (const size of [10, SEVERAL_READS_BYTES]) {
    await store.put('object', bytesOf(size, 1));
    const { eTag } = (await store.head('object')) ?? {};
    t.truthy(eTag);
    for (const leave of [readWhole, readOneChunk, readNothing, failHalfWay]) {
      const got = await store.get('object');
      if (got.kind === 'found') await leave(got.body);
      t.deepEqual(await openFilesIn(folder), [], `${leave.name} ${size}`);
    }
    await store.get('object', { ifMatch: 'another' });
    await t.throwsAsync(store.get('object', { range: { start: size, end: size + 1 } }));
    t.deepEqual(await openFilesIn(folder), []);
  }
});

test('processes that put one key at the same time leave one whole object', async (t) => {
  const folder = await makeFolder(t);
  const results = await Promise.all([1, 2, 3].map((seed) => putInProcess(folder, seed)));
  const store = localStore(folder);
  const winner = await read(store, 'shared/contended 🙂');
  t.true([1, 2, 3].some((seed) => bytesOf(100_000, seed).equals(winner)));
  t.is(results.join('').split('stored').length - 1, 10, 'each of the 10 keys was stored by one of them');
  t.deepEqual(await readdir(join(folder, '.partial')), []);
});

async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi store +#🙂 '));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

type Body = AsyncIterable<Uint8Array> & AsyncDisposable;

async function readWhole(body: Body): Promise<void> {
  await collect(body);
}

async function readOneChunk(body: Body): Promise<void> {
  for await (const chunk of body) if (chunk.length > 0) break;
}

async function readNothing(body: Body): Promise<void> {
  await body[Symbol.asyncDispose]();
}

async function failHalfWay(body: Body): Promise<void> {
  try {
    for await (const chunk of body) throw new Error(`at ${chunk.length}`);
  } catch {
    // The file matters, not the error.
  }
}

/** Where the system does not tell, the test passes. */
async function openFilesIn(folder: string): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd').catch(() => []);
  const targets = await Promise.all(
    descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')),
  );
  return targets.filter((target) => target.startsWith(`${folder}/`));
}

async function putInProcess(folder: string, seed: number): Promise<string> {
  const script = fileURLToPath(new URL('put-in-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, folder, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = collect(child.stdout.setEncoding('utf8'));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`child ended with ${code}`);
  return (await output).join('');
}
