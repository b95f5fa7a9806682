import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { publishedKey, type DayOfCollection } from '../../schemas/layout.ts';
import { localStore } from '../../storage/local-store.ts';
import { newCompactionBench } from '../helpers/compaction-bench.ts';
import { plainRow } from '../helpers/live-part.ts';
import { putPart } from '../helpers/part-file.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

const toDo = { db: 'core', collection: 'to do+#🙂', exportDate: '2026-07-03' };
const contract = { db: 'core', collection: 'contract', exportDate: '2026-07-02' };

test('an empty folder has nothing, in one glance', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stdout } = await runCdi(['status', '--local', folder]);
  t.is(code, 0);
  t.is(
    stdout,
    `queue          0 waiting, 0 in work, 0 to be tried again; 0 dead letters
parts          0 with 0 rows, 0.0 MB
not compacted  0 parts with 0 rows
quarantine     0 entries
`,
  );
});

test('incomplete objects, unreadable parts and the places of quarantined lines are shown where there are any', async (t) => {
  const folder = await temporaryFolder(t);
  const published = localStore(join(folder, 'published'));
  await putPart(published, {
    ...toDo,
    name: 'one',
    rows: 1,
    sources: [{ key: 'a', eTag: 'e', rows: 1, firstLine: 1, lastLine: 1 }],
  });
  await putPart(published, {
    ...contract,
    name: 'two',
    rows: 2_000,
    sources: [
      {
        key: 'b',
        eTag: 'e',
        rows: 2_000,
        firstLine: 1,
        lastLine: 2_000,
        object: { lines: 2_000, rows: 2_000, quarantined: 0, blank: 0 },
      },
    ],
  });
  const broken = publishedKey({ area: 'live', ...contract, name: 'broken' });
  await published.put(broken, Buffer.from('no ORC'));
  await putQuarantine(contract, ['invalid-id', 'invalid-id', 'invalid-date']);
  await putQuarantine(toDo, ['invalid-id']);

  const { stdout } = await runCdi(['status', '--local', folder]);
  t.regex(
    stdout,
    /^parts +2 with 2,001 rows, 0\.0 MB\nnot compacted +3 parts with 2,001 rows\nquarantine +4 entries as written; each line once: cdi quarantine list\n/m,
  );
  t.regex(
    stdout,
    /^collection +export date +parts +unreadable +rows +MB +complete objects +incomplete +newest part$/m,
  );
  t.regex(stdout, /^core:contract +2026-07-02 +1 +1 +2,000 +0\.00 +1 +0 +\d+ s ago$/m);
  t.regex(stdout, /^core:to do\+#🙂 +2026-07-03 +1 +0 +1 +0\.00 +0 +1 +\d+ s ago$/m);
  t.true(stdout.includes(`\nunreadable: ${broken}: `));
  t.regex(stdout, /^reason +quarantine entries\ninvalid-id +3\ninvalid-date +1$/m);
  t.regex(stdout, /^core:contract +2026-07-02 +3 +invalid-id 2, invalid-date 1$/m);

  const json = JSON.parse((await runCdi(['status', '--local', folder, '--json'])).stdout) as object;
  t.like(json, {
    queue: { visible: 0 },
    days: [
      { ...contract, parts: 1, unreadableParts: 1, rows: 2_000, objects: { complete: 1, incomplete: 0 } },
      { ...toDo, parts: 1, rows: 1, objects: { complete: 0, incomplete: 1 } },
    ],
    unreadableParts: [{ key: broken }],
    quarantine: [
      { ...contract, files: 1, entries: 3, reasons: { 'invalid-id': 2, 'invalid-date': 1 } },
      { ...toDo, entries: 1 },
    ],
  });

  async function putQuarantine(day: DayOfCollection, reasons: readonly string[]): Promise<void> {
    const lines = reasons.map((reason) => `${JSON.stringify({ reason, line: 'a\u2028b' })}\n`);
    await published.put(
      publishedKey({ area: 'quarantine', ...day, name: 'one' }),
      Buffer.from(lines.join('')),
    );
  }
});

test('what is compacted, what is not, the last runs and what is in work are shown', async (t) => {
  const bench = await newCompactionBench(t);
  const row = plainRow();
  await bench.put('2026-07-02', [row]);
  await bench.put('2026-07-02', [row, plainRow({ id: 'x', sourceLine: 2 })]);
  await bench.put('2026-07-03', [{ ...row, sourceLine: 3 }]);
  await bench.compact();
  await bench.put('2026-07-03', [
    plainRow({ id: 'late', sourceLine: 9 }),
    plainRow({ id: 'y', sourceLine: 8 }),
  ]);
  const key = { correlationId: 'c', collection: 'core:toDo' };
  await bench.runs.start({ ...key, exportDate: '2026-07-03', runId: 'r' });
  await bench.runs.fail(key, { reason: 'a part is gone' });
  await bench.runs.acquireLease({ name: 'compaction of core:toDo', holder: 'h', ttlMs: 60_000 });
  await bench.runs.acquireLease({ name: 'long ago', holder: 'h', ttlMs: -1 });

  const words = ['status', '--local', bench.folder];
  t.like(JSON.parse((await runCdi([...words, '--json'])).stdout), {
    collections: [{ collection: 'core:toDo', publishedUpTo: '2026-07-03', debt: { parts: 1, rows: 2 } }],
    days: [
      {
        exportDate: '2026-07-02',
        parts: 2,
        rows: 3,
        objects: { complete: 1, incomplete: 0 },
        debt: { parts: 0, rows: 0 },
        published: { rows: 2, files: 1 },
      },
      { exportDate: '2026-07-03', parts: 2, rows: 3, debt: { parts: 1, rows: 2 }, published: { rows: 1 } },
    ],
    smallFiles: [],
    runs: [
      { Status: 'FAILED', Failure_Reason: 'a part is gone' },
      { Status: 'COMPLETED', Date: '2026-07-03' },
      { Status: 'COMPLETED', Date: '2026-07-02' },
    ],
    leases: [{ name: 'compaction of core:toDo', holder: 'h' }],
  });

  const { stdout } = await runCdi(words);
  t.regex(stdout, /^not compacted +1 part with 2 rows$/m);
  t.regex(stdout, /^collection +newest part +published up to +not compacted$/m);
  t.regex(stdout, /^core:toDo +\d+ s ago +2026-07-03 +1 part with 2 rows$/m);
  t.regex(
    stdout,
    /^collection +export date +parts +rows +MB .*newest part +not compacted +files +MB of them$/m,
  );
  t.regex(stdout, /^core:toDo +2026-07-02 +2 +3 +0\.00 .*\d+ s ago +0 +1 +0\.00$/m);
  t.regex(stdout, /^last runs +export date +status +started +time +rows out +failure$/m);
  t.regex(stdout, /^core:toDo +2026-07-03 +FAILED +\d+ s ago +[\d.]+ s +- +a part is gone$/m);
  t.regex(stdout, /\nin work: compaction of core:toDo, for \d+ s unless renewed\n$/);
  t.notRegex(stdout, /long ago/);
});

test('parts of days without debt are not read', async (t) => {
  const bench = await newCompactionBench(t);
  const part = await bench.put('2026-07-02', [plainRow()]);
  await bench.compact();
  await bench.published.put(part, Buffer.from('no ORC any more'));
  const words = ['status', '--local', bench.folder, '--json'];
  t.like(JSON.parse((await runCdi(words)).stdout), { unreadableParts: [], days: [{ parts: 1, rows: 1 }] });
  await bench.put('2026-07-02', [plainRow({ id: 'late' })]);
  t.like(JSON.parse((await runCdi(words)).stdout), {
    unreadableParts: [{ key: part }],
    days: [{ parts: 1, unreadableParts: 1, debt: { parts: 1, rows: 1 } }],
  });
});

test('a damaged file of state is named, with what to do', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'state', 'queue.sqlite');
  await mkdir(join(folder, 'state'));
  await writeFile(file, 'this is no database, whatever its name says');
  const { code, stderr } = await runCdi(['status', '--local', folder]);
  t.is(code, 1);
  t.true(stderr.startsWith(`cdi: cannot open ${file}: file is not a database; move its folder away`));
});
