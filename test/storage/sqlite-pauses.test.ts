import test from 'ava';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlitePauses } from '../../storage/sqlite-pauses.ts';
import { testPauses } from './pauses-suite.ts';

testPauses(test, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cdi pauses +#🙂 '));
  const pauses = sqlitePauses(join(folder, 'pauses.sqlite'));
  t.teardown(async () => {
    await pauses.close();
    await rm(folder, { recursive: true, force: true });
  });
  return pauses;
});
