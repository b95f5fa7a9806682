import type { ExecutionContext, SerialFn, TestFn } from 'ava';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidKeyError } from '../../storage/store.ts';
import type { GetOptions, ObjectStore } from '../../storage/store.ts';
import { collect } from './collect.ts';

/** Declares what every object store must do. `open` gives a test an empty store of its own. */
export function testStore(
  test: TestFn | SerialFn,
  open: (t: ExecutionContext) => Promise<ObjectStore>,
): void {
  for (const key of AWKWARD_KEYS) {
    test(`an object is found under the key ${JSON.stringify(key).slice(0, 40)}, in full and in lists`, async (t) => {
      const store = await open(t);
      const put = await store.put(key, Buffer.from('content'));
      t.like(put, { kind: 'stored', size: 7 });
      t.deepEqual(await read(store, key), Buffer.from('content'));
      t.deepEqual(await keysOf(store, ''), [key]);
      t.deepEqual(await store.delete([key]), [{ kind: 'deleted', key }]);
      t.deepEqual(await keysOf(store, ''), []);
    });
  }

  for (const key of [
    '',
    '/a',
    'a/',
    'a//b',
    '..',
    '../a',
    'a/../../b',
    'a/./b',
    'a\0b',
    '\uD83D',
    `a/${'x'.repeat(256)}`,
  ]) {
    test(`the key ${JSON.stringify(key).slice(0, 30)} is refused`, async (t) => {
      const store = await open(t);
      await t.throwsAsync(store.put(key, Buffer.from('x')), { instanceOf: InvalidKeyError });
      await t.throwsAsync(store.get(key), { instanceOf: InvalidKeyError });
      await t.throwsAsync(store.head(key), { instanceOf: InvalidKeyError });
      t.like(await store.delete([key]), [{ kind: 'failed', key, error: { name: 'InvalidKeyError' } }]);
    });
  }

  test('absence is a value', async (t) => {
    const store = await open(t);
    await store.put('folder/object', Buffer.from('x'));
    for (const key of ['nothing', 'folder', 'folder/object/below', 'other/nothing']) {
      t.deepEqual(await store.get(key), { kind: 'missing' }, key);
      t.is(await store.head(key), undefined, key);
      t.deepEqual(await store.delete([key]), [{ kind: 'deleted', key }], key);
    }
    t.deepEqual(await keysOf(store, ''), ['folder/object']);
    t.deepEqual(await keysOf(store, 'none/'), []);
    t.deepEqual(await keysOf(store, '../'), []);
    t.deepEqual(await store.listFolders('none/'), []);
    t.deepEqual(await store.delete([]), []);
  });

  for (const size of [0, 1, 20_000, SEVERAL_READS_BYTES]) {
    test(`an object of ${size} bytes comes back with its size and eTag, whole and in ranges`, async (t) => {
      const store = await open(t);
      const content = bytesOf(size, 1);
      const put = await store.put('object', content);
      const info = await store.head('object');
      t.is(info?.size, size);
      t.true(info !== undefined && Math.abs(Date.now() - info.lastModified.getTime()) < 60_000);
      t.deepEqual(put, { kind: 'stored', size, eTag: info?.eTag ?? '' });

      const result = await store.get('object');
      t.deepEqual(result.kind === 'found' ? result.info : undefined, info);
      if (result.kind === 'found') await result.body[Symbol.asyncDispose]();
      t.true(content.equals(await read(store, 'object')));

      for (const [start, end] of [
        [0, 1],
        [0, size + 10],
        [size - 1, size],
        [Math.floor(size / 2), size - 1],
      ] as const) {
        if (start < 0 || start >= Math.min(size, end)) {
          await t.throwsAsync(store.get('object', { range: { start, end } }), { instanceOf: RangeError });
        } else {
          t.true(content.subarray(start, end).equals(await read(store, 'object', { range: { start, end } })));
        }
      }
      await t.throwsAsync(store.get('object', { range: { start: size, end: size + 1 } }), {
        instanceOf: RangeError,
      });
    });
  }

  test('a body may come in pieces', async (t) => {
    const store = await open(t);
    const content = bytesOf(3_000_000, 2);
    const stored = await store.put('in pieces', piecesOf(content, 70_001));
    t.true(content.equals(await read(store, 'in pieces')));
    await store.put('at once', content);
    t.is(stored.kind === 'stored' ? stored.eTag : undefined, (await store.head('at once'))?.eTag);
    await store.put('no pieces', piecesOf(Buffer.alloc(0), 1));
    t.is((await store.head('no pieces'))?.size, 0);
  });

  test('a body that fails leaves nothing, or what was there before', async (t) => {
    const store = await open(t);
    await store.put('old', Buffer.from('old'));
    for (const key of ['old', 'new']) {
      await t.throwsAsync(store.put(key, failingAfter(Buffer.from('half'))), { message: 'the source broke' });
    }
    t.deepEqual(await keysOf(store, ''), ['old']);
    t.deepEqual(await read(store, 'old'), Buffer.from('old'));
  });

  test('an object is not seen before it is whole', async (t) => {
    const store = await open(t);
    const { promise: isReleased, resolve: release } = Promise.withResolvers<void>();
    const put = store.put(
      'slow',
      (async function* () {
        yield Buffer.from('first ');
        await isReleased;
        yield Buffer.from('second');
      })(),
    );
    await delay(20);
    t.is((await store.get('slow')).kind, 'missing');
    t.deepEqual(await keysOf(store, ''), []);
    release();
    await put;
    t.deepEqual(await read(store, 'slow'), Buffer.from('first second'));
  });

  test('R-VERSION: a get pinned by eTag gives that content or says that it changed', async (t) => {
    const store = await open(t);
    for (const size of [100, SEVERAL_READS_BYTES]) {
      const before = await store.put('pinned', bytesOf(size, 3));
      const eTag = before.kind === 'stored' ? before.eTag : '';
      t.true(bytesOf(size, 3).equals(await read(store, 'pinned', { ifMatch: eTag })));
      await store.put('pinned', bytesOf(size, 4));
      const now = (await store.head('pinned'))?.eTag ?? '';
      t.not(now, eTag);
      t.deepEqual(await store.get('pinned', { ifMatch: eTag }), { kind: 'changed', eTag: now });
      t.deepEqual(await store.get('pinned', { ifMatch: eTag, range: { start: 0, end: 1 } }), {
        kind: 'changed',
        eTag: now,
      });
    }
    t.deepEqual(await store.get('nothing', { ifMatch: 'any' }), { kind: 'missing' });
  });

  test('R-VERSION: a body that was begun before the object was replaced ends as it began', async (t) => {
    const store = await open(t);
    const content = bytesOf(SEVERAL_READS_BYTES, 5);
    await store.put('replaced', content);
    const got = await store.get('replaced');
    const unread = await store.get('replaced');
    t.true(got.kind === 'found' && unread.kind === 'found');
    if (got.kind !== 'found' || unread.kind !== 'found') return;
    const chunks: Uint8Array[] = [];
    for await (const chunk of got.body) {
      if (chunks.length === 0) await store.put('replaced', bytesOf(SEVERAL_READS_BYTES, 6));
      chunks.push(chunk);
    }
    t.true(content.equals(Buffer.concat(chunks)));
    t.true(content.equals(Buffer.concat(await collect(unread.body))));
    await store.delete(['replaced']);
  });

  test('an aborted signal ends the call, and a body that is being read', async (t) => {
    const store = await open(t);
    await store.put('object', bytesOf(SEVERAL_READS_BYTES, 7));
    await t.throwsAsync(store.get('object', { signal: AbortSignal.abort() }), { name: 'AbortError' });
    const soon = new AbortController();
    const getting = store.get('object', { signal: soon.signal });
    soon.abort();
    await t.throwsAsync(getting, { name: 'AbortError' });
    const controller = new AbortController();
    const got = await store.get('object', { signal: controller.signal });
    await t.throwsAsync(
      async () => {
        if (got.kind !== 'found') return;
        for await (const chunk of got.body)
          controller.abort(chunk.length > 0 ? undefined : new Error('empty chunk'));
      },
      { name: 'AbortError' },
    );
  });

  test('ifAbsent keeps what is there', async (t) => {
    const store = await open(t);
    t.is((await store.put('a/b', Buffer.from('first'), { ifAbsent: true })).kind, 'stored');
    t.deepEqual(await store.put('a/b', Buffer.from('second'), { ifAbsent: true }), { kind: 'exists' });
    t.deepEqual(await read(store, 'a/b'), Buffer.from('first'));
  });

  test('of concurrent puts of one key, one wins whole; with ifAbsent exactly one is stored', async (t) => {
    const store = await open(t);
    const contents = Array.from({ length: 20 }, (_, index) => bytesOf(50_000, 10 + index));
    await Promise.all(contents.map((content) => store.put('x/contended', piecesOf(content, 7_000))));
    const winner = await read(store, 'x/contended');
    t.true(contents.some((content) => content.equals(winner)));

    const results = await Promise.all(
      contents.map((content) => store.put('x/once', content, { ifAbsent: true })),
    );
    t.is(results.filter(({ kind }) => kind === 'stored').length, 1);
    const stored = results.findIndex(({ kind }) => kind === 'stored');
    t.true(contents[stored]?.equals(await read(store, 'x/once')));
    t.deepEqual(await keysOf(store, ''), ['x/contended', 'x/once']);
  });

  test('lists are in the order of the UTF-8 bytes of the keys', async (t) => {
    const store = await open(t);
    // By UTF-16 units the emoji would come before U+FFFD, and folder by folder `a/b` before `a b` and `a+b`.
    const ordered = ['a b', 'a+b', 'a-b', 'a.txt', 'a/b', 'a/c/d', 'a0', 'aé', 'a\uFFFD', 'a🙂', 'b'];
    t.deepEqual(
      ordered.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
      ordered,
    );
    for (const key of ordered.toReversed()) await store.put(key, Buffer.from(key));
    t.deepEqual(await keysOf(store, ''), ordered);
    for (const [index, after] of ordered.entries()) {
      t.deepEqual(await keysOf(store, '', after), ordered.slice(index + 1), after);
    }
    t.deepEqual(await keysOf(store, '', 'a/bb'), ordered.slice(5));
    t.deepEqual(await keysOf(store, 'a/'), ['a/b', 'a/c/d']);
    t.deepEqual(await keysOf(store, 'a/', 'a/b'), ['a/c/d']);
    t.deepEqual(await keysOf(store, 'a/c'), ['a/c/d']);
    t.deepEqual(await keysOf(store, 'a'), ordered.slice(0, -1));
    const listed = await collect(store.list('a🙂'));
    t.like(listed, [{ key: 'a🙂', size: 5 }]);
    t.true(listed[0]?.lastModified instanceof Date);
  });

  test('a folder lists its folders', async (t) => {
    const store = await open(t);
    for (const key of ['a/b c/d', 'a/b/d', 'a/b/e/f', 'a/file', 'b🙂/x', 'top'])
      await store.put(key, Buffer.from(''));
    t.deepEqual(await store.listFolders(''), ['a/', 'b🙂/']);
    t.deepEqual(await store.listFolders('a/'), ['a/b c/', 'a/b/']);
    t.deepEqual(await store.listFolders('a/b c/'), []);
    await t.throwsAsync(store.listFolders('a/b'), { instanceOf: RangeError });
  });

  test('many deletes are settled one by one, in the order given', async (t) => {
    const store = await open(t);
    const keys = Array.from({ length: 100 }, (_, index) => `many/${index % 3}/${index}`);
    await Promise.all(keys.map((key) => store.put(key, Buffer.from(key))));
    const results = await store.delete([...keys, '../escape', 'never there']);
    t.deepEqual(
      results.map(({ key, kind }) => [key, kind]),
      [...keys.map((key) => [key, 'deleted']), ['../escape', 'failed'], ['never there', 'deleted']],
    );
    t.deepEqual(await keysOf(store, ''), []);
  });

  test('puts and deletes in one folder do not disturb each other', async (t) => {
    const store = await open(t);
    await Promise.all(
      Array.from({ length: 8 }, async (_, worker) => {
        for (let round = 0; round < 20; round++) {
          await store.put(`shared/deep/${worker}`, Buffer.from('x'));
          await store.delete([`shared/deep/${worker}`]);
        }
      }),
    );
    t.deepEqual(await keysOf(store, ''), []);
  });
}

