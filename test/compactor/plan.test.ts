import test from 'ava';
import { plan, stepsOf, type CollectionFacts, type DayFacts, type DayPlan } from '../../compactor/plan.ts';
import { collectionsOf, type CollectionFile } from '../../schemas/collection.ts';

const name = { db: 'core', collection: 'toDo' };
const dates = ['2026-07-01', '2026-07-02', '2026-07-04'] as const;

function factsOf(days: readonly DayFacts[], file: Partial<CollectionFile> = {}): CollectionFacts {
  const collection = collectionsOf([{ ...name, ...file }])(name);
  return { collection, definitions: collection.typedTables.map(() => 'a STRING'), days };
}

function day(exportDate: string, members: Partial<DayFacts> = {}): DayFacts {
  return {
    exportDate,
    parts: [{ name: `part of ${exportDate}`, bytes: 10 }],
    generationFloor: 0,
    published: new Set(),
    certificate: undefined,
    ...members,
  };
}

const newDays = dates.map((date) => day(date));

/** The facts after the plan was carried out. */
function done(facts: CollectionFacts, plans: readonly DayPlan[]): CollectionFacts {
  let previous: string | null = null;
  const days = facts.days.map((each): DayFacts => {
    const planned = plans.find(({ exportDate }) => exportDate === each.exportDate);
    if (planned === undefined) {
      previous = each.certificate?.sha256 ?? previous;
      return each;
    }
    const prefixes = stepsOf(planned).map(({ prefix }) => prefix);
    const sha256 = `certificate of ${prefixes.join()} after ${previous}`;
    const certificate = { sha256, previous, prefixes: new Set(prefixes) };
    previous = sha256;
    return { ...each, published: new Set([...each.published, ...prefixes]), certificate };
  });
  return { ...facts, days };
}

function datesOf(plans: readonly DayPlan[]): string[] {
  return plans.map(({ exportDate }) => exportDate);
}

test('everything that is new is planned, the oldest first', (t) => {
  const plans = plan(factsOf(newDays));
  t.deepEqual(datesOf(plans), [...dates]);
  t.deepEqual(
    plans.map(({ snapshot }) => snapshot?.recipe.base?.exportDate),
    [undefined, dates[0], dates[1]],
  );
  t.is(plans[1]?.snapshot?.recipe.base?.version, plans[0]?.snapshot?.version);
});

test('what is done is not planned again', (t) => {
  const facts = factsOf(newDays);
  const after = done(facts, plan(facts));
  t.deepEqual(plan(after), []);
  for (const date of dates) t.deepEqual(plan(after, date), []);
});

test('nothing is planned for a date without parts', (t) => {
  t.deepEqual(plan(factsOf([])), []);
  t.deepEqual(plan(factsOf([day(dates[0])]), dates[1]).length, 1, 'but for what it would stand on');
  t.deepEqual(plan(factsOf([day(dates[1])]), dates[0]), []);
});

test('neither the order of parts nor who asks changes a version', (t) => {
  const parts = [
    { name: 'b', bytes: 1 },
    { name: 'a', bytes: 2 },
  ];
  const [one] = plan(factsOf([day(dates[0], { parts })]));
  const [other] = plan(factsOf([day(dates[0], { parts: parts.toReversed() })]), dates[0]);
  t.deepEqual(one, other);
});

test('each input and each choice of the collection gives another version', (t) => {
  const base = plan(factsOf([day(dates[0])]))[0];
  const others: [Partial<DayFacts>, Partial<CollectionFile>][] = [
    [{ parts: [{ name: 'another', bytes: 10 }] }, {}],
    [{ parts: [{ name: `part of ${dates[0]}`, bytes: 11 }] }, {}],
    [{ generationFloor: 1 }, {}],
    [{}, { compression: 'ZSTD' }],
    [{}, { snapshot: 'delete-wins' }],
    [{}, { tombstones: 'drop' }],
  ];
  const snapshots = others.map(
    ([members, file]) => plan(factsOf([day(dates[0], members)], file))[0]?.snapshot?.version,
  );
  t.is(new Set([base?.snapshot?.version, ...snapshots]).size, others.length + 1);
});

test('late parts give their day and every snapshot behind it another version, and only these', (t) => {
  const facts = factsOf(newDays);
  const before = plan(facts);
  const after = done(facts, before);
  const late = { ...after, days: after.days.map((each, i) => (i === 1 ? withLatePart(each) : each)) };
  const plans = plan(late);
  t.deepEqual(datesOf(plans), [dates[1], dates[2]]);
  t.not(plans[0]?.changes.version, before[1]?.changes.version);
  t.is(plans[1]?.changes.version, before[2]?.changes.version);
  t.true(plans[1]?.changes.isPublished);
  t.not(plans[1]?.snapshot?.version, before[2]?.snapshot?.version);
  t.deepEqual(plan(done(late, plans)), []);
});

