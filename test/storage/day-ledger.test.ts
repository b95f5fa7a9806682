import test from 'ava';
import type { ObjectSummary, PartSource } from '../../schemas/part.ts';
import { dayLedger, type DayLedger } from '../../storage/day-ledger.ts';
import type { LivePart } from '../../storage/live-parts.ts';

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
function object(rows: number, quarantined = 1): { object: ObjectSummary } {
  return { object: { lines: rows + quarantined + 1, rows, quarantined, blank: 1 } };
}

const says = test.macro((t, parts: readonly LivePart[], expected: Partial<DayLedger>) => {
  t.like(dayLedger(parts), expected);
  t.like(dayLedger(parts.toReversed()), expected);
});

test('nothing says nothing', (t) => {
  t.deepEqual(dayLedger([]), {
    objects: { complete: 0, incomplete: 0 },
    lines: 0,
    rows: 0,
    quarantined: 0,
    blank: 0,
    distinctRows: 0,
    unbalanced: [],
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
    quarantined: 2,
    blank: 2,
    distinctRows: 20,
    unbalanced: [],
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
  { objects: { complete: 1, incomplete: 0 }, lines: 10, rows: 8, quarantined: 1, blank: 1, distinctRows: 8 },
);

test(
  'of deliveries that counted differently the one with the most rows counts',
  says,
  [part([source('a', [1, 10], 9, object(9, 0))]), part([source('a', [1, 7], 4, object(4, 5))])],
  { objects: { complete: 1, incomplete: 0 }, lines: 10, rows: 9, quarantined: 0, distinctRows: 9 },
);

test(
  'every version counts, and every generation',
  says,
  [
    part([source('a', [1, 10], 8, object(8)), source('a', [1, 9], 7, { eTag: 'f', ...object(7) })]),
    part([source('a', [1, 10], 8, object(8))], { generation: 7 }),
  ],
  { objects: { complete: 3, incomplete: 0 }, lines: 29, rows: 23, distinctRows: 23 },
);

test(
  'a version that was given up for another is no incomplete object, and its rows are there',
  says,
  [part([source('a', [1, 5], 5)]), part([source('a', [1, 10], 8, { eTag: 'f', ...object(8) })])],
  { objects: { complete: 1, incomplete: 0 }, lines: 10, rows: 8, distinctRows: 13 },
);

test(
  'a version id tells versions with the same tag apart',
  says,
  [1, 2].map((id) => part([source('a', [1, 10], 8, { versionId: `${id}`, ...object(8) })])),
  { objects: { complete: 2, incomplete: 0 }, distinctRows: 16 },
);

test('an object without rows counts', says, [part([source('a', [0, 0], 0, object(0))])], {
  objects: { complete: 1, incomplete: 0 },
  lines: 2,
  rows: 0,
  quarantined: 1,
  blank: 1,
  distinctRows: 0,
});

test(
  'an object that was read to its end and lacks rows is incomplete',
  says,
  [part([source('a', [6, 10], 5, object(9))])],
  { objects: { complete: 0, incomplete: 1 }, lines: 11, rows: 9, distinctRows: 5 },
);

test(
  'an object whose lines are not accounted for is named, once',
  says,
  [
    part([source('b', [1, 9], 9, { object: { lines: 11, rows: 9, quarantined: 1, blank: 0 } })]),
    part([source('a', [1, 9], 9, { object: { lines: 9, rows: 9, quarantined: 1, blank: 0 } })]),
    part([source('a', [1, 9], 9, { object: { lines: 9, rows: 9, quarantined: 1, blank: 0 } })], {
      generation: 7,
    }),
    part([source('c', [1, 9], 9, object(9))]),
  ],
  { unbalanced: ['a', 'b'] },
);

test('rows of another collection belong to the object and are not rows of this one', (t) => {
  const own = [part([source('a', [1, 9], 4)])];
  const other = { collection: 'contract' };
  const others = [part([source('a', [2, 11], 6, object(10)), source('b', [1, 5], 5, object(5))], other)];
  const totals = { lines: 12, rows: 10, quarantined: 1, blank: 1 };
  t.like(dayLedger(own, others), { ...totals, objects: { complete: 1, incomplete: 0 }, distinctRows: 4 });
  t.like(dayLedger(own), { lines: 0, objects: { complete: 0, incomplete: 1 }, distinctRows: 4 });
  t.like(dayLedger(others, own), { objects: { complete: 2, incomplete: 0 }, distinctRows: 11 });
  const otherDay = part([source('c', [1, 5], 5, object(5))], { exportDate: '2026-07-04' });
  const otherVersion = part([source('a', [1, 5], 5, { eTag: 'f', ...object(5) })], other);
  t.deepEqual(dayLedger(own, [...own, ...others, otherDay, otherVersion]), dayLedger(own, others));
});
