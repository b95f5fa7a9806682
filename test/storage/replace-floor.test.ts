import test, { type ExecutionContext } from 'ava';
import { floorKey } from '../../schemas/layout.ts';
import { localStore } from '../../storage/local-store.ts';
import { raiseFloor, readFloors } from '../../storage/replace-floor.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { newFolder } from '../helpers/queue-place.ts';

const day = { db: 'core', collection: 'to Do+#🙂', exportDate: '2026-07-03' };
const GENERATION = 1_783_000_000_123;

test('floors are those of the collection, by export date', async (t) => {
  const store = await newStore(t);
  t.deepEqual(await readFloors(store, day), new Map());
  await raiseFloor(store, day, GENERATION);
  await raiseFloor(store, { ...day, exportDate: '2026-07-04' }, 5);
  await raiseFloor(store, { ...day, collection: 'to Do+#🙂2' }, 6);
  t.deepEqual(
    await readFloors(store, day),
    new Map([
      ['2026-07-03', GENERATION],
      ['2026-07-04', 5],
    ]),
  );
});

test('the highest floor stands, whichever came last', async (t) => {
  const store = await newStore(t);
  for (const generation of [7, 9, 8]) await raiseFloor(store, day, generation);
  t.deepEqual(await readFloors(store, day), new Map([['2026-07-03', 9]]));
});

test('other files of the folder say nothing', async (t) => {
  const store = await newStore(t);
  await raiseFloor(store, day, 7);
  await store.put(floorKey({ ...day, exportDate: 'notes' }), Buffer.from('a note'));
  await store.put(`${floorKey(day)}.old`, Buffer.from('a note'));
  t.deepEqual(await readFloors(store, day), new Map([['2026-07-03', 7]]));
});

for (const text of [
  '',
  '{',
  'null',
  '{}',
  '{"generation":"7"}',
  '{"generation":-1}',
  '{"generation":0.5}',
  '[7]',
]) {
  test(`a floor that says ${JSON.stringify(text)} is named, and neither read nor replaced`, async (t) => {
    const store = await newStore(t);
    await store.put(floorKey(day), Buffer.from(text));
    const message = `${floorKey(day)} names no generation`;
    await t.throwsAsync(readFloors(store, day), { message });
    await t.throwsAsync(raiseFloor(store, day, 7), { message });
  });
}

async function newStore(t: ExecutionContext): Promise<ObjectStore> {
  return localStore(await newFolder(t));
}
