import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { CollectionOutcome } from '../../compactor/compact.ts';
import { localStore } from '../../storage/local-store.ts';
import { bodyOf } from '../helpers/published.ts';
import { until } from '../helpers/until.ts';
import { mainFile, runCdi } from './run-cdi.ts';
import { sampleParts } from './sample-parts.ts';

/** Parts of ten collections and two export dates, made once; every test has a copy of its own. */
const ingested = sampleParts();

/** What one compaction of all of it publishes. */
const published = ingested.then(async (parts) => {
  const folder = await copyOf(parts);
  try {
    const { code, stderr } = await compact(folder, '--all');
    if (code !== 0) throw new Error(stderr);
    return await digests(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.after.always(async () => rm(await ingested, { recursive: true, force: true }));

async function newCopy(t: ExecutionContext): Promise<string> {
  const folder = await copyOf(await ingested);
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

async function copyOf(parts: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi compact+#🙂 '));
  await cp(parts, folder, { recursive: true });
  return folder;
}

const dates = ['2026-07-02', '2026-07-03'] as const;
const contract = ['--collection', 'core:contract'] as const;

test('everything is compacted, and then there is nothing left to do', async (t) => {
  const folder = await newCopy(t);
  const all = await compact(folder, '--all');
  t.is(all.code, 0, all.stderr);
  t.regex(all.stdout, /^collection +export date +parts +rows in +duplicates/);
  for (const date of dates) t.regex(all.stdout, new RegExp(`core:contract +${date}`));
  const again = await compact(folder, '--all');
  t.is(again.code, 0);
  t.regex(again.stdout, /^Everything of 10 collections is up to date\.\n$/);
});

test('the number of shards and the order of work change no byte', async (t) => {
  const wanted = await published;
  for (const shards of ['1', '7']) {
    const folder = await newCopy(t);
    t.is((await compact(folder, '--all', '--shards', shards)).code, 0);
    t.deepEqual(await digests(folder), wanted);
  }
  const byDate = await newCopy(t);
  for (const date of dates) t.is((await compact(byDate, '--export-date', date)).code, 0);
  const found = await digests(byDate);
  // There is more: the typed tables of the first day, when it was the newest.
  t.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, found[key]])), wanted);
});

test('--json tells how each day went', async (t) => {
  const folder = await newCopy(t);
  const { stdout } = await compact(folder, ...contract, '--export-date', dates[1], '--json');
  const [outcome] = JSON.parse(stdout) as CollectionOutcome[];
  t.like(outcome, { kind: 'compacted', collection: 'core:contract' });
  const days = outcome?.kind === 'compacted' ? outcome.days : [];
  t.deepEqual(
    days.map(({ kind, exportDate }) => [kind, exportDate]),
    dates.map((date) => ['published', date]),
    'with the day that its snapshot stands on',
  );
});

test('killed at any moment and run again: the same bytes', async (t) => {
  const folder = await newCopy(t);
  for (let afterMs = 300; ; afterMs += 250) {
    const child = spawn(process.execPath, [mainFile, 'compact', '--local', folder, '--all']);
    const isEnded = once(child, 'close');
    await Promise.race([sleep(afterMs), isEnded]);
    if (!child.kill('SIGKILL')) break;
    await isEnded;
  }
  t.deepEqual(await digests(folder), await published);
});

test('told to stop, it ends at once with 1, and goes on another time', async (t) => {
  const folder = await newCopy(t);
  const child = spawn(process.execPath, [mainFile, 'compact', '--local', folder, '--all']);
  const ended = once(child, 'close');
  const changes = join(folder, 'published', 'corporate_data_ingestion', 'changes');
  await until(async () => existsSync(changes));
  child.kill('SIGTERM');
  t.is((await ended)[0], 1);
  t.is((await compact(folder, '--all')).code, 0);
  t.deepEqual(await digests(folder), await published);
});

test('two at once leave each other their collections, and come to the same bytes', async (t) => {
  const folder = await newCopy(t);
  const runs = await Promise.all([compact(folder, '--all'), compact(folder, '--all')]);
  for (const { code, stderr } of runs) {
    t.true(code === 0 || /was left out: .* is in work at/.test(stderr), stderr);
  }
  t.is((await compact(folder, '--all')).code, 0);
  t.deepEqual(await digests(folder), await published);
});

test('what is not there is said', async (t) => {
  const folder = await newCopy(t);
  const nothing = await compact(folder, '--collection', 'no:such');
  t.is(nothing.code, 1);
  t.regex(nothing.stderr, /there are no live parts of no:such; cdi status shows which there are/);
  const noDay = await compact(folder, ...contract, '--export-date', '2020-01-01');
  t.is(noDay.code, 1);
  t.regex(noDay.stderr, /no live parts of core:contract with the export date 2020-01-01/);
});

test('private data definitions take the place of ours, and wrong ones are told before anything is done', async (t) => {
  const folder = await newCopy(t);
  const audit = [
    'compact',
    '--local',
    folder,
    '--collection',
    'data:businessAudit',
    '--export-date',
    dates[0],
  ];
  const definition = join(folder, 'auditlog_managed.ddl');
  const run = async (text: string): ReturnType<typeof runCdi> => {
    await writeFile(definition, text);
    return runCdi(audit, { settings: { CDI_DDL_FOLDER: folder } });
  };
  const wrong = await run('audit_event STRIN');
  t.is(wrong.code, 1);
  t.regex(wrong.stderr, /the columns of uc_dw_auditlog\.auditlog_managed: .*STRIN/);
  const fewer = await run('audit_event STRING');
  t.is(fewer.code, 1);
  t.regex(
    fewer.stderr,
    /uc\.auditlog_sec_v has the column \w+, which uc_dw_auditlog\.auditlog_managed has not/,
  );
  t.false(existsSync(join(folder, 'published', 'corporate_data_ingestion', 'tables')));
});

test('wrong usage is said before anything is done', async (t) => {
  const folder = await newCopy(t);
  for (const words of [
    [],
    ['--all', ...contract],
    ['--collection', 'contract'],
    ['--export-date', '2026-02-30'],
    ['--all', '--shards', '0'],
  ]) {
    t.is((await compact(folder, ...words)).code, 2, words.join(' '));
  }
});

test('a part that is damaged fails its collection and no other', async (t) => {
  const folder = await newCopy(t);
  const store = localStore(join(folder, 'published'));
  const prefix = 'corporate_data_ingestion/live/core/contract/';
  const [part] = await Array.fromAsync(store.list(prefix));
  await store.put(part?.key ?? '', Buffer.from('no part'));
  const { code, stderr, stdout } = await compact(folder, '--all');
  t.is(code, 1);
  t.regex(stderr, /core:contract 2026-07-02: live part .* cannot be read .* move it away/);
  t.regex(stdout, /core:contract +2026-07-02 .*failed/);
  t.regex(stdout, /core:toDo +2026-07-03/i);
});

function compact(folder: string, ...words: readonly string[]): ReturnType<typeof runCdi> {
  return runCdi(['compact', '--local', folder, ...words], { settings: { CDI_WORKERS: '2' } });
}

/** Every published file by its key, with the digest of its bytes. */
async function digests(folder: string): Promise<Record<string, string>> {
  const store = localStore(join(folder, 'published'));
  const found: Record<string, string> = {};
  for await (const { key } of store.list('')) found[key] = hash('sha256', await bodyOf(store, key));
  return found;
}