test('a date is brought up to date with what it stands on and what stands on it', (t) => {
  const facts = factsOf(newDays);
  t.deepEqual(datesOf(plan(facts, dates[1])), [dates[0], dates[1]], 'nobody waits for what is behind');
  const all = done(facts, plan(facts));
  const late = { ...all, days: all.days.map((each, i) => (i === 0 ? withLatePart(each) : each)) };
  t.deepEqual(datesOf(plan(late, dates[0])), [...dates]);
});

test('without snapshots days stand alone, but for the chain of certificates', (t) => {
  const facts = factsOf(newDays, { snapshot: 'none' });
  const second = plan(facts, dates[1]);
  t.deepEqual(datesOf(second), [dates[1]]);
  t.deepEqual(
    second.map(({ snapshot }) => snapshot),
    [undefined],
  );
  const after = done(facts, second);
  const first = plan(after, dates[0]);
  t.deepEqual(datesOf(first), [dates[0], dates[1]], 'the second one names the first one now');
  t.true(first[1]?.changes.isPublished);
  t.false(first[1]?.isCertified);
  t.deepEqual(datesOf(plan(done(after, first))), [dates[2]]);
});

test('a certificate that is lost, of other versions or after another one is issued again, with those behind it', (t) => {
  const facts = factsOf(newDays);
  const after = done(facts, plan(facts));
  const changed = (change: (each: DayFacts) => DayFacts): string[] =>
    datesOf(plan({ ...after, days: after.days.map((each, i) => (i === 1 ? change(each) : each)) }));
  t.deepEqual(
    changed((each) => ({ ...each, certificate: undefined })),
    [dates[1], dates[2]],
  );
  t.deepEqual(
    changed((each) => ({ ...each, certificate: { ...certificateOf(each), previous: 'another' } })),
    [dates[1], dates[2]],
  );
  t.deepEqual(
    changed((each) => ({ ...each, certificate: { ...certificateOf(each), prefixes: new Set() } })),
    [dates[1], dates[2]],
  );
  t.deepEqual(
    changed((each) => ({ ...each, certificate: { ...certificateOf(each), sha256: 'another' } })),
    [dates[2]],
  );
});

test('typed tables are of the newest snapshot, or of every date if they are partitioned by it', (t) => {
  const table = { database: 'd', columns: 'a STRING' };
  const typedTables = [
    { ...table, table: 'newest' },
    { ...table, table: 'daily', partitionKey: 'date_str' },
  ];
  const plans = plan(factsOf(newDays, { typedTables }));
  t.deepEqual(
    plans.map(({ typed }) => typed.map(({ recipe }) => recipe.table)),
    [['daily'], ['daily'], ['newest', 'daily']],
  );
  t.is(plans[2]?.typed[0]?.recipe.source.version, plans[2]?.snapshot?.version);
  t.true(plans[2]?.typed[0]?.prefix.startsWith('corporate_data_ingestion/tables/d/newest/version='));
  t.true(
    plans[2]?.typed[1]?.prefix.startsWith(
      'corporate_data_ingestion/tables/d/daily/date_str=2026-07-04/version=',
    ),
  );
});

test('a day that is no longer the newest is certified without the typed tables of the newest snapshot', (t) => {
  const facts = factsOf(newDays.slice(0, 1), {
    typedTables: [{ database: 'd', table: 't', columns: 'a STRING' }],
  });
  const after = done(facts, plan(facts));
  const plans = plan({ ...after, days: [...after.days, day(dates[1])] });
  t.deepEqual(
    plans.map(({ exportDate, typed, isCertified }) => [exportDate, typed.length, isCertified]),
    [
      [dates[0], 0, false],
      [dates[1], 1, false],
    ],
  );
  t.true(plans[0] && stepsOf(plans[0]).every(({ isPublished }) => isPublished));
});

test('another data definition makes the typed table anew, and nothing else', (t) => {
  const facts = factsOf(newDays.slice(0, 1), {
    typedTables: [{ database: 'd', table: 't', columns: 'a STRING' }],
  });
  const after = done(facts, plan(facts));
  const [again] = plan({ ...after, definitions: ['a STRING, b INT'] });
  t.deepEqual(again && stepsOf(again).map(({ isPublished }) => isPublished), [true, true, false]);
});

function withLatePart(each: DayFacts): DayFacts {
  return { ...each, parts: [...each.parts, { name: 'late', bytes: 1 }] };
}

function certificateOf({ certificate }: DayFacts): NonNullable<DayFacts['certificate']> {
  if (certificate === undefined) throw new Error('no certificate');
  return certificate;
}
