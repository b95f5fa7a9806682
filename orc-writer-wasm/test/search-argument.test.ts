import test from 'ava';
import { SchemaMismatchError } from '../src/errors.ts';
import { openReader } from '../src/reader.ts';
import { parseSchema } from '../src/schema.ts';
import { prepareSearch, type SearchArgument } from '../src/search-argument.ts';
import { writeBatches } from './helpers/memory-file.ts';
import { rawVector, type Raw } from './helpers/nested.ts';
import { random } from './helpers/random.ts';

const schema = parseSchema(
  'struct<n:int,s:string,d:double,dec:decimal(9,2),day:date,t:timestamp,b:boolean,c:char(5),st:struct<x:int>,l:array<int>>',
);
const ROWS = 400;
const GROUP = 10;

/** Rows by number: rising values, every seventh row null, the last group all null. */
function row(i: number): Raw[] {
  if (i % 7 === 3 || i >= ROWS - GROUP) return schema.children.map(() => null);
  return [
    i,
    `s${String(i).padStart(4, '0')}`,
    i / 2,
    BigInt(i * 50),
    i,
    BigInt(i) * 10n ** 9n,
    i >= 200,
    `c${i % 100}`,
    [i],
    [i],
  ];
}

const file = writeBatches(
  [
    {
      size: ROWS,
      columns: schema.children.map((type, column) =>
        rawVector(
          type,
          Array.from({ length: ROWS }, (_, i) => row(i)[column] ?? null),
        ),
      ),
    },
  ],
  {
    schema,
    rowIndexStride: GROUP,
    stripeRowCount: 100,
    bloomFilterColumns: ['n', 's', 'd', 'dec', 'day', 't', 'c', 'st.x'],
    bloomFilterFpp: 0.001,
  },
);

async function groupsRead(searchArgument: SearchArgument): Promise<number[]> {
  await using reader = await openReader(await file);
  let rows = 0;
  const groups = new Set<number>();
  for await (const batch of reader.batches({ searchArgument, include: ['n'], batchSize: 3 })) {
    rows += batch.size;
    const [vector] = batch.columns;
    if (vector === undefined || !('values' in vector)) continue;
    vector.values.forEach((value, i) => {
      const isNull = vector.present && !(((vector.present[i >> 3] ?? 0) >> (i & 7)) & 1);
      if (!isNull) groups.add(Math.floor(Number(value) / GROUP));
    });
  }
  // The group without a value shows in the number of rows alone.
  const found = [...groups];
  return rows > found.length * GROUP ? [...found, ROWS / GROUP - 1] : found;
}

const reads = test.macro({
  title: (claim = '') => claim,
  async exec(t, searchArgument: SearchArgument, groups: readonly number[]) {
    t.deepEqual(await groupsRead(searchArgument), groups);
  },
});

const all = Array.from({ length: ROWS / GROUP }, (_, i) => i);
const withValues = all.slice(0, -1);

test('an integer is in one group', reads, { column: 'n', equals: 123 }, [12]);
test('an integer that the filter knows to be missing', reads, { column: 'n', equals: 66 }, []);
test('some integers', reads, { column: 'n', in: [5, 1000, 395n, 201] }, [0, 20]);
test('a range over stripes', reads, { column: 'n', between: [95, 111] }, [9, 10, 11]);
test('below', reads, { column: 'n', lessThan: 20 }, [0, 1]);
test('at most', reads, { column: 'n', atMost: 20 }, [0, 1, 2]);
test('above', reads, { not: { column: 'n', atMost: 368 } }, [36, 37, 38]);
test('a string', reads, { column: 's', equals: 's0250' }, [25]);
test('a double', reads, { column: 'd', equals: 61.5 }, [12]);
test('a decimal, however it is written', reads, { column: 'dec', equals: '61.5' }, [12]);
test('a day', reads, { column: 'day', equals: '1970-05-04' }, [12]);
test('a second', reads, { column: 't', equals: '1970-01-01 00:02:03' }, [12]);
test('a boolean', reads, { column: 'b', equals: true }, all.slice(20, -1));
// Row 311 is null.
test('characters, without their padding', reads, { column: 'c', equals: 'c11' }, [1, 11, 21]);
test('a field of a struct', reads, { column: 'st.x', equals: 250 }, [25]);
test('only groups with a null', reads, { column: 'n', isNull: true }, [
  ...all.filter((group) => hasNull(group)),
]);
test('no group of nulls', reads, { not: { column: 'n', isNull: true } }, withValues);
test('null is not unequal either', reads, { not: { column: 'n', equals: -1 } }, withValues);
test(
  'and',
  reads,
  { and: [{ column: 'n', lessThan: 50 }, { not: { column: 's', lessThan: 's0040' } }] },
  [4],
);
test(
  'or',
  reads,
  {
    or: [
      { column: 'n', equals: 0 },
      { column: 'd', equals: 61.5 },
    ],
  },
  [0, 12],
);
test('everything', reads, { and: [] }, all);
test('nothing', reads, { or: [] }, []);

