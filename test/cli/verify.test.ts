import test from 'ava';
import type { ExecutionContext } from 'ava';
import { areaPrefix } from '../../schemas/layout.ts';
import { newCompactionBench, type CompactionBench } from '../helpers/compaction-bench.ts';
import { plainRow } from '../helpers/live-part.ts';
import { bodyOf } from '../helpers/published.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

test('verify says how much it checked, names what is wrong, and then fails', async (t) => {
  const bench = await compacted(t);
  const whole = await runCdi(['verify', '--local', bench.folder]);
  t.regex(whole.stdout, /^checked 1 certificate, 2 versions, 2 files, 2 rows, 0\.0 MB\n$/);
  t.deepEqual([whole.code, whole.stderr], [0, '']);

  const keys = await Array.fromAsync(bench.published.list(areaPrefix('changes')), ({ key }) => key);
  const key = keys.find((each) => each.endsWith('.orc')) ?? '';
  const bytes = await bodyOf(bench.published, key);
  bytes.writeUInt8(bytes.readUInt8(10) ^ 1, 10);
  await bench.published.put(key, bytes);
  const broken = await runCdi(['verify', '--local', bench.folder, '--json']);
  t.is(broken.code, 1);
  t.regex(broken.stderr, /^cdi: \d things? (is|are) wrong\n$/);
  const { checked, collections } = JSON.parse(broken.stdout) as {
    checked: object;
    collections: readonly { collection: string; findings: readonly object[] }[];
  };
  t.like(checked, { certificates: 1, versions: 2, files: 2 });
  t.like(collections, { 0: { collection: 'core:toDo' } });
  t.like(collections[0]?.findings[0], { kind: 'wrong', where: key, what: 'SHA-256' });
  const told = await runCdi(['verify', '--local', bench.folder, '--collection', 'core:toDo']);
  t.true(told.stdout.startsWith(`wrong  ${key}: SHA-256: `));
  t.notRegex(told.stdout + told.stderr, /plain-canary/);
});

test('verify fails where there is nothing to check', async (t) => {
  const bench = await compacted(t);
  for (const words of [
    ['--collection', 'core:nothing'],
    ['--export-date', '2020-01-01'],
  ]) {
    const run = await runCdi(['verify', '--local', bench.folder, ...words]);
    t.deepEqual([run.code, run.stderr], [1, 'cdi: there is no certificate to check\n']);
  }
  t.is((await runCdi(['verify', '--local', await temporaryFolder(t)])).code, 1);
});

async function compacted(t: ExecutionContext): Promise<CompactionBench> {
  const bench = await newCompactionBench(t);
  await bench.put('2026-07-03', [plainRow({ val: '{"a":"plain-canary"}' })]);
  await bench.compact();
  return bench;
}
