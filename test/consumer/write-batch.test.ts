import test, { type ExecutionContext } from 'ava';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { addQuarantined, addRow, addSummary, emptyBatch } from '../../consumer/batch.ts';
import { writeBatch } from '../../consumer/write-batch.ts';
import { PART_SCHEMA } from '../../schemas/part.ts';
import { localStore } from '../../storage/local-store.ts';
import { formatSchema, openReader } from 'orc-writer-wasm';
import { bodyOf, readParts } from '../helpers/published.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { findCollection, rowOf, sourceKey, sourceRun, toDo } from '../helpers/rows.ts';

async function newStore(t: ExecutionContext) {
  return localStore(await newFolder(t));
}

const target = { collection: toDo, exportDate: '2026-07-03', generation: 0 };

test('rows come back from the part as they went in, sorted', async (t) => {
  const store = await newStore(t);
  const batch = emptyBatch({ ...target, generation: 1_783_000_000_123 });
  const first = sourceRun('0-9');
  const second = sourceRun('10-19');
  const val = '{"a":1.0,"é":"🙂 \\u0001"}';
  addRow(batch, first, 1, rowOf({ id: '{"id":"b"}', idPart: 0xb0, lastModifiedMs: 1_783_000_000_123, val }));
  addRow(
    batch,
    first,
    2,
    rowOf({ id: '🙂', idPart: 0x0a, lastModifiedMs: -1_500, isDelete: true, fingerprint: -(1n << 63n) }),
  );
  addRow(
    batch,
    second,
    7,
    rowOf({
      id: '{"id":"b"}',
      idPart: 0xb0,
      lastModifiedMs: 1_783_000_000_124,
      val: '',
      fingerprint: (1n << 63n) - 1n,
    }),
  );
  const written = await writeBatch(batch, store);

  const [part, ...others] = await readParts(store);
  t.is(others.length, 0);
  t.deepEqual(part?.rows, [
    {
      id: '🙂',
      id_part: '0a',
      db_type: 'DELETE',
      last_modified: '1969-12-31 23:59:58.5',
      val: '{}',
      fingerprint: -(1n << 63n),
      source_object: sourceKey('0-9'),
      source_line: 2,
      generation: 1_783_000_000_123n,
    },
    {
      id: '{"id":"b"}',
      id_part: 'b0',
      db_type: 'INSERT',
      last_modified: '2026-07-02 13:46:40.124',
      val: '',
      fingerprint: (1n << 63n) - 1n,
      source_object: sourceKey('10-19'),
      source_line: 7,
      generation: 1_783_000_000_123n,
    },
    {
      id: '{"id":"b"}',
      id_part: 'b0',
      db_type: 'INSERT',
      last_modified: '2026-07-02 13:46:40.123',
      val,
      fingerprint: 0n,
      source_object: sourceKey('0-9'),
      source_line: 1,
      generation: 1_783_000_000_123n,
    },
  ]);
  t.is(written?.key, part?.key);
  t.is(written?.rows, 3);
  t.is(written?.bytes, (await bodyOf(store, part?.key ?? '')).length);
});

test('versions around 1970 are in the order in which they are read back', async (t) => {
  const store = localStore(await newFolder(t));
  const batch = emptyBatch({ collection: toDo, exportDate: '2026-07-03', generation: 0 });
  const run = sourceRun();
  [-2_000, -1_000, -999, -500, -1, 0, 1, 600].forEach((lastModifiedMs, index) =>
    addRow(batch, run, index + 1, rowOf({ id: 'a', lastModifiedMs, fingerprint: BigInt(index) })),
  );
  await writeBatch(batch, store);
  const [part] = await readParts(store);
  const times = part?.rows.map(({ last_modified }) => Date.parse(`${String(last_modified)}Z`)) ?? [];
  t.deepEqual(times, [999, 600, 500, 1, 1, 0, -1_000, -2_000]);
});

test('R-ORCNAMES: a part has the names and types of the live table, in its order', async (t) => {
  const store = await newStore(t);
  const batch = emptyBatch(target);
  addRow(batch, sourceRun(), 1, rowOf({ id: 'x' }));
  const part = await writeBatch(batch, store);
  await using reader = await openReader(await bodyOf(store, part?.key ?? ''));
  t.is(formatSchema(reader.schema), PART_SCHEMA);
  t.is(
    PART_SCHEMA,
    'struct<id:string,id_part:string,db_type:string,last_modified:timestamp,val:string,fingerprint:bigint,source_object:string,source_line:int,generation:bigint>',
  );
  t.is(reader.compression, 'ZLIB');
  t.true((await reader.rowIndex(0)).every((column) => column.length > 0));
});

