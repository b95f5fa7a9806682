import test from 'ava';
import { uncountedObjects } from '../../compactor/uncounted-objects.ts';
import type { LivePart } from '../../storage/live-parts.ts';
import { sourceKey } from '../helpers/rows.ts';

const FLOOR = 5;

const counts = test.macro((t, parts: readonly LivePart[], uncounted: readonly string[]) => {
  t.deepEqual(
    uncountedObjects(parts, FLOOR),
    uncounted.map((offsets) => sourceKey(offsets)),
  );
});

test('an object that has rows below the floor alone does not count', counts, [part(4, '0-9')], ['0-9']);

test('at the floor it does', counts, [part(4, '0-9'), part(5, '0-9')], []);

test('it is named once, however many parts have it', counts, [part(0, '0-9'), part(4, '0-9')], ['0-9']);

test('an object without rows has none that could count', counts, [part(4, '0-9', 0)], []);

test(
  'objects at the floor or above stand for those with their offsets',
  counts,
  [part(0, '0-9'), part(0, '10-19'), part(0, '20-29'), part(5, '0_14'), part(6, '15_24')],
  ['20-29'],
);

test('objects below the floor stand for none', counts, [part(0, '0-9'), part(4, '0_9')], ['0-9', '0_9']);

test(
  'nor do those of another partition or topic',
  counts,
  [part(0, '0-9'), { ...part(5, '0-9'), sources: [source(sourceKey('0-9', 'db.core.other'), 1)] }],
  ['0-9'],
);

function part(generation: number, offsets: string, rows = 1): LivePart {
  return {
    kind: 'part',
    key: `${generation} ${offsets}`,
    db: 'core',
    collection: 'toDo',
    exportDate: '2026-07-03',
    generation,
    sources: [source(sourceKey(offsets), rows)],
    rows,
    bytes: 1,
    rawBytes: 1,
    writtenAt: new Date(0),
  };
}

function source(key: string, rows: number): LivePart['sources'][number] {
  return { key, eTag: 'e', rows, firstLine: 1, lastLine: 1 };
}
