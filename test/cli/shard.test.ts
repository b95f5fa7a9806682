import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { areaPrefix, dayPrefix, jobKey } from '../../schemas/layout.ts';
import { localStore } from '../../storage/local-store.ts';
import { driveRun, type Tasks } from '../helpers/drive-run.ts';
import { plainRow, putLivePart } from '../helpers/live-part.ts';
import { bodyOf } from '../helpers/published.ts';
import { publishedDigests } from '../helpers/published-digests.ts';
import { mainFile, runCdi, temporaryFolder } from './run-cdi.ts';
import { sampleParts } from './sample-parts.ts';

const settings = { CDI_WORKERS: '2' };

/** Typed tables of changes and of a snapshot, and a collection that is large enough for two shards. */
const parts = (async () => {
  const folder = await sampleParts(200);
  const published = localStore(join(folder, 'published'));
  const last = '/export_date=2026-07-03';
  const kept = [`data/businessAudit${last}`, `calculator/calculationParts${last}`];
  for await (const { key } of published.list(areaPrefix('live'))) {
    if (!kept.some((name) => key.startsWith(`${areaPrefix('live')}${name}/`))) await published.delete([key]);
  }
  const val = JSON.stringify({ text: 'much'.repeat(2 ** 14) });
  const rows = Array.from({ length: 1_100 }, (_, n) => plainRow({ id: `"${n}"`, val }));
  await putLivePart(published, { db: 'core', collection: 'large', exportDate: '2026-07-03' }, rows);
  return folder;
})();

test.after.always(async () => rm(await parts, { recursive: true, force: true }));

async function newCopy(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi shard+#🙂 '));
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  await cp(await parts, folder, { recursive: true });
  return folder;
}

function tasksIn(folder: string): Tasks {
  const published = localStore(join(folder, 'published'));
  return {
    run: async (words) => (await runCdi([...words, '--local', folder], { settings })).code === 0,
    read: async (key) => (await bodyOf(published, key)).toString(),
  };
}

test('tasks come to the bytes of one process, one of them killed and its job done again', async (t) => {
  const [alone, folder] = await Promise.all([newCopy(t), newCopy(t)]);
  const inOne = await runCdi(['compact', '--all', '--shards', '16', '--local', alone], { settings });
  t.is(inOne.code, 0, inOne.stderr);
  const tasks = tasksIn(folder);
  const killed: string[] = [];
  const run: Tasks['run'] = async (words) => {
    const [command, job = ''] = words;
    if (command !== 'shard' || killed.length > 0) return tasks.run(words);
    killed.push(job);
    const child = spawn(process.execPath, [mainFile, ...words, '--local', folder]);
    const ended = once(child, 'close');
    await sleep(50);
    child.kill('SIGKILL');
    await ended;
    return false;
  };
  const { answer, rounds } = await driveRun({ ...tasks, run }, 'night-1');
  t.deepEqual(answer, { kind: 'done', days: 3 });
  t.deepEqual(
    rounds[1]?.filter(({ attempt }) => attempt > 1),
    [{ job: killed[0], attempt: 2 }],
  );
  t.deepEqual(await publishedDigests(folder), await publishedDigests(alone));
  const large = { db: 'core', collection: 'large', exportDate: '2026-07-03' };
  const files = Object.keys(await publishedDigests(folder)).filter((key) =>
    key.startsWith(dayPrefix('changes', large)),
  );
  t.is(files.length, 2 + 1, 'two files and the manifest');
});

test('a job that is not there, damaged or misnamed is refused', async (t) => {
  const folder = await temporaryFolder(t);
  const job = '0'.repeat(64);
  const shard = (name: string): ReturnType<typeof runCdi> => runCdi(['shard', name, '--local', folder]);
  const noJob = /^cdi: there is no job 0{64}, or it is damaged: run cdi compact --run again\n$/;
  const missing = await shard(job);
  t.is(missing.code, 1);
  t.regex(missing.stderr, noJob);
  const other = {
    kind: 'typed',
    file: { key: 'x.orc', size: 9 },
    key: 'y.orc',
    columns: 'a STRING',
    paths: {},
  };
  const text = JSON.stringify({ ...other, isCaseSensitive: true, compression: 'ZLIB', userMetadata: {} });
  const published = localStore(join(folder, 'published'));
  await published.put(jobKey('jobs', job), Buffer.from(text));
  t.regex((await shard(job)).stderr, noJob);
  const name = hash('sha256', text);
  await published.put(jobKey('jobs', name), Buffer.from(text));
  const failed = await shard(name);
  t.is(failed.code, 1);
  t.is(failed.stderr, `cdi: job ${name}: part x.orc is gone\n`);
  t.is((await shard('../answer')).code, 2);
  t.is((await runCdi(['compact', '--run', 'a/b', '--local', folder])).code, 2);
});
