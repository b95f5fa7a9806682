import { spawn } from 'node:child_process';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { folderToDrain } from './folder-to-drain.ts';
import { mainFile, runCdi, type CdiRun, temporaryFolder } from './run-cdi.ts';

test('a file that is dropped in becomes rows, and SIGTERM ends the consumer', async (t) => {
  const folder = await temporaryFolder(t);
  const sample = join(folder, 'sample');
  await runCdi([
    'generate',
    '--dir',
    sample,
    '--records',
    '60',
    '--days',
    '1',
    '--faults',
    '0',
    '--replays',
    '0',
  ]);
  const place = join(folder, 'place');
  await mkdir(place);

  const consumer = startConsumer(t, place, { CDI_FLUSH_AGE_MS: '300' });
  for (const file of await filesUnder(join(sample, 'corporate'))) {
    const target = join(place, 'corporate', file);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(sample, 'corporate', file), target);
  }
  await until(async () => (await rowsIn(place)) === 60);
  consumer.child.kill('SIGTERM');
  const { code, stdout } = await consumer.ended;
  t.is(code, 0);
  t.like(JSON.parse(stdout), { lines: { rows: 60, quarantined: 0 }, deadLetters: 0 });

  // What was announced once is not announced again by the next process.
  const next = startConsumer(t, place, {});
  await sleep(3_500);
  next.child.kill('SIGTERM');
  t.like(JSON.parse((await next.ended).stdout), { messages: { received: 0 } });
  t.is(await rowsIn(place), 60);
});

test('--drain takes only what is in the queue', async (t) => {
  const folder = await temporaryFolder(t);
  await runCdi(['generate', '--dir', folder, '--records', '30', '--days', '1']);
  const { code, stdout } = await runCdi(['consume', '--local', folder, '--drain', '--json']);
  t.is(code, 0);
  t.like(JSON.parse(stdout), { messages: { received: 0 }, lines: { read: 0 } });
  const { stderr } = await runCdi(['consume', '--local', folder, '--drain']);
  t.regex(stderr, /^The queue was empty\. .*cdi heal --export-date DATE, or cdi consume without --drain\.$/m);
});

test('the consumer makes export dates queryable', async (t) => {
  const folder = await folderToDrain(t);
  const { stdout, stderr } = await drain(folder);
  t.true((JSON.parse(stdout) as { parts: { files: number } }).parts.files > 0);
  t.regex(
    stderr,
    /^\{"time":"[^"]+","event":"Partition:Registered","correlationId":"[-\da-f]{36}","table":"core_contract_changes","exportDate":"2026-07-03"\}$/m,
  );

  const catalogue = sqliteCatalogue(join(folder, 'state', 'catalogue.sqlite'));
  t.teardown(() => catalogue.close());
  t.deepEqual(await catalogue.listPartitions('cdi', 'core_contract_changes'), [
    {
      values: ['2026-07-03'],
      location: 'corporate_data_ingestion/live/core/contract/export_date=2026-07-03/',
      parameters: {},
    },
  ]);
  const { days } = JSON.parse((await runCdi(['status', '--local', folder, '--json'])).stdout) as {
    days: object[];
  };
  t.is((await catalogue.listTables('cdi')).length, days.length);
});

test('a catalogue that cannot be opened stops nothing', async (t) => {
  const folder = await folderToDrain(t);
  await writeFile(join(folder, 'state', 'catalogue.sqlite'), 'this is no database'.repeat(100));
  const { code, stdout, stderr } = await drain(folder);
  t.is(code, 0);
  t.regex(stderr, /^\{[^\n]+"event":"Catalogue:Unavailable",[^\n]+"reason":"[^\n]+"\}\n$/);
  t.like(JSON.parse(stdout), { lines: { rows: 200 }, messages: { held: 0, released: 0 } });
});

test('R-DLQONLY: what cannot be parsed ends with the dead letters, not with the consumer', async (t) => {
  const folder = await temporaryFolder(t);
  await runCdi(['notify', '--local', folder, '--events', '-'], { stdin: 'nonsense\n' });
  const { code, stdout } = await runCdi(['consume', '--local', folder, '--drain', '--json']);
  t.is(code, 0);
  t.like(JSON.parse(stdout), { messages: { ingested: 0, held: 0 }, deadLetters: 1 });
});

test('without a folder it says that AWS comes later', async (t) => {
  const { code, stderr } = await runCdi(['consume']);
  t.is(code, 2);
  t.regex(stderr, /^cdi: .*AWS.*--local DIR\n$/);
});

test('a folder that is not there is wrong usage', async (t) => {
  const { code, stderr } = await runCdi(['consume', '--local', join(await temporaryFolder(t), 'none')]);
  t.is(code, 2);
  t.regex(stderr, /There is no such folder/);
});

test('settings that make no sense are wrong usage, all in one line', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stderr } = await runCdi(['consume', '--local', folder, '--drain'], {
    settings: { CDI_WORKERS: '0', CDI_KEY_SERVICE: 'vault' },
  });
  t.is(code, 2);
  t.regex(stderr, /^cdi: [^\n]*CDI_KEY_SERVICE[^\n]*CDI_WORKERS[^\n]*\n$/);
});

function drain(folder: string): Promise<CdiRun> {
  return runCdi(['consume', '--local', folder, '--drain', '--json'], { settings: { CDI_WORKERS: '1' } });
}

function startConsumer(t: ExecutionContext, place: string, settings: Record<string, string>) {
  const child = spawn(process.execPath, [mainFile, 'consume', '--local', place, '--json'], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const ended = Promise.all([
    new Promise<number | null>((resolve) => {
      child.on('close', resolve);
    }),
    text(child.stdout),
  ]).then(([code, stdout]) => ({ code, stdout }));
  return { child, ended };
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

async function rowsIn(place: string): Promise<number> {
  const { stdout } = await runCdi(['status', '--local', place, '--json']);
  const { days } = JSON.parse(stdout) as { days: { rows: number }[] };
  return days.reduce((sum, { rows }) => sum + rows, 0);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it did not happen in 30 s');
    await sleep(200);
  }
}
