import test from 'ava';
import { quarantineEntry } from '../../consumer/quarantine.ts';
import type { QuarantineReason } from '../../consumer/record/reason.ts';
import { publishedKey } from '../../schemas/layout.ts';
import { localStore } from '../../storage/local-store.ts';
import { quarantinedRecords } from '../../storage/quarantined-records.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { sourceRun, toDo } from '../helpers/rows.ts';

const day = { db: 'core', collection: 'toDo', exportDate: '2026-07-03' };

function entry(reason: QuarantineReason, line: number, generation = 0): string {
  return quarantineEntry(sourceRun('0-9', { generation }), line, toDo, { reason, detail: '' }, undefined);
}

test('a line that two files of one generation have is told once, and as its newest generation tells it', async (t) => {
  const store = localStore(await newFolder(t));
  const files = [
    [entry('key-refused', 1), entry('invalid-id', 2), entry('invalid-json', 3)],
    [entry('invalid-date', 1), entry('invalid-id', 2)],
    [entry('key-refused', 1), entry('decrypt-mismatch', 3, 7)],
  ];
  for (const [index, entries] of files.entries()) {
    const key = publishedKey({ area: 'quarantine', ...day, name: String(index) });
    await store.put(key, Buffer.from(`${entries.join('\n')}\n`));
  }
  const read: number[] = [];
  const records = await quarantinedRecords(store, undefined, (entries) => read.push(entries));
  t.deepEqual(
    records.map(({ sourceLine, reason, generation }) => [sourceLine, reason, generation]),
    [
      [1, 'invalid-date', 0],
      [2, 'invalid-id', 0],
      [3, 'decrypt-mismatch', 7],
    ],
  );
  t.deepEqual(read, [3, 5, 7]);
  t.deepEqual(await quarantinedRecords(store, '2026-07-04'), []);
});