test('a collection may ask for ZSTD', async (t) => {
  const store = await newStore(t);
  const batch = emptyBatch({ ...target, collection: { ...toDo, compression: 'ZSTD' } });
  addRow(batch, sourceRun(), 1, rowOf({ id: 'x' }));
  const part = await writeBatch(batch, store);
  await using reader = await openReader(await bodyOf(store, part?.key ?? ''));
  t.is(reader.compression, 'ZSTD');
});

test('a part of many chunks and row groups holds every row once, in order', async (t) => {
  const store = await newStore(t);
  const batch = emptyBatch(target);
  const run = sourceRun();
  const count = 25_000;
  for (let line = 1; line <= count; line++) {
    const id = String((line * 7_919) % count).padStart(5, '0');
    addRow(batch, run, line, rowOf({ id, idPart: Number(id) % 256, val: `{"line":${line}}` }));
  }
  await writeBatch(batch, store);
  const [part] = await readParts(store);
  const rows = part?.rows ?? [];
  t.is(rows.length, count);
  t.is(new Set(rows.map(({ id }) => id)).size, count);
  const order = rows.map(({ id_part, id }) => `${String(id_part)} ${String(id)}`);
  t.deepEqual(order, order.toSorted());
  t.true(rows.every(({ val, source_line }) => val === `{"line":${String(source_line)}}`));
});

test('R-LEDGERSAFE: the part says which lines of which objects it holds', async (t) => {
  const store = await newStore(t);
  const batch = emptyBatch({ ...target, generation: 5 });
  const whole = sourceRun('10-19', { eTag: 'whole' });
  const begun = { ...sourceRun('0-9', { eTag: 'begun' }), versionId: 'v 1' };
  Object.assign(whole, { lines: 6, rows: 2, blank: 2, quarantined: { 'key-refused': 1, 'invalid-json': 1 } });
  addRow(batch, whole, 5, rowOf({ id: 'a' }));
  addRow(batch, begun, 8, rowOf({ id: 'b' }));
  addRow(batch, whole, 2, rowOf({ id: 'c' }));
  addSummary(batch, whole);
  await writeBatch(batch, store);

  const [part] = await readParts(store);
  t.deepEqual(part?.sources, [
    { key: sourceKey('0-9'), eTag: 'begun', versionId: 'v 1', rows: 1, firstLine: 8, lastLine: 8 },
    {
      key: sourceKey('10-19'),
      eTag: 'whole',
      rows: 2,
      firstLine: 2,
      lastLine: 5,
      object: {
        lines: 6,
        rows: 2,
        blank: 2,
        quarantined: 2,
        reasons: { 'invalid-json': 1, 'key-refused': 1 },
      },
    },
  ]);
  t.deepEqual(Object.keys(part?.sources[1]?.object?.reasons ?? {}), ['invalid-json', 'key-refused']);
  const { metadata } = part ?? {};
  t.is(metadata?.get('cdi.db'), 'core');
  t.is(metadata?.get('cdi.collection'), 'toDo');
  t.is(metadata?.get('cdi.export-date'), '2026-07-03');
  t.is(metadata?.get('cdi.generation'), '5');
  t.regex(metadata?.get('cdi.software') ?? '', /^cdi \d+\.\d+\.\d+/);
});

test('R-EMPTY: an object without rows gives a part without rows that tells of it', async (t) => {
  const store = await newStore(t);
  const batch = emptyBatch(target);
  const run = sourceRun();
  Object.assign(run, { lines: 3, blank: 3 });
  addSummary(batch, run);
  const part = await writeBatch(batch, store);
  t.is(part?.rows, 0);
  const [read] = await readParts(store);
  t.deepEqual(read?.rows, []);
  t.deepEqual(read?.sources, [
    {
      key: sourceKey('0-9'),
      eTag: 'e',
      rows: 0,
      firstLine: 0,
      lastLine: 0,
      object: { lines: 3, rows: 0, blank: 3, quarantined: 0 },
    },
  ]);
});

