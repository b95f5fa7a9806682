import test from 'ava';
import { quarantineEntry } from '../../consumer/quarantine.ts';
import type { QuarantineReason } from '../../consumer/record/reason.ts';
import { beginRun } from '../../consumer/source-run.ts';
import { publishedKey } from '../../schemas/layout.ts';
import { localStore } from '../../storage/local-store.ts';
import { readingId, type ReadVersion } from '../../storage/object-reading.ts';
import { quarantinedLines } from '../../storage/quarantined-lines.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { dataObject, sourceKey, toDo } from '../helpers/rows.ts';

const day = { db: 'core', collection: 'toDo', exportDate: '2026-07-03' };
const live: ReadVersion = { key: sourceKey('0-9'), version: 'e', generation: 0 };
const again: ReadVersion = { ...live, generation: 7 };

/** An entry as the consumer writes it. */
function entry(
  reason: QuarantineReason,
  line: number,
  { offsets = '0-9', generation = 0, eTag = 'e', versionId = '' } = {},
): string {
  const version = { eTag, ...(versionId !== '' && { versionId }) };
  const run = beginRun(dataObject(sourceKey(offsets)), generation, version);
  return quarantineEntry(run, line, toDo, { reason, detail: '' }, Buffer.from('the line'));
}

test('lines of a reading that are in quarantine count once, those of other readings not', async (t) => {
  const store = localStore(await newFolder(t));
  const put = async (name: string, entries: readonly string[], place = day): Promise<void> => {
    const key = publishedKey({ area: 'quarantine', ...place, name });
    await store.put(key, Buffer.from(`${entries.join('\n')}\n`));
  };
  const lines = [entry('invalid-json', 1), entry('key-refused', 2)];
  await put('1', lines);
  await put('2', [...lines, entry('invalid-date', 2), entry('not-gzip', 0)]);
  await put('3', [
    entry('invalid-json', 1, { generation: 7 }),
    entry('invalid-json', 3, { offsets: '0_9' }),
    entry('invalid-json', 4, { eTag: 'f' }),
    entry('invalid-json', 5, { versionId: 'v' }),
    '{"reason":"invalid-id"}',
    entry('invalid-id', 6).slice(0, 99),
  ]);
  await put('1', [entry('invalid-id', 8)], { ...day, exportDate: '2026-07-04' });
  await put('1', [entry('invalid-id', 9)], { ...day, collection: 'contract' });

  const { exportDate } = day;
  t.deepEqual(
    await quarantinedLines(store, [live, again], { collection: day, exportDate }),
    new Map([
      [readingId(live), 3],
      [readingId(again), 1],
    ]),
  );
  t.deepEqual(await quarantinedLines(store, [live], { exportDate }), new Map([[readingId(live), 4]]));
  t.deepEqual(
    await quarantinedLines(store, [{ ...live, version: 'v' }], { exportDate }),
    new Map([[readingId({ ...live, version: 'v' }), 1]]),
  );
});
