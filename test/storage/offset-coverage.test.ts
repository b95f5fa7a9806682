import test from 'ava';
import type { OffsetRange, PartitionOffsets } from '../../schemas/certificate.ts';
import { offsetCoverage } from '../../storage/offset-coverage.ts';
import { sourceKey } from '../helpers/rows.ts';

const partition0 = { topic: 'db.core.toDo', partition: 0 };

/** Of ranges as `from-to`. */
const ranges = (...texts: string[]): OffsetRange[] =>
  texts.map((text) => {
    const [from = '', to = ''] = text.split('-');
    return { from, to };
  });

/** What a date left behind: the objects of its only partition. */
const dayOf = (...offsets: string[]) => offsetCoverage(offsets.map((text) => sourceKey(text)));

const covers = test.macro(
  (
    t,
    { offsets, previous = [] }: { offsets: readonly string[]; previous?: readonly PartitionOffsets[] },
    expected: Partial<PartitionOffsets>,
  ) => {
    const keys = offsets.map((text) => sourceKey(text));
    for (const order of [keys, keys.toReversed(), [...keys, ...keys]]) {
      const found = offsetCoverage(order, previous);
      t.is(found.length, 1);
      t.like(found[0], { ...partition0, ...expected });
    }
  },
);

test('nothing covers nothing', (t) => t.deepEqual(offsetCoverage([]), []));

test('objects one after another have no gaps and no overlaps', (t) => {
  t.deepEqual(offsetCoverage([sourceKey('100-199'), sourceKey('5-99'), sourceKey('200-200')]), [
    { ...partition0, objects: 3, span: { from: '5', to: '200' }, reached: '200', gaps: [], overlaps: [] },
  ]);
});

test(
  'offsets between objects are gaps',
  covers,
  { offsets: ['5-9', '11-20', '30-39'] },
  {
    gaps: ranges('10-10', '21-29'),
    overlaps: [],
  },
);
test(
  'a long object fills the gaps of short ones',
  covers,
  { offsets: ['5-9', '0_99', '30-39', '120-120'] },
  {
    span: { from: '0', to: '120' },
    gaps: ranges('100-119'),
    overlaps: ranges('5-9', '30-39'),
  },
);
test(
  'an original and its coalesced copies are an overlap',
  covers,
  { offsets: ['0-9', '10-19', '0_19'] },
  {
    objects: 3,
    gaps: [],
    overlaps: ranges('0-19'),
  },
);
test(
  'a replay with other boundaries is an overlap',
  covers,
  { offsets: ['0-9', '5-14', '15-20', '20-30'] },
  {
    gaps: [],
    overlaps: ranges('5-9', '20-20'),
  },
);
test(
  'an offset in three objects is one overlap',
  covers,
  { offsets: ['0-9', '2-5', '3-7', '8-8'] },
  {
    overlaps: ranges('2-8'),
  },
);
test(
  'an overlap inside a longer one adds nothing',
  covers,
  { offsets: ['0-90', '1-80', '2-9'] },
  {
    overlaps: ranges('1-80'),
  },
);
test(
  'offsets beyond 2^53 lose nothing',
  covers,
  { offsets: ['9007199254740992-9007199254740993', '9007199254740995-9223372036854775807'] },
  {
    span: { from: '9007199254740992', to: '9223372036854775807' },
    reached: '9223372036854775807',
    gaps: ranges('9007199254740994-9007199254740994'),
  },
);
test(
  'offsets are numbers and not texts',
  covers,
  { offsets: ['9-9', '100-199', '10-99'] },
  {
    span: { from: '9', to: '199' },
    gaps: [],
  },
);

