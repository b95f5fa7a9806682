import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { readCertificates } from '../../compactor/certificate.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { publishedKey } from '../../schemas/layout.ts';
import { PART_METADATA, type PartSource } from '../../schemas/part.ts';
import { localStore } from '../../storage/local-store.ts';
import { plainRow, rowFile } from '../helpers/live-part.ts';
import { sourceKey } from '../helpers/rows.ts';
import { toDoBody } from '../helpers/to-do-objects.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';
import { cdiJson, DAY, toDoFolder } from './to-do-folder.ts';

test('what was never announced is healed, and a second run sends nothing', async (t) => {
  const keys = [sourceKey('0-19'), sourceKey('20-39')];
  const folder = await toDoFolder(t, keys);
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

test('R-HEAL: what was announced is a metric for the alarm, in each command that heals', async (t) => {
  const folder = await toDoFolder(t, [sourceKey('0-19'), sourceKey('20-39')]);
  const settings = { CDI_METRICS: 'emf' };
  const healed = async (...words: readonly string[]): Promise<string[]> => {
    const { stderr } = await runCdi([...words, '--export-date', DAY, '--local', folder], { settings });
    return stderr.split('\n').flatMap((line) => /"Service":"heal".*"ObjectsHealed":\d+/.exec(line) ?? []);
  };
  t.deepEqual(await healed('heal', '--dry-run'), []);
  t.regex((await healed('heal')).join('\n'), /^.*"ObjectsHealed":2$/);
  t.regex((await healed('close')).join('\n'), /^.*"ObjectsHealed":0$/);
});

test('an object that was written again is announced again', async (t) => {
  const key = sourceKey('0-19');
  const folder = await toDoFolder(t, [key]);
  await heal(folder);
  await consume(folder);
  await localStore(join(folder, 'corporate')).put(key, toDoBody('another'));
  t.like(await heal(folder), { sent: 1, missing: [{ key, reason: 'written again' }] });
  await consume(folder);
  t.like(await heal(folder), { sent: 0 });
});

test('a range that only a coalesced object holds is healed from it', async (t) => {
  const folder = await toDoFolder(t, [sourceKey('0_39'), sourceKey('40-59')]);
  await localStore(join(folder, 'corporate')).put(`${sourceKey('0_39')}.2`, toDoBody(sourceKey('0_39')));
  t.like(await heal(folder), { sent: 2 });
  t.like(await consume(folder), { lines: { rows: 40 } });
  t.like(await heal(folder), { sent: 0 });
});

test('lines that a coalesced object lost end it with 1, although tables are whole', async (t) => {
  const folder = await toDoFolder(t, []);
  const { coalesced, keys } = await shortenedWith(folder, [sourceKey('0-19'), sourceKey('20-39')]);
  t.like(await heal(folder), { sent: 0, lost: [] });
  const { code, stdout, stderr } = await runCdi([...healWords(folder), '--check-coalesced']);
  t.is(code, 1);
  t.true(
    stdout.includes(
      `lost: ${coalesced} has 20 lines, the 2 objects that it replaced had 40; tables are whole`,
    ),
  );
  t.regex(stderr, /1 object of the bucket lost lines.*: tables are whole$/m);
  const found = await runCdi([...healWords(folder), '--check-coalesced', '--json']);
  t.like(JSON.parse(found.stdout), {
    lost: [{ kind: 'members', key: coalesced, lines: 20, replaced: { keys, lines: 40, areIngested: true } }],
  });
});

test('an object that was ingested in part and is gone ends it with 1, and a day is closed all the same', async (t) => {
  const [key, whole] = [sourceKey('0-19'), sourceKey('20-39')];
  const folder = await toDoFolder(t, [whole]);
  await putUnfinished(folder, key);
  const { code, stdout, stderr } = await runCdi(healWords(folder));
  t.is(code, 1);
  t.regex(stdout, /^lost: .*_0_0-19\.jsonl\.gz is gone with rows that tables lack/m);
  t.regex(stderr, /lost lines, such as .*_0_0-19\.jsonl\.gz: tables lack rows$/m);

  const closed = await runCdi(['close', '--local', folder, '--export-date', DAY]);
  t.is(closed.code, 1);
  t.regex(closed.stdout, /^compact and certify: 1 certificate issued$/m);
  t.regex(closed.stderr, /certified, but 1 object of the bucket lost lines/);
});

test('what the queue does not take ends it with 1 and says what to do', async (t) => {
  const folder = await toDoFolder(t, [sourceKey('0-19')]);
  const file = join(folder, 'state', 'queue.sqlite');
  await sqliteQueue(file).close();
  const database = new DatabaseSync(file);
  database.exec(
    `CREATE TRIGGER full BEFORE INSERT ON message BEGIN SELECT raise(ABORT, 'disk is full'); END`,
  );
  const { code, stdout, stderr } = await runCdi(healWords(folder));
  t.is(code, 1);
  t.regex(stdout, /^0 objects announced\.$/m);
  t.regex(stderr, /did not take 1 object, such as .*_0_0-19\.jsonl\.gz: disk is full; .*run it again/);
  t.regex(
    (await runCdi(['close', '--local', folder, '--export-date', DAY])).stderr,
    /^cdi: close 2026-07-03, heal: .*: disk is full; /,
  );

  database.exec('DROP TRIGGER full');
  database.close();
  t.like(await heal(folder), { sent: 1 });
});

test('a folder with nothing is told of', async (t) => {
  const { code, stdout } = await runCdi(healWords(await temporaryFolder(t)));
  t.is(code, 0);
  t.regex(stdout, /^There is nothing of this export date/);
});

test('to heal again while messages wait gives the same rows', async (t) => {
  const folder = await toDoFolder(t, [sourceKey('0-19'), sourceKey('20_39')]);
  t.like(await heal(folder), { sent: 2 });
  t.like(await heal(folder), { sent: 2 });
  await cdiJson(['close', '--local', folder, '--export-date', DAY]);
  const certificates = await readCertificates(localStore(join(folder, 'published')), {
    db: 'core',
    collection: 'toDo',
  });
  t.like(certificates.get(DAY), { certificate: { rows: 40, merge: { rowsOut: 40 } } });
});

test('what was replayed into the folder of another date covers nothing', async (t) => {
  const tomorrow = sourceKey('0-19', 'db.core.toDo', '2026/07/03');
  const folder = await toDoFolder(t, [sourceKey('0_19'), tomorrow]);
  await cdiJson(['heal', '--local', folder, '--export-date', '2026-07-04']);
  t.like(await consume(folder), { lines: { rows: 20 } });
  t.like(await heal(folder), { sent: 1, missing: [{ key: sourceKey('0_19') }] });
});

test('only the day and the collection asked for are looked at, in every archive directory', async (t) => {
  const other = sourceKey('0-9', 'db.core.toDoArchive');
  const elsewhere = `another/2020/${sourceKey('0-9')}`;
  const tomorrow = sourceKey('0-9', 'db.core.toDo', '2026/07/03');
  const folder = await toDoFolder(t, [other, elsewhere, sourceKey('10-19'), tomorrow]);
  const ofToDo = await heal(folder, '--collection', 'core:toDo', '--dry-run');
  t.like(ofToDo, { missing: [{ key: elsewhere }, { key: sourceKey('10-19') }] });
  t.is((ofToDo as { missing: unknown[] }).missing.length, 2);
  t.like(await heal(folder), { sent: 3 });
});

/** Ingested, then replaced by a coalesced object that has only the first. */
async function shortenedWith(
  folder: string,
  keys: readonly [string, string],
): Promise<{ readonly coalesced: string; readonly keys: readonly string[] }> {
  const corporate = localStore(join(folder, 'corporate'));
  for (const key of keys) await corporate.put(key, toDoBody(key));
  await heal(folder);
  await consume(folder);
  const coalesced = sourceKey('0_39');
  await corporate.put(coalesced, toDoBody(keys[0]));
  for (const key of keys) await rm(join(folder, 'corporate', key));
  return { coalesced, keys };
}

/** The first line of an object, as a consumer leaves it that was killed before it came to the last. */
async function putUnfinished(folder: string, key: string): Promise<void> {
  const day = { db: 'core', collection: 'toDo', exportDate: DAY };
  const source: PartSource = { key, eTag: 'e', rows: 1, firstLine: 1, lastLine: 1 };
  const part = await rowFile([plainRow({ sourceObject: key })], {
    [PART_METADATA.sources]: JSON.stringify([source]),
    [PART_METADATA.db]: day.db,
    [PART_METADATA.collection]: day.collection,
    [PART_METADATA.exportDate]: day.exportDate,
    [PART_METADATA.generation]: '0',
  });
  await localStore(join(folder, 'published')).put(publishedKey({ area: 'live', ...day, name: 'a' }), part);
}

function healWords(folder: string): string[] {
  return ['heal', '--local', folder, '--export-date', DAY];
}

function heal(folder: string, ...options: readonly string[]): Promise<object> {
  return cdiJson([...healWords(folder), ...options]);
}

function consume(folder: string): Promise<object> {
  return cdiJson(['consume', '--local', folder, '--drain']);
}
