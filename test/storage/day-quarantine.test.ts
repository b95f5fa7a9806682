import test, { type ExecutionContext } from 'ava';
import { quarantineEntry } from '../../consumer/quarantine.ts';
import type { QuarantineReason } from '../../consumer/record/reason.ts';
import { beginRun } from '../../consumer/source-run.ts';
import { publishedKey } from '../../schemas/layout.ts';
import { dayQuarantine } from '../../storage/day-quarantine.ts';
import { localStore } from '../../storage/local-store.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { dataObject, sourceKey, toDo } from '../helpers/rows.ts';

const day = { db: 'core', collection: 'toDo', exportDate: '2026-07-03' };

interface Origin {
  readonly offsets?: string;
  readonly eTag?: string;
  readonly versionId?: string;
  readonly generation?: number;
}

/** An entry as the consumer writes it. */
function entry(reason: QuarantineReason, line: number, origin: Origin = {}): string {
  const { offsets = '0-9', generation = 0, eTag = 'e', ...version } = origin;
  const run = beginRun(dataObject(sourceKey(offsets)), generation, { eTag, ...version });
  return quarantineEntry(run, line, toDo, { reason, detail: '' }, Buffer.from('the line'));
}

test('entries of a day are counted by reason', async (t) => {
  const store = await newStore(t);
  await put(store, '1', [entry('key-refused', 1), entry('invalid-json', 2), entry('key-refused', 3)]);
  await put(store, '2', [entry('not-gzip', 0, { offsets: '10-19' })]);
  await put(store, '1', [entry('invalid-id', 1)], { ...day, exportDate: '2026-07-04' });
  await put(store, '1', [entry('invalid-id', 1)], { ...day, collection: 'contract' });
  const found = await dayQuarantine(store, day);
  t.deepEqual(found, { total: 4, byReason: { 'invalid-json': 1, 'key-refused': 2, 'not-gzip': 1 } });
  t.deepEqual(Object.keys(found.byReason), ['invalid-json', 'key-refused', 'not-gzip']);
  t.deepEqual(await dayQuarantine(store, { ...day, db: 'other' }), { total: 0, byReason: {} });
});

test('a line counts once in each generation, as in the ledger, however often it was delivered', async (t) => {
  const store = await newStore(t);
  const lines = [entry('invalid-json', 1), entry('invalid-json', 2)];
  await put(store, '1', lines);
  await put(store, '2', [...lines, entry('invalid-json', 3)]);
  await put(store, '3', [entry('invalid-json', 3, { generation: 7 })]);
  t.deepEqual(await dayQuarantine(store, day), { total: 4, byReason: { 'invalid-json': 4 } });
});

test('lines of other objects and versions, and other reasons, are others', async (t) => {
  const store = await newStore(t);
  await put(store, '1', [
    entry('invalid-json', 1),
    entry('invalid-json', 1, { offsets: '0_9' }),
    entry('invalid-json', 1, { eTag: 'f' }),
    entry('invalid-json', 1, { versionId: '1' }),
    entry('invalid-json', 1, { versionId: '2' }),
    entry('key-refused', 1),
  ]);
  t.deepEqual(await dayQuarantine(store, day), {
    total: 6,
    byReason: { 'invalid-json': 5, 'key-refused': 1 },
  });
});

test('entries of older generations are left out if they are not wanted', async (t) => {
  const store = await newStore(t);
  await put(store, '1', [entry('invalid-json', 1), entry('invalid-json', 2), entry('key-refused', 3)]);
  await put(store, '2', [
    entry('invalid-json', 1, { generation: 7 }),
    entry('invalid-id', 9, { generation: 8 }),
  ]);
  t.deepEqual(await dayQuarantine(store, day, 7), {
    total: 2,
    byReason: { 'invalid-id': 1, 'invalid-json': 1 },
  });
});

test('entries that do not say where they came from all count', async (t) => {
  const store = await newStore(t);
  await put(store, '1', [
    '{"reason":"invalid-id"}',
    '{"reason":"invalid-id"}',
    '',
    '[]',
    entry('invalid-id', 1).slice(0, 99),
  ]);
  t.deepEqual(await dayQuarantine(store, day, 7), { total: 5, byReason: { 'invalid-id': 2, unreadable: 3 } });
});

async function put(store: ObjectStore, name: string, entries: readonly string[], place = day): Promise<void> {
  await store.put(
    publishedKey({ area: 'quarantine', ...place, name }),
    Buffer.from(`${entries.join('\n')}\n`),
  );
}

async function newStore(t: ExecutionContext): Promise<ObjectStore> {
  return localStore(await newFolder(t));
}
