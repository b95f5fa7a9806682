import test from 'ava';
import type { IngestedObject } from '../../heal/ingested-objects.ts';
import { healPlan, type PresentObject } from '../../heal/plan.ts';
import { dataObject, sourceKey } from '../helpers/rows.ts';

test('an original is missing unless all of it as it is now was ingested', (t) => {
  const plan = healPlan(
    [present('0-9'), present('10-19'), present('20-29'), present('30-39', 'new')],
    [ingested('0-9'), { ...ingested('10-19'), isComplete: false }, ingested('30-39')],
  );
  t.deepEqual(reasons(plan), ['10-19 incomplete', '20-29 not ingested', '30-39 written again']);
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
  const second = { ...present('0_29'), object: dataObject(`${sourceKey('0_29')}.2`) };
  const plan = healPlan([second, present('0_29')], []);
  t.deepEqual(
    plan.missing.map(({ object }) => object.key),
    [sourceKey('0_29')],
  );
});

test('an object that was ingested in part and is gone is lost, unless something covers it', (t) => {
  const part = { ...ingested('0-9'), isComplete: false };
  t.deepEqual(healPlan([], [part]).lost, [part.key]);
  const covered = healPlan([present('0_29')], [part]);
  t.deepEqual([covered.lost, reasons(covered)], [[], ['0_29 range not covered']]);
  t.deepEqual(healPlan([], [part, ingested('0_29')]).lost, []);
});

test('a coalesced object with fewer lines than the originals it replaced is told of', (t) => {
  const originals = [ingested('0-9'), ingested('10-19')];
  const keys = originals.map(({ key }) => key);
  const merged = (lines: number) => ({ ...ingested('0_19'), summary: summary(lines) });
  const shortfall = { key: sourceKey('0_19'), lines: 19, replaced: { keys, lines: 20 } };
  t.deepEqual(healPlan([present('0_19')], [...originals, merged(19)]).shortfalls, [shortfall]);
  t.deepEqual(healPlan([present('0_19')], [...originals, merged(20)]).shortfalls, []);
  const counted = new Map([[sourceKey('0_19'), 19]]);
  t.deepEqual(healPlan([present('0_19')], originals, counted).shortfalls, [shortfall]);
  t.deepEqual(healPlan([present('0_19'), present('10-19')], originals, counted).shortfalls, []);
});

test('gaps and overlaps are told of each partition', (t) => {
  const [offsets] = healPlan([present('0-9'), present('12-19')], [ingested('18-30')]).offsets;
  t.like(offsets, {
    objects: 3,
    gaps: [{ from: '10', to: '11' }],
    overlaps: [{ from: '18', to: '19' }],
  });
});

function present(offsets: string, eTag = 'e'): PresentObject {
  return { object: dataObject(sourceKey(offsets)), size: 1, eTag };
}

/** With ten lines. */
function ingested(offsets: string): IngestedObject {
  return { key: sourceKey(offsets), eTag: 'e', isComplete: true, summary: summary(10) };
}

function summary(lines: number): NonNullable<IngestedObject['summary']> {
  return { lines, rows: lines, quarantined: 0, blank: 0 };
}

function reasons({ missing }: ReturnType<typeof healPlan>): string[] {
  return missing.map(({ object, reason }) => `${/_0_(.*)\.jsonl/.exec(object.key)?.[1]} ${reason}`);
}
