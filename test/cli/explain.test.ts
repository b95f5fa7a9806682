import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { publishedKey } from '../../schemas/layout.ts';
import { raiseFloor } from '../../storage/replace-floor.ts';
import { newCompactionBench, toDoDay, type CompactionBench } from '../helpers/compaction-bench.ts';
import { plainRow } from '../helpers/live-part.ts';
import { runCdi, type CdiRun } from './run-cdi.ts';

const id = '{"id":"ab12","type":"CHILD"}';
const first = plainRow({ id, idPart: 'ab', sourceLine: 7, val: '{"secret":1}' });
const other = plainRow({ id: '{"id":"cd34"}', idPart: 'cd', sourceLine: 8 });
const deleted = plainRow({
  ...first,
  dbType: 'DELETE',
  lastModifiedMs: 9_000,
  fingerprint: 3n,
  sourceLine: 3,
});

interface Explained {
  readonly records: readonly {
    readonly id: string;
    readonly deliveries: readonly {
      readonly became: { readonly kind: string };
      readonly inSnapshot?: string;
    }[];
  }[];
  readonly quarantined: readonly object[];
}

test('every delivery is told, with what became of it', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put('2026-07-02', [{ ...first, sourceObject: 'z', sourceLine: 1 }]);
  await sleep(5);
  await bench.put('2026-07-02', [first]);
  await sleep(5);
  await bench.put('2026-07-02', [first, other]);
  await bench.put('2026-07-03', [deleted]);
  await bench.compact();
  await sleep(5);
  await bench.put('2026-07-03', [plainRow({ ...first, fingerprint: 4n, sourceLine: 4 })]);

  const { records, quarantined } = await explain(bench, 'ab12');
  t.deepEqual(quarantined, []);
  t.is(records.length, 1);
  t.like(records[0], {
    collection: 'core:toDo',
    id,
    snapshot: { exportDate: '2026-07-03', isTombstone: false, row: { dbType: 'DELETE', sourceLine: 3 } },
  });
  const deliveries = records[0]?.deliveries ?? [];
  t.deepEqual(
    deliveries.map(({ became, inSnapshot }) => [became.kind, inSnapshot]),
    [
      ['duplicate', undefined],
      ['published', 'replaced'],
      ['duplicate', undefined],
      ['published', 'shown'],
      ['not-compacted', undefined],
    ],
  );
  t.like(deliveries[1], {
    exportDate: '2026-07-02',
    sourceObject: first.sourceObject,
    sourceLine: 7,
    generation: 0,
    lastModified: '1970-01-01 00:00:01.0',
    became: { file: `${await bench.location('changes', '2026-07-02')}00-ff-0.orc` },
  });
  t.like(deliveries[0], { became: { of: { sourceObject: first.sourceObject, sourceLine: 7 } } });

  // However the id is written, it is the same.
  for (const asked of [id, '{ "type": "CHILD", "id": "ab12" }', 'CHILD']) {
    t.deepEqual((await explain(bench, asked)).records, records, asked);
  }
  t.is((await explain(bench, 'ab12', '--collection', 'core:toDo')).records.length, 1);

  const { stdout } = await run(bench, 'ab12');
  t.regex(stdout, /^core:toDo {2}\{"id":"ab12","type":"CHILD"\}: 5 deliveries\n2026-07-02 {2}INSERT of 1970/);
  t.regex(stdout, /replaced by the DELETE of 1970-01-01 00:00:09\.0\n/);
  t.regex(stdout, /→ a duplicate of line 7 of corporate_storage\//);
  t.regex(stdout, /→ not compacted yet\n/);
  t.regex(
    stdout,
    /^The newest snapshot, of 2026-07-03, has the DELETE of 1970-01-01 00:00:09\.0, line 3 of /m,
  );
  t.notRegex(stdout, /secret/);
  t.notRegex(JSON.stringify(records), /secret/);
});

