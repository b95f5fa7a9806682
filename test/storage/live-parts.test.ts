import test, { type ExecutionContext } from 'ava';
import { addRow, addSummary, emptyBatch } from '../../consumer/batch.ts';
import { writeBatch } from '../../consumer/write-batch.ts';
import { publishedKey } from '../../schemas/layout.ts';
import { liveParts } from '../../storage/live-parts.ts';
import { localStore } from '../../storage/local-store.ts';
import type { FileFilter } from '../../storage/published-files.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { putPart, type PartFile } from '../helpers/part-file.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { rowOf, sourceKey, sourceRun, toDo } from '../helpers/rows.ts';
import { collect } from './collect.ts';

const part: PartFile = {
  db: 'core',
  collection: 'toDo',
  exportDate: '2026-07-03',
  name: 'p',
  rows: 1,
  sources: [],
};

test('the ledger says what the consumer wrote', async (t) => {
  const store = await newStore(t);
  const batch = emptyBatch({ collection: toDo, exportDate: '2026-07-03', generation: 1_783_000_000_123 });
  const run = sourceRun('0-9', { eTag: 'tag', generation: 1_783_000_000_123 });
  addRow(batch, run, 1, rowOf({ id: 'a' }));
  addRow(batch, run, 3, rowOf({ id: 'b' }));
  Object.assign(run, { lines: 4, rows: 2, blank: 1, quarantined: { 'invalid-json': 1 } });
  addSummary(batch, run);
  const written = await writeBatch(batch, store);

  const [listed] = await collect(store.list('corporate_data_ingestion/live/'));
  t.deepEqual(await collect<unknown>(liveParts(store)), [
    {
      kind: 'part',
      key: written?.key,
      db: 'core',
      collection: 'toDo',
      exportDate: '2026-07-03',
      generation: 1_783_000_000_123,
      rows: 2,
      bytes: written?.bytes,
      rawBytes: 2 * (4 * 8 + Buffer.byteLength(`a00INSERT{}${sourceKey('0-9')}`)),
      writtenAt: listed?.lastModified,
      sources: [
        {
          key: sourceKey('0-9'),
          eTag: 'tag',
          rows: 2,
          firstLine: 1,
          lastLine: 3,
          object: { lines: 4, rows: 2, quarantined: 1, blank: 1, reasons: { 'invalid-json': 1 } },
        },
      ],
    },
  ]);
});

test('parts come by collection and export date, all or those asked for', async (t) => {
  const store = await newStore(t);
  const days = [
    { db: 'a b+#🙂', collection: 'x', exportDate: '2026-07-03' },
    { db: 'core', collection: 'to', exportDate: '2026-07-03' },
    { db: 'core', collection: 'toDo', exportDate: '2026-07-03' },
    { db: 'core', collection: 'toDo', exportDate: '2026-07-04' },
  ];
  const names = Array.from({ length: 20 }, (_, number) => String(number).padStart(2, '0'));
  for (const name of names) for (const day of days) await putPart(store, { ...part, ...day, name });
  const keys = async (filter: FileFilter = {}) =>
    (await collect(liveParts(store, filter))).map(({ key }) => key);
  const keysOf = (...numbers: number[]) =>
    numbers.flatMap((number) =>
      names.map((name) => publishedKey({ area: 'live', ...part, ...days[number], name })),
    );

  const byKey = [...keysOf(0), ...keysOf(1), ...keysOf(2), ...keysOf(3)];
  t.deepEqual((await keys()).toSorted(), byKey.toSorted());
  t.deepEqual(await keys({ collection: { db: 'core', collection: 'toDo' } }), keysOf(2, 3));
  t.deepEqual(
    await keys({ collection: { db: 'a b+#🙂', collection: 'x' }, exportDate: '2026-07-03' }),
    keysOf(0),
  );
  t.deepEqual((await keys({ exportDate: '2026-07-03' })).toSorted(), keysOf(0, 1, 2).toSorted());
  t.deepEqual(await keys({ exportDate: '2026-07-05' }), []);

  const order = (await collect(liveParts(store))).map(
    ({ collection, exportDate }) => collection + exportDate,
  );
  t.is(order.filter((day, index) => day !== order[index - 1]).length, days.length);
});

test('a file that is no part, or one of another place, is told of and does not hide the others', async (t) => {
  const store = await newStore(t);
  const keyOf = (name: string) => publishedKey({ area: 'live', ...part, name });
  await putPart(store, { ...part, name: '1' });
  await store.put(keyOf('2 empty'), Buffer.from(''));
  await store.put(keyOf('3 text'), Buffer.from('not ORC'));
  await putPart(store, { ...part, name: '4 moved', metadata: { 'cdi.export-date': '2026-07-04' } });
  await putPart(store, { ...part, name: '5 ledger', metadata: { 'cdi.sources': '[{}]' } });
  await putPart(store, { ...part, name: '6' });
  await store.put(`${keyOf('7').slice(0, -4)}.txt`, Buffer.from('a note'));
  t.deepEqual(
    (await collect(liveParts(store))).map((entry) => [
      entry.key,
      entry.kind === 'part' ? entry.rows : entry.reason,
    ]),
    [
      [keyOf('1'), 1],
      [keyOf('2 empty'), 'cdi.generation is missing'],
      [keyOf('3 text'), 'the file does not end as an ORC file'],
      [keyOf('4 moved'), 'it is a part of another collection or export date'],
      [keyOf('5 ledger'), 'cdi.sources[0].key is no text'],
      [keyOf('6'), 1],
    ],
  );
});

test('a part that is removed meanwhile is left out', async (t) => {
  const store = await newStore(t);
  for (const name of ['1', '2', '3']) await putPart(store, { ...part, name });
  const gone = publishedKey({ area: 'live', ...part, name: '2' });
  const removing: ObjectStore = {
    ...store,
    async get(key, options) {
      if (key === gone) await store.delete([key]);
      return store.get(key, options);
    },
  };
  t.is((await collect(liveParts(removing))).length, 2);
});

test('a store that fails is no part that cannot be read', async (t) => {
  const store = await newStore(t);
  await putPart(store, part);
  const failing: ObjectStore = { ...store, get: () => Promise.reject(new Error('out of reach')) };
  await t.throwsAsync(collect(liveParts(failing)), { message: 'out of reach' });
});

test('only the end of a part is read', async (t) => {
  const store = await newStore(t);
  const key = await putPart(store, { ...part, metadata: { padding: 'x'.repeat(10_000) } });
  const body = await store.get(key);
  if (body.kind !== 'found') return t.fail();
  const bytes = Buffer.concat(await Array.fromAsync(body.body));
  // ORC files are read from their end, so that it makes no difference what is before it.
  await store.put(key, Buffer.concat([Buffer.alloc(5_000_000), bytes]));
  let read = 0;
  const counting: ObjectStore = {
    ...store,
    get(readKey, options) {
      read += (options?.range?.end ?? Infinity) - (options?.range?.start ?? 0);
      return store.get(readKey, options);
    },
  };
  t.like(await collect(liveParts(counting)), [{ kind: 'part', rows: 1 }]);
  t.true(read < 50_000, `${read} bytes`);
});

async function newStore(t: ExecutionContext): Promise<ObjectStore> {
  return localStore(await newFolder(t));
}
