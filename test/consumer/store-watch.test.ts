import test from 'ava';
import { storeWatch } from '../../consumer/store-watch.ts';
import { SetupError } from '../../storage/aws-setup.ts';
import type { ObjectStore } from '../../storage/store.ts';

/** A store that only lists its folders, or throws what is given each time. */
function scriptedStore(faults: (Error | undefined)[]) {
  const script = { asked: 0 };
  const listFolders = async () => {
    const fault = faults[script.asked];
    script.asked += 1;
    if (fault !== undefined) throw fault;
    return [];
  };
  return { store: { listFolders } as unknown as ObjectStore, script };
}

test('stores that list their folders are not out', async (t) => {
  const { store } = scriptedStore([]);
  const watch = storeWatch([store, store]);
  t.false(await watch.isOut());
  t.true(watch.isAvailable());
});

test('a store that does not is out until it does, and all who ask share one question', async (t) => {
  const down = new Error('status 503');
  const { store, script } = scriptedStore([down, down, down]);
  const watch = storeWatch([scriptedStore([]).store, store], { probeMs: 1, maxProbeMs: 2 });
  t.deepEqual(await Promise.all([watch.isOut(), watch.isOut(), watch.isOut()]), [true, true, true]);
  t.is(script.asked, 1);
  t.is(watch.outageReason(), 'status 503');
  t.true(await watch.isOut());
  await watch.waitUntilAvailable(AbortSignal.timeout(10_000));
  t.is(script.asked, 4);
  t.true(watch.isAvailable());
});

test('a store that refuses to list is not out', async (t) => {
  const watch = storeWatch([scriptedStore([new SetupError('AccessDenied')]).store]);
  t.false(await watch.isOut());
});

test('whoever waits can be told to stop', async (t) => {
  const down = Array.from({ length: 1_000 }, () => new Error('status 503'));
  const watch = storeWatch([scriptedStore(down).store], { probeMs: 1, maxProbeMs: 1 });
  t.true(await watch.isOut());
  await t.throwsAsync(watch.waitUntilAvailable(AbortSignal.timeout(20)), { name: 'AbortError' });
  t.false(watch.isAvailable());
});
