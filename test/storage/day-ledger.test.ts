import test from 'ava';
import type { ObjectSummary, PartSource } from '../../schemas/part.ts';
import { dayLedger, type DayLedger } from '../../storage/day-ledger.ts';
import type { LivePart } from '../../storage/live-parts.ts';
import { sourceKey } from '../helpers/rows.ts';

const day = { db: 'core', collection: 'toDo', exportDate: '2026-07-03' };

function part(sources: readonly PartSource[], members: Partial<LivePart> = {}): LivePart {
  return {
    kind: 'part',
    key: 'k',
    ...day,
    generation: 0,
    rows: sources.reduce((sum, { rows }) => sum + rows, 0),
    bytes: 100,
    rawBytes: 1_000,
    writtenAt: new Date(1_000),
    sources,
    ...members,
  };
}

/** `rows` from the lines `firstLine` to `lastLine` of the object `key`. */
function source(
  key: string,
  [firstLine, lastLine]: [number, number],
  rows: number,
  members: Partial<PartSource> = {},
): PartSource {
  return { key, eTag: 'e', rows, firstLine, lastLine, ...members };
}

/** An object that was read to its end, with a blank line and, unless it says otherwise, a quarantined one. */
function object(rows: number, quarantined = 1, reason = 'invalid-id'): { object: ObjectSummary } {
  const reasons = quarantined > 0 && { reasons: { [reason]: quarantined } };
  return { object: { lines: rows + quarantined + 1, rows, quarantined, blank: 1, ...reasons } };
}

/** Quarantined for one reason. */
function invalidIds(count: number): DayLedger['quarantined'] {
  return { total: count, byReason: { 'invalid-id': count } };
}

type Said = Partial<Omit<DayLedger, 'objects'>> & { readonly objects?: Partial<DayLedger['objects']> };

const says = test.macro((t, parts: readonly LivePart[], expected: Said) => {
  t.like(dayLedger(parts), expected);
  t.like(dayLedger(parts.toReversed()), expected);
});

test('nothing says nothing', (t) => {
  t.deepEqual(dayLedger([]), {
    objects: { complete: 0, covered: 0, incomplete: 0 },
    lines: 0,
    rows: 0,
    quarantined: { total: 0, byReason: {} },
    blank: 0,
    counted: [],
    distinctRows: 0,
  });
});

test(
  'objects add up, however they were cut into parts',
  says,
  [
    part([source('a +#🙂', [1, 10], 8, object(8)), source('b', [1, 5], 5)]),
    part([source('b', [7, 9], 3, object(8)), source('c', [1, 4], 4)]),
  ],
  {
    objects: { complete: 2, incomplete: 1 },
    lines: 20,
    rows: 16,
    quarantined: invalidIds(2),
    blank: 2,
    distinctRows: 20,
  },
);

test(
  'an object that was delivered again adds nothing, cut elsewhere or not',
  says,
  [
    part([source('a', [1, 10], 8, object(8))]),
    part([source('a', [1, 10], 8, object(8))]),
    part([source('a', [1, 6], 5)]),
    part([source('a', [7, 10], 3, object(8))]),
  ],
  {
    objects: { complete: 1, incomplete: 0 },
    lines: 10,
    rows: 8,
    quarantined: invalidIds(1),
    blank: 1,
    distinctRows: 8,
  },
);

test(
  'of deliveries that counted differently the one with the most rows counts',
  says,
  [part([source('a', [1, 10], 9, object(9, 0))]), part([source('a', [1, 7], 4, object(4, 5))])],
  {
    objects: { complete: 1, incomplete: 0 },
    lines: 10,
    rows: 9,
    quarantined: { total: 0, byReason: {} },
    distinctRows: 9,
  },
);

test(
  'of versions that were read in one generation the one with the most rows counts',
  says,
  [part([source('a', [1, 10], 8, { eTag: 'f', ...object(8) }), source('a', [1, 9], 7, object(7))])],
  { objects: { complete: 1, incomplete: 0 }, lines: 10, rows: 8, distinctRows: 15 },
);

test(
  'a line that was quarantined and is a row in a newer generation counts as a row only',
  says,
  [
    part([source('a', [0, 0], 0, object(0, 20, 'key-refused'))]),
    part([source('a', [1, 20], 19, object(19, 1))], { generation: 7 }),
  ],
  {
    objects: { complete: 1, incomplete: 0 },
    lines: 21,
    rows: 19,
    quarantined: invalidIds(1),
    blank: 1,
    distinctRows: 19,
  },
);

