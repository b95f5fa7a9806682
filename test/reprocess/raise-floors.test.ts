import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ingestedOfRun } from '../../reprocess/raise-floors.ts';
import { localStore } from '../../storage/local-store.ts';
import { plainRow, putLivePart } from '../helpers/live-part.ts';

test('a day that was not planned goes on counting while it has older rows of objects that were not read', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cdi raise floors '));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const published = localStore(join(folder, 'published'));
  const corporate = localStore(join(folder, 'corporate'));
  const exportDate = '2026-07-03';
  const place = 'a/2026/07/02/core/toDo/db.core';
  const read = `${place}.contract_0_0-9.jsonl.gz`;
  const stray = { db: 'core', collection: 'stray', exportDate };
  const mixed = { db: 'core', collection: 'mixed', exportDate };
  for (const day of [stray, mixed]) {
    await putLivePart(published, day, [plainRow({ sourceObject: read, generation: 9 })]);
    await putLivePart(published, day, [plainRow({ sourceObject: read, generation: 0 })]);
  }
  await putLivePart(published, mixed, [
    plainRow({ sourceObject: `${place}.mixed_0_0-9.jsonl.gz`, generation: 0 }),
  ]);

  const collection = { db: 'core', collection: 'contract' };
  const planned = [{ key: read, size: 1, eTag: 'e', collection, exportDate }];
  const { days, mixedDays } = await ingestedOfRun({ corporate, published }, 9, planned);
  t.deepEqual(mixedDays, [mixed]);
  t.deepEqual(days, [{ ...collection, exportDate }, stray]);
});