test('R-EMPTY: nothing at all writes nothing', async (t) => {
  const folder = await newFolder(t);
  const batch = emptyBatch(target);
  addQuarantined(batch, sourceRun(), 9);
  t.is(await writeBatch(batch, localStore(folder)), undefined);
  t.deepEqual(await readdir(folder), []);
});

test('R-ATTEMPT: the same rows in another order give the same name and the same bytes', async (t) => {
  const files = await Promise.all(
    [1, 2, 3].map(async (attempt) => {
      const store = await newStore(t);
      const batch = emptyBatch(target);
      const runs = ['0-9', '10-19', '20-29'].map((offsets) => sourceRun(offsets));
      const order = attempt === 2 ? runs.toReversed() : runs;
      const lines = Array.from({ length: 900 }, (_, index) => index);
      for (const index of attempt === 3 ? lines.toReversed() : lines) {
        const run = order[index % 3];
        const line = 1 + Math.floor(index / 3);
        if (run === undefined) continue;
        const own = runs.indexOf(run);
        addRow(
          batch,
          run,
          line,
          rowOf({
            id: `${line % 40}`,
            lastModifiedMs: line % 3,
            val: `${own} ${line}`,
            fingerprint: BigInt(line % 2),
          }),
        );
      }
      const part = await writeBatch(batch, store);
      return [part?.key, (await bodyOf(store, part?.key ?? '')).toString('hex')];
    }),
  );
  t.deepEqual(files[1], files[0]);
  t.deepEqual(files[2], files[0]);
});

test('R-ATTEMPT: other lines, versions and generations give other names', async (t) => {
  const store = await newStore(t);
  const write = async (generation: number, eTag: string, line: number) => {
    const batch = emptyBatch({ ...target, generation });
    addRow(batch, sourceRun('0-9', { eTag, generation }), line, rowOf({ id: 'x' }));
    await writeBatch(batch, store);
  };
  await write(0, 'a', 1);
  await write(0, 'a', 1);
  await write(0, 'a', 2);
  await write(0, 'b', 1);
  await write(7, 'a', 1);
  t.is((await readParts(store)).length, 4);
});

test('what a dropped reading put in is left out of part and ledger', async (t) => {
  const store = await newStore(t);
  const batch = emptyBatch(target);
  const good = sourceRun('0-9');
  const dropped = sourceRun('10-19');
  addRow(batch, good, 1, rowOf({ id: 'good' }));
  addRow(batch, dropped, 1, rowOf({ id: 'dropped' }));
  dropped.state = 'dropped';
  await writeBatch(batch, store);
  const [part] = await readParts(store);
  t.deepEqual(
    part?.rows.map(({ id }) => id),
    ['good'],
  );
  t.deepEqual(
    part?.sources.map(({ key }) => key),
    [sourceKey('0-9')],
  );
});

test('a collection with an awkward name has its files in a folder of its own', async (t) => {
  const store = await newStore(t);
  const collection = findCollection({ db: '../up', collection: 'a b/#🙂' });
  const batch = emptyBatch({ ...target, collection });
  addRow(batch, sourceRun(), 1, rowOf({ id: 'x', collection }));
  await writeBatch(batch, store);
  const [part] = await readParts(store);
  t.is(part?.place, '../up:a b/#🙂 2026-07-03');
  t.is(part?.metadata.get('cdi.db'), '../up');
});

test('what a store throws goes through', async (t) => {
  const store = {
    ...(await newStore(t)),
    put: async () => {
      throw new Error('no space left on device');
    },
  };
  const batch = emptyBatch(target);
  addRow(batch, sourceRun(), 1, rowOf({ id: 'x' }));
  await t.throwsAsync(writeBatch(batch, store), { message: 'no space left on device' });
});

test('a failed write leaves no part that could be taken for whole', async (t) => {
  const folder = await newFolder(t);
  const batch = emptyBatch(target);
  addRow(batch, sourceRun(), 1, rowOf({ id: 'x' }));
  // A file where the folder of the area would be.
  const store = localStore(join(folder, 'published'));
  await store.put('corporate_data_ingestion', Buffer.from('in the way'));
  await t.throwsAsync(writeBatch(batch, store));
  t.deepEqual(await readdir(join(folder, 'published', '.partial')), []);
});
