import test from 'ava';
import type { ExecutionContext } from 'ava';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Catalogue } from '../../storage/catalogue.ts';
import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { PARTITION, TABLE, testCatalogue } from './catalogue-suite.ts';

testCatalogue(test, async (t) => openCatalogue(t, await makeFile(t)));

test('R-CAS: no update or swap of two processes at once is lost', async (t) => {
  const file = await makeFile(t);
  const catalogue = openCatalogue(t, file);
  await catalogue.createDatabase('cdi');
  await catalogue.createTable({ ...TABLE, parameters: { counter: '0' } });
  await catalogue.addPartitions('cdi', TABLE.name, [{ ...PARTITION, parameters: { counter: '0' } }]);
  await Promise.all([countInProcess(file, 50), countInProcess(file, 50)]);
  t.is((await catalogue.getTable('cdi', TABLE.name))?.parameters['counter'], '100');
  t.is((await catalogue.listPartitions('cdi', TABLE.name))[0]?.parameters['counter'], '100');
});

function openCatalogue(t: ExecutionContext, file: string): Catalogue {
  const catalogue = sqliteCatalogue(file);
  t.teardown(() => catalogue.close());
  return catalogue;
}

async function makeFile(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi catalogue +#🙂 '));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'state', 'catalogue.sqlite');
}

async function countInProcess(file: string, times: number): Promise<void> {
  const script = fileURLToPath(new URL('count-in-process.ts', import.meta.url));
  const parameters = ['--disable-warning=ExperimentalWarning', script, file, String(times)];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`child ended with ${code}`);
}
