import test, { type ExecutionContext } from 'ava';
import { ingestedObjects, type IngestedObject } from '../../heal/ingested-objects.ts';
import { nameKey } from '../../schemas/collection.ts';
import { localStore } from '../../storage/local-store.ts';
import { plainRow, putLivePart } from '../helpers/live-part.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { sourceKey } from '../helpers/rows.ts';

const exportDate = '2026-07-03';
const key = sourceKey('0-9');

interface Part {
  readonly collection?: string;
  readonly generation?: number;
}

const isIngested = test.macro(
  async (
    t,
    parts: readonly Part[],
    floors: Readonly<Record<string, number>>,
    expected: Pick<IngestedObject, 'isComplete' | 'isSuperseded' | 'floor'>,
  ) => {
    t.like(await onlyIngested(t, parts, floors), expected);
  },
);

test('without a floor all rows count', isIngested, [{}], {}, whole(0));

test('at the floor rows count', isIngested, [{ generation: 5 }], { toDo: 5 }, whole(5));

test('below the floor they do not', isIngested, [{ generation: 4 }], { toDo: 5 }, superseded(5));

test(
  'a reading at the floor counts beside one below it',
  isIngested,
  [{}, { generation: 5 }],
  { toDo: 5 },
  whole(5),
);

test(
  'the floor of a collection that no part of it is of does not matter',
  isIngested,
  [{}],
  { archive: 5 },
  whole(0),
);

test(
  'all collections that parts of it are of have to be at their floors',
  isIngested,
  [
    { collection: 'toDo', generation: 5 },
    { collection: 'archive', generation: 5 },
  ],
  { toDo: 5, archive: 7 },
  superseded(7),
);

function whole(floor: number): Pick<IngestedObject, 'isComplete' | 'isSuperseded' | 'floor'> {
  return { isComplete: true, isSuperseded: false, floor };
}

function superseded(floor: number): Pick<IngestedObject, 'isComplete' | 'isSuperseded' | 'floor'> {
  return { isComplete: false, isSuperseded: true, floor };
}

async function onlyIngested(
  t: ExecutionContext,
  parts: readonly Part[],
  floors: Readonly<Record<string, number>>,
): Promise<IngestedObject | undefined> {
  const published = localStore(await newFolder(t));
  for (const { collection = 'toDo', generation = 0 } of parts) {
    await putLivePart(published, { db: 'core', collection, exportDate }, [
      plainRow({ sourceObject: key, generation }),
    ]);
  }
  const byName = Object.entries(floors).map(
    ([collection, floor]) => [nameKey({ db: 'core', collection }), floor] as const,
  );
  const [only, ...others] = await ingestedObjects(published, exportDate, new Map(byName));
  t.deepEqual(others, []);
  return only;
}