test('what a reprocess run replaced, and deleted records that are not shown, are told', async (t) => {
  const bench = await newCompactionBench(t, { tombstones: 'drop' });
  await bench.put('2026-07-02', [first]);
  await bench.put('2026-07-02', [{ ...first, generation: 5_000 }]);
  await bench.put('2026-07-03', [deleted]);
  await raiseFloor(bench.published, { ...toDoDay, exportDate: '2026-07-02' }, 5_000);
  await bench.compact();

  const { records } = await explain(bench, id);
  t.deepEqual(
    records[0]?.deliveries.map(({ became, inSnapshot }) => [became.kind, inSnapshot]),
    [
      ['superseded', undefined],
      ['published', 'replaced'],
      ['published', 'tombstone-dropped'],
    ],
  );
  const { stdout } = await run(bench, id);
  t.regex(stdout, /→ superseded: of this date only what was reprocessed by the run of 1970-01-01 00:00:05/);
  t.regex(stdout, /line 7 of \S+, reprocessed by the run of 1970-01-01 00:00:05\.000Z\n/);
  t.regex(stdout, /, which it does not show\n$/);
});

test('a version that lacks a row it was made from is named', async (t) => {
  const bench = await newCompactionBench(t, { snapshot: 'none' });
  await bench.put('2026-07-02', [other]);
  await bench.compact();
  // The same name, another content: what should not happen.
  const [part] = await Array.fromAsync(bench.published.list('corporate_data_ingestion/live/'));
  const elsewhere = await bench.put('2026-07-09', [first]);
  const found = await bench.published.get(elsewhere);
  if (found.kind === 'found')
    await bench.published.put(part?.key ?? '', Buffer.concat(await Array.fromAsync(found.body)));
  await bench.published.delete([elsewhere]);

  const { records } = await explain(bench, 'ab12');
  t.like(records, [{ snapshot: undefined, deliveries: [{ became: { kind: 'missing' } }] }]);
  t.regex((await run(bench, 'ab12')).stdout, /this must not be/);
});

test('lines in quarantine are found by the id in their envelope, and not shown', async (t) => {
  const bench = await newCompactionBench(t);
  const line = (_id: unknown) => JSON.stringify({ message: { _id, dbObject: 'c2VjcmV0' } });
  const entry = { reason: 'invalid-date', detail: 'no date', source_object: 'o', generation: 0 };
  const entries = [
    { ...entry, source_line: 1, line: line({ type: 'CHILD', id: 'ab12' }) },
    { ...entry, source_line: 2, line: line('ab12') },
    { ...entry, source_line: 3, line_base64: Buffer.from(line({ id: 'ab12' })).toString('base64') },
    { ...entry, source_line: 4, line: line({ id: 'ab123' }) },
    { ...entry, source_line: 5, line: 'no JSON with ab12' },
    { ...entry, source_line: 0 },
  ];
  await bench.published.put(
    publishedKey({ area: 'quarantine', ...toDoDay, name: 'one' }),
    Buffer.from(entries.map((each) => `${JSON.stringify(each)}\n`).join('')),
  );
  const lines = async (asked: string) =>
    (await explain(bench, asked)).quarantined.map((each) => 'sourceLine' in each && each.sourceLine);
  t.deepEqual(await lines('ab12'), [1, 2, 3]);
  t.deepEqual(await lines(id), [1]);

  const { code, stdout } = await run(bench, id);
  t.is(code, 0);
  t.regex(
    stdout,
    /^In quarantine, as they were received:\n2026-07-03 {2}core:toDo: invalid-date \(no date\)\n/,
  );
  t.true(
    stdout.endsWith(
      `→ no row; when the cause is mended: cdi quarantine replay --source o --local '${bench.folder}'\n`,
    ),
  );
  t.notRegex(stdout, /c2VjcmV0/);
});

test('an id that nothing is known of is an error, and not repeated', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put('2026-07-02', [first]);
  for (const asked of ['ab1', '{"id":"ab12"}', '2']) {
    const { code, stdout, stderr } = await run(bench, asked);
    t.is(code, 1);
    t.is(stdout, '');
    t.is(
      stderr,
      'cdi: neither the parts nor the quarantine of any collection have this id; it takes a whole id, or a whole value in it\n',
    );
  }
  t.regex((await run(bench, 'ab12', '--collection', 'core:other')).stderr, /of core:other have this id;/);
});

function run(bench: CompactionBench, asked: string, ...words: readonly string[]): Promise<CdiRun> {
  return runCdi(['explain', asked, '--local', bench.folder, ...words]);
}

async function explain(
  bench: CompactionBench,
  asked: string,
  ...words: readonly string[]
): Promise<Explained> {
  return JSON.parse((await run(bench, asked, '--json', ...words)).stdout) as Explained;
}