export async function read(store: ObjectStore, key: string, options?: GetOptions): Promise<Buffer> {
  const result = await store.get(key, options);
  if (result.kind !== 'found') throw new Error(`${key}: ${result.kind}`);
  return Buffer.concat(await collect(result.body));
}

export async function keysOf(store: ObjectStore, prefix: string, after?: string): Promise<string[]> {
  const listed = await collect(store.list(prefix, after === undefined ? {} : { after }));
  return listed.map(({ key }) => key);
}

/** Bytes that look random and differ from seed to seed. */
export function bytesOf(size: number, seed: number): Buffer {
  const blocks = Array.from({ length: 1024 }, (_, index) =>
    createHash('sha512').update(`${seed}/${index}`).digest(),
  );
  return Buffer.alloc(size, Buffer.concat(blocks));
}

/** More than any implementation takes into memory at once. */
export const SEVERAL_READS_BYTES = 9 * 1024 * 1024 + 1;

const AWKWARD_KEYS = [
  'plain',
  'with space/and+plus/and#hash',
  '100%/%2F%20',
  'emoji 🙂/ümlaut/日本語.jsonl.gz.2',
  'a=b/export_date=2026-11-18/version=1',
  '.hidden/..dots/...',
  'back\\slash/"quotes"/\'*?<>|:\n\t',
  `${'x'.repeat(255)}/${'é'.repeat(127)}`,
];

async function* piecesOf(content: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += pieceBytes) {
    await delay(0);
    yield content.subarray(start, start + pieceBytes);
  }
}

async function* failingAfter(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
  throw new Error('the source broke');
}
