import test from 'ava';
import type { DayStatus } from '../../cli/day-status.ts';
import { smallFiles } from '../../cli/small-files.ts';

const MIB = 2 ** 20;
const day = { db: 'core', collection: 'toDo', exportDate: '2026-07-03' };

function statusOf(debtParts: number, files: number, averageBytes: number): DayStatus {
  return {
    ...day,
    parts: 1,
    unreadableParts: 0,
    rows: 1,
    bytes: 1,
    objects: { complete: 1, incomplete: 0 },
    newestPartAt: undefined,
    debt: { parts: debtParts, rows: 1 },
    published: { version: 'v', rows: 1, files, bytes: files * averageBytes },
  };
}

test('many parts that are not compacted, and many small published files, are told of', (t) => {
  t.deepEqual(smallFiles(statusOf(501, 9, MIB)), [
    { ...day, kind: 'live', files: 501 },
    { ...day, kind: 'published', files: 9, averageBytes: MIB },
  ]);
});

test('few files, and large ones, are as they should be', (t) => {
  t.deepEqual(smallFiles(statusOf(500, 8, MIB)), []);
  t.deepEqual(smallFiles(statusOf(0, 256, 16 * MIB)), []);
});
