import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import type { CollectionFile } from '../../schemas/collection.ts';
import { localStore } from '../../storage/local-store.ts';
import { recordLine } from '../helpers/record-line.ts';
import { sourceKey } from '../helpers/rows.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

for (const mode of ['merge', 'replace'] as const) {
  test(`when its collection's rules have changed, a record that is read again to ${mode} is only what it is now`, async (t) => {
    t.timeout(120_000);
    const folder = await folderOfObject(t);
    const program = await copyOfProgram(t);
    const cdi: Cdi = async (...words) => {
      const main = join(program, 'cli/main.ts');
      const { code, stdout, stderr } = await runCdi([...words, '--local', folder, '--json'], { main });
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout);
    };

    await writeRules(program, { deleteRule: 'document' });
    await cdi('heal', '--export-date', '2026-07-03');
    await cdi('consume', '--drain');
    await cdi('compact', '--all');
    t.deepEqual(await shownBy(cdi), {
      changes: ['INSERT two\nlines', 'INSERT one\nline'],
      snapshot: ['INSERT two\nlines'],
      typed: ['two\nlines'],
    });

    await writeRules(program, { deleteRule: 'any-sign', stripLineBreaks: true, transform: 'audit' });
    const dates = ['--from', '2026-07-03', '--to', '2026-07-03'];
    const run = ['reprocess', 'run', ...dates, '--mode', mode, '--yes'];
    await cdi(...run, '--no-wait');
    await cdi('consume', '--reprocess', '--drain');
    if (mode === 'replace') await cdi(...run);
    await cdi('compact', '--all');
    t.deepEqual(await shownBy(cdi), {
      changes: ['DELETE context of twolines', 'INSERT context of oneline'],
      snapshot: ['DELETE context of twolines'],
      typed: ['context of twolines'],
    });
    await cdi('verify');
  });
}

interface Shown {
  /** Of each row its type, and the text in `val`. */
  readonly changes: readonly string[];
  readonly snapshot: readonly string[];
  readonly typed: readonly unknown[];
}

interface ShownRow {
  readonly db_type: string;
  readonly val: string;
  readonly text: string;
}

type Cdi = (...words: readonly string[]) => Promise<unknown>;

async function shownBy(cdi: Cdi): Promise<Shown> {
  const rows = async (table: string) => (await cdi('head', table, '--limit', '100')) as readonly ShownRow[];
  const texts = async (table: string) =>
    (await rows(table)).map(({ db_type: type, val }) => `${type} ${JSON.parse(val).text}`);
  return {
    changes: await texts('core_todo_changes'),
    snapshot: await texts('core_todo'),
    typed: (await rows('uc.to_do')).map(({ text }) => text),
  };
}

/** Two changes of one record, the second of which removes it. */
async function folderOfObject(t: ExecutionContext): Promise<string> {
  const folder = await temporaryFolder(t);
  const line = (text: string, message: object): string =>
    recordLine({
      document: JSON.stringify({
        _id: { id: 'ab12' },
        text,
        auditType: 'seen',
        context: { text: `context of ${text}` },
      }),
      message: { collection: 'toDo', ...message },
    });
  const lines = [
    line('one\nline', { _lastModifiedDateTime: '2026-07-02T09:00:00.000+0000' }),
    line('two\nlines', {
      _lastModifiedDateTime: '2026-07-02T10:00:00.000+0000',
      _removedDateTime: '2026-07-02T10:00:00.000+0000',
    }),
  ];
  const body = gzipSync(lines.map((text) => `${text}\n`).join(''));
  await localStore(join(folder, 'corporate')).put(sourceKey('0-1'), body);
  return folder;
}

/** So that a collection's file can be another one in the next process. */
async function copyOfProgram(t: ExecutionContext): Promise<string> {
  const program = await temporaryFolder(t);
  for (const name of PROGRAM) await cp(join(PROJECT, name), join(program, name), { recursive: true });
  await symlink(join(PROJECT, 'node_modules'), join(program, 'node_modules'));
  return program;
}

const PROJECT = join(import.meta.dirname, '../..');
const PROGRAM = [
  'cli',
  'compactor',
  'consumer',
  'heal',
  'reprocess',
  'schemas',
  'storage',
  'settings.ts',
  'package.json',
];

async function writeRules(program: string, rules: Partial<CollectionFile>): Promise<void> {
  const typedTables = [{ database: 'uc', table: 'to_do', columns: 'text STRING' }];
  const file: CollectionFile = { db: 'core', collection: 'toDo', typedTables, ...rules };
  const text = `export default ${JSON.stringify(file)};\n`;
  await writeFile(join(program, 'schemas/collections/to-do.ts'), text);
}
