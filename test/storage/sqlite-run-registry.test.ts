import test from 'ava';
import type { ExecutionContext } from 'ava';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteRunRegistry } from '../../storage/sqlite-run-registry.ts';
import type { RunRegistry } from '../../storage/run-registry.ts';
import { testRunRegistry } from './run-registry-suite.ts';

testRunRegistry(test, async (t) => openRegistry(t, await makeFile(t)));

test('R-NOTTL: a record is there for others and later, whatever its TimeToExist', async (t) => {
  const file = await makeFile(t);
  const writer = openRegistry(t, file);
  const reader = openRegistry(t, file);
  const { record } = await writer.start({
    correlationId: '1',
    collection: 'a:b',
    exportDate: '2026-11-18',
    runId: '0',
  });
  t.deepEqual(await reader.list(), [record]);
  await writer.close();
  await reader.close();
  t.deepEqual(await openRegistry(t, file).list(), [record]);
});

function openRegistry(t: ExecutionContext, file: string): RunRegistry {
  const registry = sqliteRunRegistry(file);
  t.teardown(() => registry.close());
  return registry;
}

async function makeFile(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi runs +#🙂 '));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'state', 'runs.sqlite');
}
