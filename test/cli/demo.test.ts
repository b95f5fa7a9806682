import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import test from 'ava';
import { announcedFiles } from '../../consumer/announced-files.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

interface Status {
  readonly queue: { readonly visible: number; readonly inFlight: number; readonly dead: number };
  readonly days: readonly {
    readonly rows: number;
    readonly parts: number;
    readonly debt: { readonly parts: number };
    readonly objects: { readonly complete: number; readonly incomplete: number };
  }[];
  readonly unreadableParts: readonly object[];
  readonly quarantine: readonly { readonly entries: number; readonly reasons: Record<string, number> }[];
}

test('the demo ingests and compacts every line it made, and its tables can be looked at', async (t) => {
  const folder = join(await temporaryFolder(t), 'demo');
  const demo = await runCdi(['demo', '--dir', folder, '--records', '1000', '--json']);
  // On a slow machine it says how far it has come, and nothing else.
  t.regex(demo.stderr, /^((making sample data|ingesting|compacting): .*\n)*$/);
  t.is(demo.code, 0);
  const { lines, parts, quarantined, compaction } = JSON.parse(demo.stdout) as {
    lines: { read: number; rows: number; quarantined: number; blank: number };
    parts: { rows: number };
    quarantined: Record<string, number>;
    compaction: { outcomes: readonly { days: readonly { counts: Record<string, number> }[] }[] };
  };
  const counts = addedUp(compaction.outcomes.flatMap(({ days }) => days.map((day) => day.counts)));
  t.like(counts, { rows_in: lines.rows, superseded: 0 });
  t.is(counts.rows_in, Number(counts.rows_out) + Number(counts.duplicates));
  t.is(lines.read, lines.rows + lines.quarantined + lines.blank);
  t.true(lines.rows >= 950);
  t.is(parts.rows, lines.rows);

  const status = JSON.parse((await runCdi(['status', '--local', folder, '--json'])).stdout) as Status;
  t.like(status.queue, { visible: 0, inFlight: 0, dead: 0 });
  t.is(
    status.days.reduce((sum, { rows }) => sum + rows, 0),
    lines.rows,
  );
  t.true(status.days.every(({ objects }) => objects.complete > 0 && objects.incomplete === 0));
  t.true(status.days.every(({ debt }) => debt.parts === 0));
  t.deepEqual(status.unreadableParts, []);
  t.deepEqual(addedUp(status.quarantine.map(({ reasons }) => reasons)), quarantined);

  const byCollection = await head(folder, ['core:contract', '--limit', '3']);
  t.is(byCollection.length, 3);
  t.deepEqual(await head(folder, ['core_contract', '--limit', '3']), byCollection);
  const [change] = await head(folder, ['core_contract_changes', '--limit', '1']);
  t.true(change !== undefined && 'export_date' in change);
  const audit = await head(folder, ['uc_dw_auditlog.auditlog_managed', '--limit', '2']);
  t.is(audit.length, 2);

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

  t.deepEqual(await newFiles(folder), [], 'the watch takes none of it for new');
});

test('a demo replaces the one before, tells what it did, and its hints lead further', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, '.cdi-demo'), '');
  await mkdir(join(folder, 'published'));
  await writeFile(join(folder, 'published', 'old'), '');
  const demo = await runCdi(['demo', '--dir', folder, '--records', '500']);
  t.is(demo.code, 0);
  t.false((await readdir(join(folder, 'published'))).includes('old'));
  t.regex(demo.stdout, /rows\/s/);
  t.regex(demo.stdout, /\nCompacted +[\d,]+ rows = [\d,]+ in tables \+ [\d,]+ delivered twice, proved and /);
  t.regex(demo.stdout, /\ncollection +changes +newest snapshot +typed tables\n/);
  t.regex(demo.stdout, /\ndata:businessAudit +\d+ +- +2 in uc, 2 in uc_dw_auditlog\n/);
  t.regex(demo.stdout, /\ncertificate of +core:contract, \d{4}-\d\d-\d\d\n/);
  const hints = [...demo.stdout.matchAll(/^ {2}npx cdi ((?:status|tables|head|explain) .*)$/gm)];
  t.is(hints.length, 6);
  const tried = await Promise.all(hints.map(([, hint = '']) => runCdi(shellWords(hint, folder))));
  t.deepEqual(
    tried.map(({ code, stderr }) => [code, stderr]),
    tried.map(() => [0, '']),
  );
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

/** The words of a hint, of which the folder and an id may have blanks. */
function shellWords(hint: string, folder: string): string[] {
  const words = hint.replace(folder, () => "'FOLDER'").match(/'[^']*'|\S+/g) ?? [];
  return words.map((word) => word.replaceAll("'", '')).map((word) => (word === 'FOLDER' ? folder : word));
}

function addedUp(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of counts.flatMap(Object.entries)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

async function newFiles(folder: string): Promise<string[]> {
  const announced = announcedFiles(join(folder, 'state', 'announced.sqlite'));
  const newOnes: string[] = [];
  const corporate = join(folder, 'corporate');
  for (const entry of await readdir(corporate, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const { size, mtimeMs: modifiedMs } = await stat(file);
    const key = relative(corporate, file);
    if (!announced.has({ key, size, modifiedMs })) newOnes.push(key);
  }
  announced.close();
  return newOnes;
}

async function head(folder: string, words: readonly string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await runCdi(['head', ...words, '--local', folder, '--json']);
  return JSON.parse(stdout) as Record<string, unknown>[];
}
