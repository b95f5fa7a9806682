import test from 'ava';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteRunJournal } from '../../reprocess/sqlite-journal.ts';
import { testRunJournal } from './journal-suite.ts';

testRunJournal(test, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cdi journal +#🙂 '));
  const journal = sqliteRunJournal(join(folder, 'runs.sqlite'));
  t.teardown(async () => {
    await journal.close();
    await rm(folder, { recursive: true, force: true });
  });
  return journal;
});
