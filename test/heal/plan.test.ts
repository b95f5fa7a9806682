import test from 'ava';
import type { IngestedObject } from '../../heal/ingested-objects.ts';
import type { LostMembers } from '../../heal/lost-members.ts';
import { healPlan, type PresentObject } from '../../heal/plan.ts';
import { dataObject, sourceKey } from '../helpers/rows.ts';

test('an original is missing unless all of it as it is now was ingested', (t) => {
  const plan = healPlan(
    [present('0-9'), present('10-19'), present('20-29'), present('30-39', 'new')],
    [ingested('0-9'), { ...ingested('10-19'), isComplete: false }, ingested('30-39')],
  );
  t.deepEqual(reasons(plan), ['10-19 incomplete', '20-29 not ingested', '30-39 written again']);
});

test('what no longer counts is announced in the generation that does, and covers nothing', (t) => {
  const superseded = { ...ingested('0-9'), isComplete: false, isSuperseded: true };
  const plan = healPlan(
    [
      { ...present('0-9'), floor: 5 },
      { ...present('10-19', 'new'), floor: 5 },
      { ...present('20_29'), floor: 5 },
    ],
    [
      { ...superseded, floor: 7 },
      { ...superseded, key: keyOf('10-19') },
      { ...superseded, key: keyOf('20-29'), floor: 7 },
    ],
  );
  t.deepEqual(reasons(plan), ['0-9 superseded', '10-19 written again', '20_29 range not covered']);
  t.deepEqual(
    plan.missing.map(({ generation }) => generation),
    [7, 5, 5],
  );
});

test('a coalesced object is missing when an offset of it is in nothing ingested or announced', (t) => {
  const all = [present('0_29'), present('40_59'), present('20-29')];
  t.deepEqual(reasons(healPlan(all, [ingested('0-9'), ingested('10-19'), ingested('40-58')])), [
    '20-29 not ingested',
    '40_59 range not covered',
  ]);
  t.deepEqual(reasons(healPlan([present('0_29')], [ingested('0-14'), ingested('10-40')])), []);
  t.deepEqual(reasons(healPlan([present('0_29')], [ingested('0-14'), ingested('16-40')])), [
    '0_29 range not covered',
  ]);
});

test('what another partition or topic holds covers nothing', (t) => {
  const other = sourceKey('0-29', 'db.core.toDoArchive');
  const plan = healPlan([present('0_29')], [{ ...ingested('0-29'), key: other }]);
  t.deepEqual(reasons(plan), ['0_29 range not covered']);
});

test('of two copies of the same offsets the first is announced', (t) => {
  const plan = healPlan([present('0_29.2'), present('0_29')], []);
  t.deepEqual(
    plan.missing.map(({ object }) => object.key),
    [sourceKey('0_29')],
  );
});

test('an object that was ingested in part and is gone is lost, unless something covers it', (t) => {
  const part = { ...ingested('0-9'), isComplete: false };
  t.deepEqual(healPlan([], [part]).lost, [{ kind: 'rest', key: part.key }]);
  const covered = healPlan([present('0_29')], [part]);
  t.deepEqual([covered.lost, reasons(covered)], [[], ['0_29 range not covered']]);
  t.deepEqual(healPlan([], [part, ingested('0_29')]).lost, []);
});

test('a coalesced object with fewer lines than the originals it replaced has lost members', (t) => {
  const originals = [ingested('0-9'), ingested('10-19')];
  const lost = [lostMembers('0_19', 19, { keys: keysOf(originals), lines: 20, areIngested: true })];
  t.deepEqual(healPlan([present('0_19')], [...originals, ingested('0_19', 19)]).lost, lost);
  t.deepEqual(healPlan([present('0_19')], [...originals, ingested('0_19', 20)]).lost, []);
  const counted = new Map([[sourceKey('0_19'), 19]]);
  t.deepEqual(healPlan([present('0_19')], originals, counted).lost, lost);
});

