import test from 'ava';
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
