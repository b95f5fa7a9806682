import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { publishedKey, type DayOfCollection } from '../../schemas/layout.ts';
import { localStore } from '../../storage/local-store.ts';
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
    `queue       0 waiting, 0 in work, 0 to be tried again; 0 dead letters
parts       0 with 0 rows, 0.0 MB
quarantine  0 entries
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
  t.regex(stdout, /^parts +2 with 2,001 rows, 0\.0 MB\nquarantine +4 entries\n/m);
  t.regex(
    stdout,
    /^collection +export date +parts +unreadable +rows +MB +complete objects +incomplete +newest part$/m,
  );
  t.regex(stdout, /^core:contract +2026-07-02 +1 +1 +2,000 +0\.00 +1 +0 +\d+ s ago$/m);
  t.regex(stdout, /^core:to do\+#🙂 +2026-07-03 +1 +0 +1 +0\.00 +0 +1 +\d+ s ago$/m);
  t.true(stdout.includes(`\nunreadable: ${broken}: `));
  t.regex(stdout, /^reason +quarantined\ninvalid-id +3\ninvalid-date +1$/m);
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

test('a damaged file of state is named, with what to do', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'state', 'queue.sqlite');
  await mkdir(join(folder, 'state'));
  await writeFile(file, 'this is no database, whatever its name says');
  const { code, stderr } = await runCdi(['status', '--local', folder]);
  t.is(code, 1);
  t.true(stderr.startsWith(`cdi: cannot open ${file}: file is not a database; move its folder away`));
});
