import test from 'ava';
import { areaPrefix } from '../../schemas/layout.ts';
import { newCompactionBench } from '../helpers/compaction-bench.ts';
import { plainRow } from '../helpers/live-part.ts';
import { runCdi } from './run-cdi.ts';

test('gc says what it would remove, and removes it', async (t) => {
  const bench = await newCompactionBench(t);
  for (const id of ['"one"', '"late"']) {
    await bench.put('2026-07-03', [plainRow({ id })]);
    await bench.compact();
  }
  const young = await runCdi(['gc', '--local', bench.folder]);
  t.deepEqual([young.code, young.stdout], [0, 'removed 0 folders, 0 files, 0.0 MB\n']);
  const dry = await runCdi(['gc', '--local', bench.folder, '--older-than', '0s', '--dry-run']);
  t.regex(
    dry.stdout,
    /^(corporate_data_ingestion\/\S+\/ {2}2 files, .*\n){2}would remove 2 folders, 4 files, /,
  );
  const run = await runCdi(['gc', '--local', bench.folder, '--older-than', '0s']);
  t.is(run.stdout, dry.stdout.replace('would remove', 'removed'));
  t.is((await runCdi(['verify', '--local', bench.folder])).code, 0);
  const wrongTime = await runCdi(['gc', '--local', bench.folder, '--older-than', '7']);
  t.is(wrongTime.code, 2);
});

test('gc removes what runs over several tasks left long ago', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put('2026-07-03', [plainRow()]);
  const step = await runCdi(['compact', '--run', 'night', '--local', bench.folder]);
  t.is(step.stdout, '1 job for cdi shard, then the same command again\n');
  const gc = (...words: readonly string[]): ReturnType<typeof runCdi> =>
    runCdi(['gc', '--local', bench.folder, ...words]);
  t.is((await gc()).stdout, 'removed 0 folders, 0 files, 0.0 MB\n');
  const dry = await gc('--older-than', '0s', '--dry-run');
  t.regex(dry.stdout, /^corporate_data_ingestion\/work\/ {2}4 files, .*\nwould remove 1 folder, 4 files, /);
  t.is((await gc('--older-than', '0s')).stdout, dry.stdout.replace('would remove', 'removed'));
  t.deepEqual(await Array.fromAsync(bench.published.list(areaPrefix('work'))), []);
});
