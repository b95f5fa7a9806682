import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { runCdi, temporaryFolder } from './run-cdi.ts';

interface Status {
  readonly queue: { readonly visible: number; readonly inFlight: number; readonly dead: number };
  readonly days: readonly { readonly collection: string; readonly rows: number; readonly parts: number }[];
  readonly quarantine: Readonly<Record<string, number>>;
}

test('the demo ingests every line it made, and its tables can be looked at', async (t) => {
  const folder = join(await temporaryFolder(t), 'demo');
  const demo = await runCdi(['demo', '--dir', folder, '--records', '3000', '--json']);
  t.is(demo.stderr, '');
  t.is(demo.code, 0);
  const { lines, parts, quarantined } = JSON.parse(demo.stdout) as {
    lines: { read: number; rows: number; quarantined: number; blank: number };
    parts: { rows: number };
    quarantined: Record<string, number>;
  };
  t.is(lines.read, lines.rows + lines.quarantined + lines.blank);
  t.true(lines.rows >= 2_950);
  t.is(parts.rows, lines.rows);

  const status = JSON.parse((await runCdi(['status', '--local', folder, '--json'])).stdout) as Status;
  t.like(status.queue, { visible: 0, inFlight: 0, dead: 0 });
  t.is(
    status.days.reduce((sum, { rows }) => sum + rows, 0),
    lines.rows,
  );
  t.deepEqual(status.quarantine, quarantined);

  const readable = await runCdi(['status', '--local', folder]);
  t.regex(readable.stdout, /core:contract +\d{4}-\d\d-\d\d +\d/);
  t.regex(readable.stdout, /not-gzip +1\n/);

  const byTable = await head(folder, ['core_contract', '--limit', '3']);
  const byCollection = await head(folder, ['core:contract', '--limit', '3']);
  t.is(byTable.length, 3);
  t.deepEqual(byCollection, byTable);

  const deleted = await head(folder, [
    'calculator_calculationparts',
    '--where',
    'db_type=DELETE',
    '--limit',
    '5',
  ]);
  t.is(deleted.length, 5);
  t.true(deleted.every(({ db_type: type }) => type === 'DELETE'));

  const table = await runCdi(['head', 'core_contract', '--local', folder, '--limit', '2']);
  const rows = table.stdout.trimEnd().split('\n');
  t.is(rows.length, 3);
  t.true(rows.every((row) => row.length <= 120));

  const again = await runCdi(['demo', '--dir', folder, '--records', '500']);
  t.is(again.code, 0, 'a demo replaces the one before');
  t.regex(again.stdout, /rows\/s/);
});

test('a folder that holds something else is left alone', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'mine.txt'), 'mine');
  const { code, stderr } = await runCdi(['demo', '--dir', folder]);
  t.is(code, 2);
  t.regex(stderr, /--dir DIR/);
  t.deepEqual(await readdir(folder), ['mine.txt']);
  t.is(await readFile(join(folder, 'mine.txt'), 'utf8'), 'mine');
});

test('a table that is not there is an error that names those that are', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stderr } = await runCdi(['head', 'nothing', '--local', folder]);
  t.is(code, 1);
  t.regex(stderr, /^cdi: no table or file nothing: there are no tables yet\n$/);
});

async function head(folder: string, words: readonly string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await runCdi(['head', ...words, '--local', folder, '--json']);
  return JSON.parse(stdout) as Record<string, unknown>[];
}
