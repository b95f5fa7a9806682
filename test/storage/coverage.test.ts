import test from 'ava';
import type { PartSource } from '../../schemas/part.ts';
import { coverageByDay } from '../../storage/coverage.ts';
import type { LivePart, UnreadablePart } from '../../storage/live-parts.ts';

const day = { db: 'core', collection: 'toDo', exportDate: '2026-07-03' };
const contract = { ...day, collection: 'contract' };

function part(sources: readonly PartSource[], members: Partial<LivePart> = {}): LivePart {
  return {
    kind: 'part',
    key: 'k',
    ...day,
    generation: 0,
    rows: 10,
    bytes: 100,
    rawBytes: 1_000,
    writtenAt: new Date(1_000),
    sources,
    ...members,
  };
}

/** Lines `first` to `last` of an object, each a row; `of` when it was read to its end. */
function source(key: string, [firstLine, lastLine]: [number, number], of?: number): PartSource {
  const object = { lines: of ?? 0, rows: of ?? 0, quarantined: 0, blank: 0 };
  const rows = lastLine - firstLine + 1;
  return { key, eTag: 'e', rows, firstLine, lastLine, ...(of !== undefined && { object }) };
}

test('parts are added up by collection and export date', async (t) => {
  const parts = [
    part([source('a', [1, 10], 10), source('b', [1, 5])], { rows: 15, writtenAt: new Date(3_000) }),
    part([source('b', [6, 9], 9), source('c', [1, 5])], { rows: 9, writtenAt: new Date(2_000) }),
    part([source('d', [1, 10], 10)], { exportDate: '2026-07-04', bytes: 7 }),
    part([source('e', [1, 10])], { db: 'other' }),
  ];
  t.deepEqual(await coverageByDay(stream(parts)), [
    {
      ...day,
      parts: 2,
      unreadableParts: 0,
      rows: 24,
      bytes: 200,
      objects: { complete: 2, incomplete: 1 },
      newestPartAt: new Date(3_000),
    },
    {
      ...day,
      exportDate: '2026-07-04',
      parts: 1,
      unreadableParts: 0,
      rows: 10,
      bytes: 7,
      objects: { complete: 1, incomplete: 0 },
      newestPartAt: new Date(1_000),
    },
    {
      ...day,
      db: 'other',
      parts: 1,
      unreadableParts: 0,
      rows: 10,
      bytes: 100,
      objects: { complete: 0, incomplete: 1 },
      newestPartAt: new Date(1_000),
    },
  ]);
});

test('a part that was written twice adds rows and no objects', async (t) => {
  const [found] = await coverageByDay(
    stream([part([source('a', [1, 10], 10)]), part([source('a', [1, 10], 10)])]),
  );
  t.like(found, { parts: 2, rows: 20, objects: { complete: 1, incomplete: 0 } });
});

test('an object with rows of two collections is complete when all of them are there', async (t) => {
  const first = part([{ ...source('a', [1, 9]), rows: 4 }], contract);
  const second = part([{ ...source('a', [2, 10], 10), rows: 6 }]);
  for (const parts of [
    [first, second],
    [second, first],
  ]) {
    t.like(await coverageByDay(stream(parts)), [
      { objects: { complete: 1, incomplete: 0 } },
      { objects: { complete: 1, incomplete: 0 } },
    ]);
  }
  t.like(await coverageByDay(stream([second])), [{ objects: { complete: 0, incomplete: 1 } }]);
});

test('a part that cannot be read counts as that, and what it held is missing', async (t) => {
  const unreadable: UnreadablePart = { kind: 'unreadable', key: 'u', ...day, reason: 'not ORC' };
  t.like(await coverageByDay(stream([unreadable, part([source('a', [6, 10], 10)])])), [
    { parts: 1, unreadableParts: 1, rows: 10, objects: { complete: 0, incomplete: 1 } },
  ]);
  t.like(await coverageByDay(stream([unreadable])), [
    { parts: 0, unreadableParts: 1, newestPartAt: undefined },
  ]);
});

test('without parts there is nothing', async (t) => {
  t.deepEqual(await coverageByDay(stream([])), []);
});

async function* stream<Item>(items: readonly Item[]): AsyncGenerator<Item, void, undefined> {
  yield* items;
}
