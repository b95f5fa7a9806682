import test, { type ExecutionContext } from 'ava';
import { quarantineEntry } from '../../consumer/quarantine.ts';
import { publishedKey } from '../../schemas/layout.ts';
import { localStore } from '../../storage/local-store.ts';
import { quarantineCounts } from '../../storage/quarantine-counts.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { sourceRun, toDo } from '../helpers/rows.ts';

const day = { db: 'core', collection: 'toDo', exportDate: '2026-07-03' };
const json = (reason: string) => JSON.stringify({ reason, line: '…' });

test('entries are counted by reason, for each collection and export date', async (t) => {
  const store = await newStore(t);
  const other = { ...day, db: 'a b+#🙂' };
  await put(store, day, '1', `${json('invalid-json')}\n${json('invalid-id')}\n${json('invalid-json')}\n`);
  await put(store, day, '2', `${json('invalid-id')}\n`);
  await put(store, other, '1', `${json('key-refused')}\n`);
  const counts = await quarantineCounts(store);
  t.deepEqual(
    counts.toSorted((a, b) => b.entries - a.entries),
    [
      { ...day, files: 2, entries: 4, reasons: { 'invalid-json': 2, 'invalid-id': 2 } },
      { ...other, files: 1, entries: 1, reasons: { 'key-refused': 1 } },
    ],
  );
  t.deepEqual(await quarantineCounts(store, { collection: { db: 'a b+#🙂', collection: 'toDo' } }), [
    { ...other, files: 1, entries: 1, reasons: { 'key-refused': 1 } },
  ]);
  t.deepEqual(await quarantineCounts(store, { exportDate: '2026-07-04' }), []);
});

test('an entry is a line, whatever the line in it is like', async (t) => {
  const store = await newStore(t);
  const fault = { reason: 'invalid-json', detail: '' } as const;
  const lines = ['\u2028 \u2029 \r \u0085', '{"reason":"other"}\t', '🙂', 'x'.repeat(300_000), ''];
  const entries = lines.map((line, index) =>
    quarantineEntry(sourceRun(), index, toDo, fault, Buffer.from(line)),
  );
  await put(store, day, '1', `${entries.join('\n')}\n`);
  t.like(await quarantineCounts(store), [{ entries: 5, reasons: { 'invalid-json': 5 } }]);
});

test('what tells no reason is counted as unreadable', async (t) => {
  const store = await newStore(t);
  await put(store, day, '1', `${json('invalid-id')}\n[]\n{"reason":5}\nnull\n\n{"reason":"inv`);
  t.like(await quarantineCounts(store), [{ entries: 6, reasons: { 'invalid-id': 1, unreadable: 5 } }]);
});

async function put(store: ObjectStore, place: typeof day, name: string, text: string): Promise<void> {
  await store.put(publishedKey({ area: 'quarantine', ...place, name }), Buffer.from(text));
}

async function newStore(t: ExecutionContext): Promise<ObjectStore> {
  return localStore(await newFolder(t));
}
