import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'ava';
import { readCertificates } from '../../compactor/certificate.ts';
import { objectCreatedBody } from '../../consumer/object-created.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { localStore } from '../../storage/local-store.ts';
import { sourceKey } from '../helpers/rows.ts';
import { mainFile, runCdi, type CdiRun } from './run-cdi.ts';
import { cdiJson, DAY, toDoFolder } from './to-do-folder.ts';

test('a day is closed with one command, which may be run again', async (t) => {
  const folder = await toDoFolder(t, [sourceKey('0-19'), sourceKey('20_39')]);
  t.like(await cdiJson(closeWords(folder)), {
    steps: [
      { step: 'drain', done: '0 messages, 0 objects, 0 rows' },
      { step: 'heal', done: '2 objects announced' },
      { step: 'drain again', done: '2 messages, 2 objects, 40 rows' },
      { step: 'look again', done: 'nothing is missing' },
      { step: 'compact and certify', done: '1 certificate issued' },
    ],
  });
  const { code, stdout } = await runCdi(closeWords(folder));
  t.is(code, 0);
  t.regex(stdout, /^heal: 0 objects announced$/m);
  t.regex(stdout, /^compact and certify: all is up to date$/m);
});

test('a step that failed is told of, with what to do', async (t) => {
  const key = sourceKey('0-19');
  const folder = await toDoFolder(t, [key]);
  // A part that cannot be read fails the proof of its date.
  await localStore(join(folder, 'published')).put(
    'corporate_data_ingestion/live/core/toDo/export_date=2026-07-03/0.orc',
    Buffer.from('no part'),
  );
  const { code, stdout, stderr } = await runCdi(closeWords(folder));
  t.is(code, 1);
  t.regex(stdout, /^look again: nothing is missing$/m);
  t.regex(stderr, /compact and certify: .*run cdi close again/);
});

test('a consumer may run beside it', async (t) => {
  const keys = Array.from({ length: 6 }, (_, index) => sourceKey(`${20 * index}-${20 * index + 19}`));
  const folder = await toDoFolder(t, [...keys, sourceKey('120_139')]);
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  await queue.send(keys.map((key) => objectCreatedBody([{ key }])));
  await queue.close();
  const consumer = spawn(process.execPath, [mainFile, 'consume', '--local', folder], {
    stdio: 'ignore',
    env: { ...process.env, CDI_FLUSH_AGE_MS: '300', CDI_WORKERS: '1' },
  });
  t.teardown(() => consumer.kill('SIGKILL'));
  const closed = await close(folder);
  t.is(closed.code, 0, closed.stderr);
  t.is(consumer.exitCode, null);
  t.like(await certificateOf(folder), { rows: 140, objects: { complete: 7, incomplete: 0 } });

  const ended = once(consumer, 'close');
  consumer.kill('SIGTERM');
  t.deepEqual(await ended, [0, null]);
  // What the consumer may have read again meanwhile is no more rows.
  t.is((await close(folder)).code, 0);
  t.like(await certificateOf(folder), { rows: 140, merge: { rowsOut: 140 } });
});

test('of two that run at once one may leave work to the other, and rows are there once', async (t) => {
  const folder = await toDoFolder(t, [sourceKey('0-19'), sourceKey('20_39')]);
  const both = await Promise.all([close(folder), close(folder)]);
  t.true(both.some(({ code }) => code === 0));
  for (const { code, stderr } of both) {
    if (code !== 0)
      t.regex(stderr, /compact and certify: core:toDo was left out: .*; then run cdi close again$/m);
  }
  t.is((await close(folder)).code, 0);
  t.like(await certificateOf(folder), { rows: 40, merge: { rowsOut: 40 } });
});

test('a queue that does not drain is waited for only so long', async (t) => {
  const key = sourceKey('0-19');
  const folder = await toDoFolder(t, [key]);
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  t.teardown(() => queue.close());
  await queue.send([objectCreatedBody([{ key }])]);
  const [taken] = await queue.receive({ max: 1, waitMs: 0, visibilityTimeoutMs: 600_000 });
  const { code, stdout, stderr } = await close(folder, '--wait', '1s');
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(
    stderr,
    /^cdi: close 2026-07-03, drain: the queue does not drain: 0 messages waiting, 1 in flight/m,
  );
  t.regex(stderr, /nothing done for 1 s; cdi status shows .*; then run cdi close again$/m);

  await queue.release([taken?.receiptHandle ?? ''], { delayMs: 0, countReceive: true });
  t.is((await close(folder)).code, 0);
});

test('dates with debt are compacted as well', async (t) => {
  const late = sourceKey('20-39', 'db.core.toDo', '2026/07/04');
  const folder = await toDoFolder(t, [sourceKey('0-19'), late]);
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  await queue.send([objectCreatedBody([{ key: late }])]);
  await queue.close();
  t.like(await cdiJson(closeWords(folder)), { steps: { 4: { done: '2 certificates issued' } } });
  t.like(await certificateOf(folder, '2026-07-05'), { rows: 20 });
});

function closeWords(folder: string): string[] {
  return ['close', '--local', folder, '--export-date', DAY];
}

function close(folder: string, ...options: readonly string[]): Promise<CdiRun> {
  return runCdi([...closeWords(folder), ...options]);
}

async function certificateOf(folder: string, exportDate = DAY): Promise<object | undefined> {
  const collection = { db: 'core', collection: 'toDo' };
  const certificates = await readCertificates(localStore(join(folder, 'published')), collection);
  return certificates.get(exportDate)?.certificate;
}