test('tables lack rows when the ledger has not all those of a lost member', (t) => {
  const originals = [ingested('0-9'), { ...ingested('10-19'), isComplete: false }];
  const replaced = { keys: keysOf(originals), lines: 20, areIngested: false };
  t.deepEqual(healPlan([present('0_19')], [...originals, ingested('0_19', 10)]).lost, [
    lostMembers('0_19', 10, replaced),
  ]);
});

const losesNothing = test.macro((t, bucket: readonly string[], ledger: readonly IngestedObject[]) => {
  t.deepEqual(
    healPlan(
      bucket.map((offsets) => present(offsets)),
      ledger,
    ).lost,
    [],
  );
});

test('fewer lines than offsets are no loss', losesNothing, ['0_19'], [ingested('0_19', 3)]);

test(
  'what overlaps is not counted twice',
  losesNothing,
  ['0_19'],
  [ingested('0-9'), ingested('5-14'), ingested('10-19'), ingested('0_19', 20)],
);

test(
  'of a key that was written again the version with the fewest lines counts',
  losesNothing,
  ['0_19'],
  [ingested('0-9', 8, 'first'), ingested('0-9', 10), ingested('10-19'), ingested('0_19', 18)],
);

test(
  'originals that are still there are no members',
  losesNothing,
  ['0_19', '10-19'],
  [ingested('0-9'), ingested('10-19'), ingested('0_19', 10)],
);

test(
  'what another coalesced object may have replaced is not missed in this one',
  losesNothing,
  ['0_19.2', '10_29', '0_19'],
  [
    ...['0-9', '10-19', '20-29', '5-9'].map((offsets) => ingested(offsets)),
    ...[ingested('0_19', 20), ingested('10_29', 13), ingested('0_19.2', 5)],
  ],
);

test(
  'the fault of a spoilt original is no line',
  losesNothing,
  ['0_19'],
  [spoilt(ingested('0-9', 1)), ingested('10-19'), ingested('0_19', 10)],
);

test('gaps and overlaps are told of each partition', (t) => {
  const [offsets] = healPlan([present('0-9'), present('12-19')], [ingested('18-30')]).offsets;
  t.like(offsets, {
    objects: 3,
    gaps: [{ from: '10', to: '11' }],
    overlaps: [{ from: '18', to: '19' }],
  });
});

test('what a coalesced object or its copy repackages is no overlap', (t) => {
  const [offsets] = healPlan(
    [present('0_19'), present('0_19.2'), present('20_29')],
    [ingested('0-9'), ingested('10-19')],
  ).offsets;
  t.like(offsets, { objects: 3, span: { from: '0', to: '29' }, gaps: [], overlaps: [] });
});

function present(offsets: string, eTag = 'e'): PresentObject {
  return { object: dataObject(keyOf(offsets)), size: 1, eTag, floor: 0 };
}

function ingested(offsets: string, lines = 10, eTag = 'e'): IngestedObject {
  const summary = { lines, rows: lines, quarantined: 0, blank: 0 };
  return { key: keyOf(offsets), eTag, isComplete: true, isSuperseded: false, floor: 0, summary };
}

function spoilt(one: IngestedObject): IngestedObject {
  const summary = { lines: 1, rows: 0, quarantined: 1, blank: 0, reasons: { 'not-gzip': 1 } };
  return { ...one, summary };
}

/** `0_19.2` is the second copy of `0_19`. */
function keyOf(offsets: string): string {
  const [range = '', copy] = offsets.split('.');
  return copy === undefined ? sourceKey(range) : `${sourceKey(range)}.${copy}`;
}

function keysOf(objects: readonly IngestedObject[]): string[] {
  return objects.map(({ key }) => key);
}

function lostMembers(offsets: string, lines: number, replaced: LostMembers['replaced']): LostMembers {
  return { kind: 'members', key: sourceKey(offsets), lines, replaced };
}

function reasons({ missing }: ReturnType<typeof healPlan>): string[] {
  return missing.map(({ object, reason }) => `${/_0_(.*)\.jsonl/.exec(object.key)?.[1]} ${reason}`);
}