test(
  'the newest generation counts, also where an older one gave more rows',
  says,
  [7, 0, 5].map((generation) =>
    part([source('a', [1, 20], 12 - generation, object(12 - generation, generation))], { generation }),
  ),
  { objects: { complete: 1, incomplete: 0 }, lines: 13, rows: 5, quarantined: invalidIds(7) },
);

test(
  'an older generation counts where the newer one is not complete, be it read to its end or not',
  says,
  [
    part([source('a', [1, 10], 8, object(8)), source('b', [1, 10], 8, object(8))]),
    part([source('a', [1, 3], 3), source('b', [1, 3], 3, object(9, 0))], { generation: 7 }),
  ],
  {
    objects: { complete: 2, incomplete: 0 },
    lines: 20,
    rows: 16,
    quarantined: invalidIds(2),
    distinctRows: 22,
  },
);

test(
  'an object whose lines are in others does not count beside them',
  says,
  [
    part([
      source(sourceKey('0-19'), [1, 20], 18, object(18)),
      source(sourceKey('20-39'), [1, 20], 18, object(18)),
      source(sourceKey('0_39'), [1, 40], 38, object(38)),
    ]),
  ],
  { objects: { complete: 3, covered: 1, incomplete: 0 }, lines: 40, rows: 36, quarantined: invalidIds(2) },
);

test(
  'what is quarantined is counted by reason; a part that does not tell has reasons unknown',
  says,
  [
    part([
      source('a', [1, 9], 4, object(4, 3, 'not-gzip')),
      source('b', [1, 9], 4, object(4, 2)),
      source('c', [1, 9], 4, { object: { lines: 5, rows: 4, quarantined: 1, blank: 0 } }),
      source('d', [1, 9], 4, object(4, 1)),
    ]),
  ],
  { quarantined: { total: 7, byReason: { 'invalid-id': 3, 'not-gzip': 3, unknown: 1 } } },
);

test(
  'a version that was given up for another is no incomplete object, and its rows are there',
  says,
  [part([source('a', [1, 5], 5)]), part([source('a', [1, 10], 8, { eTag: 'f', ...object(8) })])],
  { objects: { complete: 1, incomplete: 0 }, lines: 10, rows: 8, distinctRows: 13 },
);

test(
  'a version id tells versions with the same tag apart, of one object',
  says,
  [1, 2].map((id) => part([source('a', [1, 10], 8, { versionId: `${id}`, ...object(8) })])),
  { objects: { complete: 1, incomplete: 0 }, lines: 10, distinctRows: 16 },
);

test('an object without rows counts', says, [part([source('a', [0, 0], 0, object(0))])], {
  objects: { complete: 1, incomplete: 0 },
  lines: 2,
  rows: 0,
  quarantined: invalidIds(1),
  blank: 1,
  distinctRows: 0,
});

test(
  'an object that was read to its end and lacks rows is incomplete',
  says,
  [part([source('a', [6, 10], 5, object(9))])],
  { objects: { complete: 0, incomplete: 1 }, lines: 11, rows: 9, distinctRows: 5 },
);

test('rows of another collection belong to the object and are not rows of this one', (t) => {
  const own = [part([source('a', [1, 9], 4)])];
  const other = { collection: 'contract' };
  const others = [part([source('a', [2, 11], 6, object(10)), source('b', [1, 5], 5, object(5))], other)];
  const totals = { lines: 12, rows: 10, quarantined: invalidIds(1), blank: 1 };
  t.like(dayLedger(own, others), { ...totals, objects: { complete: 1, incomplete: 0 }, distinctRows: 4 });
  t.like(dayLedger(own), { lines: 0, objects: { complete: 0, incomplete: 1 }, distinctRows: 4 });
  t.like(dayLedger(others, own), { objects: { complete: 2, incomplete: 0 }, distinctRows: 11 });
  const otherDay = part([source('c', [1, 5], 5, object(5))], { exportDate: '2026-07-04' });
  const otherVersion = part([source('a', [1, 5], 5, { eTag: 'f', ...object(5) })], other);
  t.deepEqual(dayLedger(own, [...own, ...others, otherDay, otherVersion]), dayLedger(own, others));
});
