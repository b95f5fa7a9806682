import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { gzipSync } from 'node:zlib';
import { localStore } from '../../storage/local-store.ts';
import { sourceKey } from '../helpers/rows.ts';
import { toDoBody } from '../helpers/to-do-objects.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

const DAY = '2026-07-03';

test('what was never announced is healed, and a second run sends nothing', async (t) => {
  const keys = [sourceKey('0-19'), sourceKey('20-39')];
  const folder = await folderWith(t, keys);
  const corporate = localStore(join(folder, 'corporate'));
  await corporate.put(sourceKey('40-41'), gzipSync('\n\n'));
  await corporate.put(sourceKey('42-42'), gzipSync('no record\n'));
  await corporate.put(sourceKey('43-43'), Buffer.from('no gzip'));
  t.like(await heal(folder, '--dry-run'), { sent: 0 });
  t.like(await consume(folder), { messages: { received: 0 } });

  t.like(await heal(folder), { sent: 5, lost: [], offsets: [{ objects: 5, gaps: [] }] });
  t.like(await consume(folder), { messages: { received: 5 }, lines: { rows: 40 } });
  t.like(await heal(folder), { sent: 0, missing: [] });
});

test('an object that was written again is announced again', async (t) => {
  const key = sourceKey('0-19');
  const folder = await folderWith(t, [key]);
  await heal(folder);
  await consume(folder);
  await localStore(join(folder, 'corporate')).put(key, toDoBody('another'));
  t.like(await heal(folder), { sent: 1, missing: [{ key, reason: 'written again' }] });
  await consume(folder);
  t.like(await heal(folder), { sent: 0 });
});

test('a range that only a coalesced object holds is healed from it', async (t) => {
  const folder = await folderWith(t, [sourceKey('0_39'), sourceKey('40-59')]);
  await localStore(join(folder, 'corporate')).put(`${sourceKey('0_39')}.2`, toDoBody(sourceKey('0_39')));
  t.like(await heal(folder), { sent: 2 });
  t.like(await consume(folder), { lines: { rows: 40 } });
  t.like(await heal(folder), { sent: 0 });
});

test('a coalesced object with fewer lines than those it replaced is told of', async (t) => {
  const keys = [sourceKey('0-19'), sourceKey('20-39')];
  const folder = await folderWith(t, keys);
  await heal(folder);
  await consume(folder);
  const coalesced = sourceKey('0_39');
  await localStore(join(folder, 'corporate')).put(coalesced, toDoBody(sourceKey('0-19')));
  for (const key of keys) await rm(join(folder, 'corporate', key));
  const shortfalls = [{ key: coalesced, lines: 20, replaced: { keys, lines: 40 } }];
  t.like(await heal(folder), { sent: 0, shortfalls: [] });
  t.like(await heal(folder, '--check-coalesced'), { sent: 0, shortfalls });
});

test('only the day and the collection asked for are looked at, in every archive directory', async (t) => {
  const other = sourceKey('0-9', 'db.core.toDoArchive');
  const elsewhere = `another/2020/${sourceKey('0-9')}`;
  const tomorrow = sourceKey('0-9', 'db.core.toDo', '2026/07/03');
  const folder = await folderWith(t, [other, elsewhere, sourceKey('10-19'), tomorrow]);
  const ofToDo = await heal(folder, '--collection', 'core:toDo', '--dry-run');
  t.like(ofToDo, { missing: [{ key: elsewhere }, { key: sourceKey('10-19') }] });
  t.is((ofToDo as { missing: unknown[] }).missing.length, 2);
  t.like(await heal(folder), { sent: 3 });
});

test('a day is closed with one command, which may be run again', async (t) => {
  const folder = await folderWith(t, [sourceKey('0-19'), sourceKey('20_39')]);
  const close = ['close', '--local', folder, '--export-date', DAY];
  t.like(await json(close), {
    steps: [
      { step: 'drain', done: '0 messages, 0 objects, 0 rows' },
      { step: 'heal', done: '2 objects announced' },
      { step: 'drain again', done: '2 messages, 2 objects, 40 rows' },
      { step: 'look again', done: 'nothing is missing' },
      { step: 'compact and certify', done: '1 export date certified' },
    ],
  });
  const { code, stdout } = await runCdi(close);
  t.is(code, 0);
  t.regex(stdout, /^heal: 0 objects announced$/m);
  t.regex(stdout, /^compact and certify: all is up to date$/m);
});

test('a step that failed is told of, with what to do', async (t) => {
  const key = sourceKey('0-19');
  const folder = await folderWith(t, [key]);
  // A part that cannot be read fails the proof of its date.
  await localStore(join(folder, 'published')).put(
    'corporate_data_ingestion/live/core/toDo/export_date=2026-07-03/0.orc',
    Buffer.from('no part'),
  );
  const { code, stdout, stderr } = await runCdi(['close', '--local', folder, '--export-date', DAY]);
  t.is(code, 1);
  t.regex(stdout, /^look again: nothing is missing$/m);
  t.regex(stderr, /compact and certify: .*run cdi close again/);
});

async function folderWith(t: ExecutionContext, keys: readonly string[]): Promise<string> {
  const folder = await temporaryFolder(t);
  const corporate = localStore(join(folder, 'corporate'));
  for (const key of keys) await corporate.put(key, toDoBody(key));
  return folder;
}

function heal(folder: string, ...options: readonly string[]): Promise<object> {
  return json(['heal', '--local', folder, '--export-date', DAY, ...options]);
}

function consume(folder: string): Promise<object> {
  return json(['consume', '--local', folder, '--drain']);
}

async function json(words: readonly string[]): Promise<object> {
  const { code, stdout, stderr } = await runCdi([...words, '--json'], { settings: { CDI_WORKERS: '1' } });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as object;
}
