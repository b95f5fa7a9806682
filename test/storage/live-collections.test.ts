import test from 'ava';
import { publishedKey } from '../../schemas/layout.ts';
import { liveCollections } from '../../storage/live-collections.ts';
import { localStore } from '../../storage/local-store.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { collect } from './collect.ts';

test('every collection with live parts is found once, whatever its name', async (t) => {
  const store = localStore(await newFolder(t));
  const names = [
    { db: 'a b+#🙂', collection: '..' },
    { db: 'core', collection: 'to' },
    { db: 'core', collection: 'toDo' },
  ];
  for (const name of names) {
    for (const exportDate of ['2026-07-03', '2026-07-04']) {
      await store.put(publishedKey({ area: 'live', ...name, exportDate, name: 'p' }), Buffer.from(''));
    }
  }
  const quarantined = { db: 'core', collection: 'other', exportDate: '2026-07-03', name: 'q' };
  await store.put(publishedKey({ area: 'quarantine', ...quarantined }), Buffer.from(''));
  await store.put('corporate_data_ingestion/live/not ours/x/p.orc', Buffer.from(''));
  const found = (await collect(liveCollections(store))).map(({ db, collection }) => ({ db, collection }));
  t.deepEqual(
    found.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    names,
  );
});

test('an empty bucket has none', async (t) => {
  t.deepEqual(await collect(liveCollections(localStore(await newFolder(t)))), []);
});
