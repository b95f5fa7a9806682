import test, { type ExecutionContext } from 'ava';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quarantineFiles, type QuarantineFiles } from '../../consumer/quarantine-files.ts';
import { quarantineEntry } from '../../consumer/quarantine.ts';
import type { SourceRun } from '../../consumer/source-run.ts';
import { localStore } from '../../storage/local-store.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { bodyOf, readQuarantine } from '../helpers/published.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { sourceKey, sourceRun, toDo } from '../helpers/rows.ts';

const notJson = { reason: 'invalid-json', detail: 'the line is not JSON' } as const;

async function newStore(t: ExecutionContext): Promise<ObjectStore> {
  return localStore(await newFolder(t));
}

function add(quarantine: QuarantineFiles, run: SourceRun, line: number, text: string): void {
  quarantine.add(run, toDo, line, quarantineEntry(run, line, toDo, notJson, Buffer.from(text)));
}

/** Keys and bytes of all files. */
async function filesIn(store: ObjectStore): Promise<(readonly [key: string, text: string])[]> {
  const keys = await Array.fromAsync(store.list(''), ({ key }) => key);
  return Promise.all(keys.map(async (key) => [key, (await bodyOf(store, key)).toString()] as const));
}

test('R-RECORDQ: a quarantine file tells what, where from and why, by line', async (t) => {
  const store = await newStore(t);
  const quarantine = quarantineFiles(store);
  const run = { ...sourceRun('10-19', { eTag: 'abc', generation: 0 }), versionId: 'v1' };
  const cut = { reason: 'truncated-gzip', detail: 'cut short' } as const;
  quarantine.add(run, toDo, 0, quarantineEntry(run, 0, toDo, cut, undefined));
  add(quarantine, run, 7, '{"é":"🙂"');
  add(quarantine, run, 2, '\u2028"');
  quarantine.add(run, toDo, 3, quarantineEntry(run, 3, toDo, notJson, Buffer.from([0xff, 0xfe, 0x00])));
  t.is(await quarantine.write(run), 1);

  const [[key, text] = ['', ''], ...others] = await filesIn(store);
  t.is(others.length, 0);
  t.regex(
    key,
    /^corporate_data_ingestion\/quarantine\/core\/toDo\/export_date=2026-07-03\/[\da-f]{32}\.jsonl$/,
  );
  t.true(text.endsWith('}\n'));
  const common = {
    source_object: sourceKey('10-19'),
    e_tag: 'abc',
    version_id: 'v1',
    generation: 0,
    collection: 'core:toDo',
    export_date: '2026-07-03',
  };
  t.deepEqual(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [
      { ...common, ...notJson, source_line: 2, line: '\u2028"' },
      { ...common, ...notJson, source_line: 3, line_base64: '//4A' },
      { ...common, ...notJson, source_line: 7, line: '{"é":"🙂"' },
      { ...common, ...cut, source_line: 0 },
    ],
  );
});

test('R-ATTEMPT: the same reading, in another order and cut otherwise, is the same file', async (t) => {
  const store = await newStore(t);
  const files = [];
  for (const [keptBytes, order] of [
    [1 << 20, [1, 2, 3, 4]],
    [1 << 20, [2, 1, 4, 3]],
    [1, [1, 2, 3, 4]],
    [1, [2, 1, 4, 3]],
  ] as const) {
    const quarantine = quarantineFiles(store, keptBytes);
    const run = sourceRun();
    for (const [index, line] of order.entries()) {
      add(quarantine, run, line, `line ${line}`);
      if (index === 1) await quarantine.makeRoom(run);
    }
    await quarantine.write(run);
    files.push(await filesIn(store));
  }
  t.is(files[0]?.length, 1);
  for (const again of files.slice(1)) t.deepEqual(again, files[0]);
});

test('R-ATTEMPT: the last to write decides what the file of a reading holds', async (t) => {
  const store = await newStore(t);
  for (const lines of [[1, 2], [3]]) {
    const quarantine = quarantineFiles(store);
    const run = sourceRun();
    for (const line of lines) add(quarantine, run, line, '');
    await quarantine.write(run);
  }
  t.deepEqual(
    (await readQuarantine(store)).map(({ source_line }) => source_line),
    [3],
  );
});