function hasNull(group: number): boolean {
  return (
    group === all.length - 1 ||
    Array.from({ length: GROUP }, (_, i) => group * GROUP + i).some((i) => i % 7 === 3)
  );
}

test('random searches never lose a row that fits', async (t) => {
  const r = random(9);
  const literal = (): number => r.below(ROWS + 40) - 20;
  const make = (depth: number): { argument: SearchArgument; fits: (n: number | null) => boolean | null } => {
    if (depth > 0 && r.below(2) === 0) {
      const [a, b] = [make(depth - 1), make(depth - 1)];
      const kind = r.below(3);
      if (kind === 0)
        return { argument: { and: [a.argument, b.argument] }, fits: (n) => and(a.fits(n), b.fits(n)) };
      if (kind === 1) {
        return {
          argument: { or: [a.argument, b.argument] },
          fits: (n) => not(and(not(a.fits(n)), not(b.fits(n)))),
        };
      }
      return { argument: { not: a.argument }, fits: (n) => not(a.fits(n)) };
    }
    const [x, y] = [literal(), literal()];
    return r.pick([
      { argument: { column: 'n', equals: x }, fits: (n) => (n === null ? null : n === x) },
      { argument: { column: 'st.x', in: [x, y] }, fits: (n) => (n === null ? null : n === x || n === y) },
      { argument: { column: 'n', lessThan: x }, fits: (n) => (n === null ? null : n < x) },
      { argument: { column: 'd', atMost: x / 2 }, fits: (n) => (n === null ? null : n <= x) },
      { argument: { column: 'n', between: [x, y] }, fits: (n) => (n === null ? null : n >= x && n <= y) },
      { argument: { column: 'n', isNull: true }, fits: (n) => n === null },
    ]);
  };
  await using reader = await openReader(await file);
  for (let i = 0; i < 60; i++) {
    const { argument, fits } = make(3);
    const wanted = Array.from({ length: ROWS }, (_, at) => row(at)[0] ?? null).filter(
      (n) => fits(typeof n === 'number' ? n : null) === true,
    );
    const found: unknown[] = [];
    for await (const { n } of reader.rows({ include: ['n'], searchArgument: argument })) {
      if (fits(typeof n === 'number' ? n : null) === true) found.push(n);
    }
    t.deepEqual(found, wanted, JSON.stringify(argument));
  }
});

function and(a: boolean | null, b: boolean | null): boolean | null {
  return a === false || b === false ? false : a === null || b === null ? null : true;
}

function not(a: boolean | null): boolean | null {
  return a === null ? null : !a;
}

const refused = test.macro({
  title: (fault = '') => `refused: ${fault}`,
  async exec(t, searchArgument: SearchArgument) {
    await t.throwsAsync(groupsRead(searchArgument), { instanceOf: SchemaMismatchError });
  },
});

test('a column that is not there', refused, { column: 'x', equals: 1 });
test('a column inside a list', refused, { column: 'l._elem', equals: 1 });
test('a struct', refused, { column: 'st', equals: 1 });
test('a fraction of an integer', refused, { column: 'n', equals: 1.5 });
test('a number for a string', refused, { column: 's', equals: 1 });
test('a day that is none', refused, { column: 'day', equals: 'soon' });

test('bloom filters of booleans are not asked, as those of Java are empty', (t) => {
  const search = prepareSearch({ column: 'b', equals: false }, parseSchema('struct<b:boolean>'), () => false);
  const statistics = {
    numberOfValues: 2,
    hasNull: false,
    values: { kind: 'boolean', trueCount: 1n },
  } as const;
  const filter = { hashFunctions: 1, bits: new Uint8Array(8) };
  t.true(search.mayMatch({ statistics: () => statistics, bloomFilter: () => filter }));
});

test('nor those of fractions of a millisecond before 1970, which writers round in two ways', (t) => {
  const timestamps = parseSchema('struct<t:timestamp>');
  const evidence = {
    statistics: () => ({ numberOfValues: 2, hasNull: false }),
    bloomFilter: () => ({ hashFunctions: 1, bits: new Uint8Array(8) }),
  };
  const mayHave = (equals: string): boolean =>
    prepareSearch({ column: 't', equals }, timestamps, () => false).mayMatch(evidence);
  t.true(mayHave('1969-12-31 23:49:39.5625112'));
  t.false(mayHave('1969-12-31 23:49:39.562'));
  t.false(mayHave('1970-01-01 00:00:00.0000001'));
});
