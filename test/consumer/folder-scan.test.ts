import { mkdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { folderScan, type ScannedFolder } from '../../consumer/folder-scan.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { until } from '../helpers/until.ts';

const never = Number.POSITIVE_INFINITY;

test('every file is found, with its size and time, by name', async (t) => {
  const root = await makeTree(t, ['b/2 + #🙂', 'b/10', 'a/x/deep', 'top']);
  await writeFile(join(root, 'top'), 'four');
  await symlink(join(root, 'top'), join(root, 'link'));
  const files = await filesOf(scanOf(t, root, never)());
  t.deepEqual(
    files.map(({ key }) => key),
    ['top', 'a/x/deep', 'b/10', 'b/2 + #🙂'],
  );
  t.deepEqual(files[0], { key: 'top', size: 4, modifiedMs: (await stat(join(root, 'top'))).mtimeMs });
});

test('a settled folder is passed over until something is added or removed', async (t) => {
  const root = await makeTree(t, ['settled/a', 'settled/b', 'other/c']);
  const scan = scanOf(t, root, never);
  await age(root);
  for await (const folder of scan()) if (isFolder(folder, 'settled')) folder.settle();
  t.deepEqual(await keysOf(scan()), ['other/c']);
  await writeFile(join(root, 'settled/new'), '');
  t.deepEqual(await keysOf(scan()), ['other/c', 'settled/a', 'settled/b', 'settled/new']);
});

test('a folder that has just changed does not settle, as its time may not show the next change', async (t) => {
  const root = await makeTree(t, ['fresh/a']);
  const scan = scanOf(t, root, never);
  for await (const folder of scan()) folder.settle();
  t.deepEqual(await keysOf(scan()), ['fresh/a']);
});

test('folders with folders in them do not settle', async (t) => {
  const root = await makeTree(t, ['a/file', 'a/b/file']);
  const scan = scanOf(t, root, never);
  await age(root);
  for await (const folder of scan()) folder.settle();
  t.deepEqual(await keysOf(scan()), ['a/file']);
  await writeFile(join(root, 'a/b/new'), '');
  t.deepEqual(await keysOf(scan()), ['a/file', 'a/b/file', 'a/b/new']);
});

test('a full scan, which comes now and then, passes nothing over', async (t) => {
  const root = await makeTree(t, ['settled/a']);
  const scan = scanOf(t, root, 1);
  await age(root);
  for await (const folder of scan()) folder.settle();
  t.deepEqual(await keysOf(scan()), []);
  let found: string[] = [];
  await until(async () => (found = await keysOf(scan())).length > 0);
  t.deepEqual(found, ['settled/a']);
});

test('nothing is looked at after the signal', async (t) => {
  const root = await makeTree(t, ['a/1', 'b/2', 'c/3']);
  const controller = new AbortController();
  const scanned: string[][] = [];
  for await (const { files } of scanOf(t, root, never, controller.signal)()) {
    scanned.push(files.map(({ key }) => key));
    if (files.length > 0) controller.abort();
  }
  t.deepEqual(scanned, [[], ['a/1']]);
});

async function makeTree(t: ExecutionContext, keys: readonly string[]): Promise<string> {
  const root = await newFolder(t);
  for (const key of keys) {
    await mkdir(dirname(join(root, key)), { recursive: true });
    await writeFile(join(root, key), '');
  }
  return root;
}

/** As if everything had been there for long. */
async function age(root: string): Promise<void> {
  for (const folder of ['', 'a', 'a/b', 'settled', 'other']) {
    await utimes(join(root, folder), 1_600_000_000, 1_600_000_000).catch(() => {});
  }
}

function scanOf(
  t: ExecutionContext,
  root: string,
  fullEveryMs: number,
  signal = new AbortController().signal,
) {
  return folderScan(root, { fullEveryMs, onUnreadable: (error) => t.fail(error.message), signal });
}

function isFolder({ files }: ScannedFolder, name: string): boolean {
  return files.some(({ key }) => dirname(key) === name);
}

async function filesOf(folders: AsyncIterable<ScannedFolder>) {
  const files = [];
  for await (const folder of folders) files.push(...folder.files);
  return files;
}

async function keysOf(folders: AsyncIterable<ScannedFolder>): Promise<string[]> {
  return (await filesOf(folders)).map(({ key }) => key);
}