test('other objects, versions, generations and collections have other files', async (t) => {
  const store = await newStore(t);
  const quarantine = quarantineFiles(store);
  const runs = [
    sourceRun('0-9'),
    sourceRun('0_9'),
    sourceRun('0-9', { eTag: 'f' }),
    { ...sourceRun('0-9'), versionId: 'v' },
    sourceRun('0-9', { generation: 7 }),
  ];
  for (const run of runs) {
    add(quarantine, run, 1, '');
    t.is(await quarantine.write(run), 1);
  }
  const run = sourceRun('10-19');
  for (const [db, collection] of [
    ['a:b', 'c'],
    ['a', 'b:c'],
    ['../up', 'a b/#🙂'],
  ] as const) {
    quarantine.add(
      run,
      { db, collection },
      1,
      quarantineEntry(run, 1, { db, collection }, notJson, undefined),
    );
  }
  t.is(await quarantine.write(run), 3);
  const entries = await readQuarantine(store);
  t.is(new Set(entries.map(({ key }) => key)).size, 8);
  t.deepEqual(
    entries.map(({ place }) => place).filter((place) => !place.startsWith('core:toDo')),
    ['../up:a b/#🙂 2026-07-03', 'a:b:c 2026-07-03', 'a:b:c 2026-07-03'],
  );
});

test('without lines there is nothing to write', async (t) => {
  const store = await newStore(t);
  const quarantine = quarantineFiles(store);
  await quarantine.makeRoom(sourceRun());
  t.is(await quarantine.write(sourceRun()), 0);
  t.deepEqual(await filesIn(store), []);
});

test('what is too much to keep goes to the store while the object is read, and nobody sees it before the end', async (t) => {
  const inner = await newStore(t);
  let taken = 0;
  const store: ObjectStore = {
    ...inner,
    put: (key, body, options) => inner.put(key, body instanceof Uint8Array ? body : counted(body), options),
  };
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      taken += chunk.length;
      yield chunk;
    }
  }
  const quarantine = quarantineFiles(store, 100_000);
  const run = sourceRun();
  const line = 'x'.repeat(10_000);
  for (let number = 1; number <= 100; number++) {
    add(quarantine, run, number, line);
    await quarantine.makeRoom(run);
    t.true(number * line.length - taken < 400_000, `${taken} bytes of ${number} lines`);
  }
  t.deepEqual(await filesIn(inner), []);
  await quarantine.write(run);
  t.deepEqual(
    (await readQuarantine(inner)).map(({ source_line, line: text }) => [source_line, text]),
    Array.from({ length: 100 }, (_, index) => [index + 1, line]),
  );
});

test('what is given up leaves nothing', async (t) => {
  const folder = await newFolder(t);
  const store = localStore(folder);
  const settled: Promise<unknown>[] = [];
  const quarantine = quarantineFiles(
    {
      ...store,
      put(...put) {
        const putting = store.put(...put);
        settled.push(putting);
        return putting;
      },
    },
    1,
  );
  const run = sourceRun();
  add(quarantine, run, 1, 'x'.repeat(1_000_000));
  await quarantine.makeRoom(run);
  quarantine.drop(run);
  t.is((await Promise.allSettled(settled))[0]?.status, 'rejected');
  t.is(await quarantine.write(run), 0);
  t.deepEqual(await readdir(join(folder, '.partial')), []);
  t.deepEqual(await filesIn(store), []);
});

test('what the store throws goes through, whenever', async (t) => {
  const full = new Error('no space left on device');
  const store: ObjectStore = {
    ...(await newStore(t)),
    async put(_, body) {
      // It has taken some of it by then.
      if (!(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().next();
      throw full;
    },
  };
  const small = sourceRun('0-9');
  const kept = quarantineFiles(store);
  add(kept, small, 1, 'x');
  t.is(await t.throwsAsync(kept.write(small)), full);

  const large = sourceRun('10-19');
  const sent = quarantineFiles(store, 1);
  add(sent, large, 1, 'x'.repeat(1_000_000));
  await sent.makeRoom(large).catch(() => {});
  add(sent, large, 2, 'x'.repeat(1_000_000));
  t.is(await t.throwsAsync(sent.makeRoom(large)), full);
  t.is(await t.throwsAsync(sent.write(large)), full);
});