const upTo99 = dayOf('0-99');
test(
  'a date that goes on where the last one ended has no gap',
  covers,
  { offsets: ['100-109'], previous: upTo99 },
  {
    reached: '109',
    gaps: [],
    overlaps: [],
  },
);
test(
  'a date that begins later has a gap',
  covers,
  { offsets: ['105-109'], previous: upTo99 },
  {
    span: { from: '105', to: '109' },
    gaps: ranges('100-104'),
  },
);
test(
  'a replay after midnight is an overlap',
  covers,
  { offsets: ['90-99', '100-109'], previous: upTo99 },
  {
    span: { from: '90', to: '109' },
    gaps: [],
    overlaps: ranges('90-99'),
  },
);
test(
  'a replay of long ago tells nothing of what lies between',
  covers,
  {
    offsets: ['10-19', '102-109'],
    previous: upTo99,
  },
  {
    gaps: ranges('100-101'),
    overlaps: ranges('10-19'),
  },
);
test(
  'what was only replayed does not go back',
  covers,
  { offsets: ['10-19'], previous: upTo99 },
  {
    span: { from: '10', to: '19' },
    reached: '99',
    gaps: [],
  },
);
test(
  'what fills a gap of the last date, between its objects or before them, is no overlap',
  covers,
  {
    offsets: ['105-109', '120-129'],
    previous: offsetCoverage([sourceKey('110-119'), sourceKey('130-139')], upTo99),
  },
  { reached: '139', gaps: [], overlaps: [] },
);
test(
  'what the last date holds on both sides of its gap is an overlap',
  covers,
  { offsets: ['100-139'], previous: dayOf('90-109', '120-150') },
  { overlaps: ranges('100-109', '120-139') },
);

test(
  'a replay of the last date is an overlap, also where that began with a gap',
  covers,
  { offsets: ['105-109'], previous: offsetCoverage([sourceKey('105-119')], upTo99) },
  { gaps: [], overlaps: ranges('105-109') },
);

test('a partition without objects is handed on to the next date', (t) => {
  const quiet = offsetCoverage([], upTo99);
  t.deepEqual(quiet, [{ ...partition0, objects: 0, reached: '99', gaps: [], overlaps: [] }]);
  t.like(offsetCoverage([sourceKey('101-109')], quiet), [{ gaps: ranges('100-100'), overlaps: [] }]);
});

test('topics and partitions are apart and in order, and other files are nothing', (t) => {
  const key = (name: string) => `a +#🙂/2026/07/02/core/x/${name}`;
  const found = offsetCoverage(
    [
      key('db.core.toDo_10_0-9.jsonl.gz'),
      key('db.core.toDo_9_0-9.jsonl.gz'),
      key('db.core.toDo_2_0-9.jsonl.gz'),
      key('db.core.toDo.x_1_0-9.jsonl.gz'),
      key('_manifest.txt'),
    ],
    offsetCoverage([key('db.core.toDo_9_0-7.jsonl.gz'), key('db.core.contract_3_0-9.jsonl.gz')]),
  );
  t.deepEqual(
    found.map(({ topic, partition, overlaps }) => [topic, partition, overlaps]),
    [
      ['db.core.contract', 3, []],
      ['db.core.toDo', 2, []],
      ['db.core.toDo', 9, ranges('0-7')],
      ['db.core.toDo', 10, []],
      ['db.core.toDo.x', 1, []],
    ],
  );
});

test('the coverage of random objects is that of their offsets one by one', (t) => {
  const random = randomNumbers(1);
  const objects = () =>
    Array.from({ length: random(6) }, () => {
      const from = random(40);
      return { from, to: from + random(8) };
    });
  for (let round = 0; round < 300; round++) {
    const [before, own] = [objects(), objects()];
    const keysOf = (list: typeof own) => list.map(({ from, to }) => sourceKey(`${from}-${to}`));
    const previous = offsetCoverage(keysOf(before));
    const [found] = offsetCoverage(keysOf(own), previous);
    const distinct = new Map(own.map((range) => [sourceKey(`${range.from}-${range.to}`), range]));
    const times = (list: Iterable<{ from: number; to: number }>, offset: number) =>
      [...list].filter(({ from, to }) => from <= offset && offset <= to).length;
    const start =
      before.length > 0 ? Math.max(...before.map(({ to }) => to)) : Math.min(...own.map(({ from }) => from));
    const end = Math.max(...own.map(({ to }) => to));
    const offsets = Array.from({ length: 60 }, (_, offset) => offset);
    t.deepEqual(
      offsetsIn(found?.gaps),
      offsets.filter((offset) => offset > start && offset < end && times(distinct.values(), offset) === 0),
    );
    t.deepEqual(
      offsetsIn(found?.overlaps),
      offsets.filter((offset) => times(distinct.values(), offset) + Math.min(1, times(before, offset)) > 1),
    );
  }
});

function offsetsIn(list: readonly OffsetRange[] = []): number[] {
  return list.flatMap(({ from, to }) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index),
  );
}

/** Integers below the limit asked for, the same ones for the same seed. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
}
