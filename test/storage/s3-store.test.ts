import test from 'ava';
import type { ExecutionContext } from 'ava';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { compareKeys } from '../../storage/object-key.ts';
import { s3Client } from '../../storage/s3-client.ts';
import type { S3TimeOuts } from '../../storage/s3-client.ts';
import { s3Store } from '../../storage/s3-store.ts';
import type { S3StoreOptions } from '../../storage/s3-store.ts';
import { ObjectChangedError, type ObjectBody, type ObjectStore } from '../../storage/store.ts';
import { changed, first } from '../helpers/faulty-http.ts';
import type { HttpAnswer, HttpOutcome, HttpRequest } from '../helpers/faulty-http.ts';
import { s3Server, xmlError } from '../helpers/s3-server.ts';
import type { S3Server } from '../helpers/s3-server.ts';
import { until } from '../helpers/until.ts';
import { collect } from './collect.ts';
import { SEVERAL_READS_BYTES, bytesOf, keysOf, read, testStore } from './store-suite.ts';

let shared: S3Server;
test.before(async () => {
  shared = await s3Server();
});
test.after.always(() => shared.stop());

// One by one: all at once they keep this process, which is also the server, so busy that requests time out.
testStore(test.serial, async (t) => openBucket(t, shared).store);

for (const [title, outcome] of [
  ['is throttled', xmlError(503, 'SlowDown')],
  ['has an internal error', xmlError(500, 'InternalError')],
  ['drops the connection', 'drop'],
] as const satisfies readonly (readonly [string, HttpOutcome])[]) {
  test(`R-ONERETRY: what S3 does not answer the first two times is asked again, when it ${title}`, async (t) => {
    const { store, server } = await open(t);
    const fail = () => {
      server.requests.length = 0;
      server.handle = first(2, () => true, outcome, server.handle);
    };
    fail();
    await store.put('a/object', Buffer.from('content'));
    t.is(server.requests.length, 3);
    fail();
    t.deepEqual(await read(store, 'a/object'), Buffer.from('content'));
    t.is(server.requests.length, 3);
    fail();
    t.is((await store.head('a/object'))?.size, 7);
    fail();
    t.deepEqual(await keysOf(store, ''), ['a/object']);
    fail();
    t.deepEqual(await store.listFolders(''), ['a/']);
    fail();
    t.deepEqual(await store.delete(['a/object']), [{ kind: 'deleted', key: 'a/object' }]);
    t.is(server.requests.length, 3);
  });

  test(`R-ONERETRY: each request of an upload in parts is asked again, when S3 ${title}`, async (t) => {
    const { store, server } = await open(t);
    for (const isMeant of [isCreate, isPart, isComplete]) {
      server.handle = first(2, isMeant, outcome, server.handle);
    }
    server.requests.length = 0;
    await store.put('large', piecesOf(SEVERAL_READS_BYTES));
    t.is(server.requests.length, 4 + 6);
    t.true(bytesOf(SEVERAL_READS_BYTES, 1).equals(await read(store, 'large')));
  });
}

test('R-ONERETRY: after seven times it is an error that says what failed, with the reason as its cause', async (t) => {
  const { store, server } = await open(t);
  server.handle = () => xmlError(500, 'InternalError');
  for (const [action, message] of [
    [
      () => store.put('key', Buffer.from('x')),
      'S3: put "key" of bucket bucket: InternalError: so it was told',
    ],
    [() => store.get('key'), 'S3: get "key" of bucket bucket: InternalError: so it was told'],
    [() => store.head('key'), /^S3: head "key" of bucket bucket: /],
    [() => keysOf(store, 'a'), 'S3: list "a" of bucket bucket: InternalError: so it was told'],
  ] as const) {
    server.requests.length = 0;
    const error = await t.throwsAsync<Error>(action, { message });
    t.true(error?.cause instanceof Error);
    t.is(server.requests.length, 7, String(message));
  }
  const [result] = await store.delete(['key']);
  t.like(result, { kind: 'failed', key: 'key' });
});

for (const [size, breaks] of [
  [20_000, [0, 1, 3_000]],
  [SEVERAL_READS_BYTES, [100_000]],
] as const) {
  for (const hasChecksum of [true, false]) {
    test(`a body of ${size} bytes that breaks off again and again throws, ${hasChecksum ? 'with' : 'without'} a checksum`, async (t) => {
      const { store, server } = await open(t);
      await store.put('object', bytesOf(size, 1));
      const pass = server.handle;
      for (const breaksAt of breaks) {
        server.handle = async (request, next) => ({
          ...withHeaders(
            (await pass(request, next)) as HttpAnswer,
            (name) => hasChecksum || !/checksum/.test(name),
          ),
          breaksAt,
        });
        await t.throwsAsync(read(store, 'object'), {
          message: /^S3: get "object": broke off after \d+ of \d+ bytes$/,
        });
        await t.throwsAsync(read(store, 'object', { range: { start: 0, end: size } }), {
          message: /broke off/,
        });
      }
    });
  }
}

test('a body that nobody reads may break off', async (t) => {
  const { store, server } = await open(t);
  await store.put('object', bytesOf(20_000, 1));
  server.handle = first(1, isGet, (answer) => ({ ...answer, breaksAt: 10 }), server.handle);
  const got = await store.get('object');
  await delay(300);
  t.true(got.kind === 'found' && bytesOf(20_000, 1).equals(Buffer.concat(await collect(got.body))));
});

for (const range of [undefined, { start: 1_000, end: 15_000 }]) {
  const what = range === undefined ? 'an object' : 'a range';
  test(`the body of ${what} goes on where it broke off`, async (t) => {
    const { store, server } = await open(t);
    await store.put('object', bytesOf(20_000, 1));
    server.handle = first(5, isGet, (answer) => ({ ...answer, breaksAt: 1_000 }), server.handle);
    const asked = server.requests.length;
    const found = await read(store, 'object', range === undefined ? {} : { range });
    t.true(bytesOf(20_000, 1).subarray(range?.start, range?.end).equals(found));
    const ranges = server.requests.slice(asked).map(({ headers }) => headers.range);
    const [begin, end] = [range?.start ?? 0, (range?.end ?? 20_000) - 1];
    t.deepEqual(ranges.at(-1), `bytes=${begin + 5_000}-${end}`);
    t.is(ranges.length, 6);
  });
}

test('R-VERSION: a body goes on with no other object than it began with', async (t) => {
  const { store, server } = await open(t);
  await store.put('object', bytesOf(20_000, 1));
  server.handle = first(1, isGet, (answer) => ({ ...answer, breaksAt: 1_000 }), server.handle);
  const got = await store.get('object');
  await store.put('object', bytesOf(20_000, 2));
  await t.throwsAsync(async () => got.kind === 'found' && (await collect(got.body)), {
    instanceOf: ObjectChangedError,
  });
});

test('no connection stays in use, however a body is left', async (t) => {
  const { store, server } = await open(t);
  await store.put('object', bytesOf(SEVERAL_READS_BYTES, 1));
  const leavings = {
    readNothing: (body: ObjectBody) => body[Symbol.asyncDispose](),
    readOneChunk: async (body: ObjectBody) => {
      for await (const chunk of body) if (chunk.length > 0) break;
    },
    failHalfWay: async (body: ObjectBody) => {
      const reading = async () => {
        for await (const chunk of body) throw new Error(`at ${chunk.length}`);
      };
      await t.throwsAsync(reading);
    },
  };
  for (const range of [{}, { range: { start: 0, end: SEVERAL_READS_BYTES } }]) {
    for (const leave of Object.values(leavings)) {
      const got = await store.get('object', range);
      t.true((await server.connections()) > 0);
      if (got.kind === 'found') await leave(got.body);
      await until(async () => (await server.connections()) === 0);
    }
  }
});

test('a body of other bytes than were stored throws', async (t) => {
  const { store, server } = await open(t);
  await store.put('object', Buffer.from('content'));
  server.handle = first(1, isGet, (answer) => ({ ...answer, body: 'CONTENT' }), server.handle);
  await t.throwsAsync(read(store, 'object'), { message: /broke off/ });
});

test('an answer with other bytes than the range asked for throws', async (t) => {
  const { store, server } = await open(t);
  await store.put('object', bytesOf(1000, 1));
  const range = { start: 100, end: 200 };
  for (const change of [
    { body: bytesOf(101, 1), headers: { 'content-range': 'bytes 100-199/1000' } },
    { body: bytesOf(100, 1), headers: { 'content-range': 'bytes 0-99/1000' } },
    { body: bytesOf(1000, 1), headers: {}, status: 200 },
  ]) {
    server.handle = first(1, isGet, (answer) => changed(answer, change), server.handle);
    await t.throwsAsync(read(store, 'object', { range }), { message: /asked for a range|broke off/ });
  }
  t.true(
    bytesOf(1000, 1)
      .subarray(100, 200)
      .equals(await read(store, 'object', { range })),
  );
});

// Serial, so that nothing else in this process takes the time.
for (const timeOuts of [{ answerMs: 1000 }, { idleMs: 1000 }]) {
  test.serial(
    `R-ONERETRY: no answer is waited for, and asked for again, with ${JSON.stringify(timeOuts)}`,
    async (t) => {
      const { store, server } = await open(t, {}, timeOuts);
      server.handle = first(1, isPut, 'hang', server.handle);
      await store.put('object', Buffer.from('content'));
      server.handle = first(1, isGet, 'hang', server.handle);
      t.deepEqual(await read(store, 'object'), Buffer.from('content'));
    },
  );
}

test.serial('a body that stalls again and again throws', async (t) => {
  const { store, server } = await open(t, {}, { idleMs: 500 });
  await store.put('object', bytesOf(1000, 1));
  server.handle = first(99, isGet, (answer) => ({ ...answer, stallsAt: 10 }), server.handle);
  await t.throwsAsync(read(store, 'object'), { message: /broke off after 60 of 1000/ });
});

test('an upload that fails leaves no parts, wherever it fails', async (t) => {
  const { store, server } = await open(t);
  const pass = server.handle;
  const failure = { message: /InternalError/ };
  for (const [isMeant, body, expected] of [
    [isCreate, piecesOf(SEVERAL_READS_BYTES), failure],
    [isPart, piecesOf(2 * SEVERAL_READS_BYTES), failure],
    [isPart, bytesOf(SEVERAL_READS_BYTES, 1), failure],
    [isComplete, piecesOf(SEVERAL_READS_BYTES), failure],
    [() => false, failingAfter(2 * SEVERAL_READS_BYTES), { message: 'the source broke' }],
  ] as const) {
    server.handle = first(99, isMeant, xmlError(500, 'InternalError'), pass);
    await t.throwsAsync(store.put('large', body), expected);
    t.is((await store.get('large')).kind, 'missing');
  }
  // S3 removes no bucket that has parts of an upload.
  t.is((await fetch(`${server.url}/bucket`, { method: 'DELETE' })).status, 204);
});

test('a source is ended when the upload fails', async (t) => {
  const { store, server } = await open(t);
  let isEnded = false;
  const body = async function* () {
    try {
      for (;;) yield Buffer.alloc(1024 * 1024);
    } finally {
      isEnded = true;
    }
  };
  server.handle = first(100, isPart, xmlError(403, 'AccessDenied'), server.handle);
  await t.throwsAsync(store.put('endless', body()), { message: /AccessDenied/ });
  t.true(isEnded);
});

test('a completion that fails with status 200 is asked for again', async (t) => {
  const { store, server } = await open(t);
  server.handle = first(1, isComplete, xmlError(200, 'InternalError'), server.handle);
  await store.put('large', piecesOf(SEVERAL_READS_BYTES));
  t.true(bytesOf(SEVERAL_READS_BYTES, 1).equals(await read(store, 'large')));
});

test('R-ONERETRY: a put whose answer is lost knows its own object, and no other', async (t) => {
  const { store, server } = await open(t);
  server.handle = first(1, isPut, () => 'drop', server.handle);
  t.is((await store.put('small', Buffer.from('content'))).kind, 'stored');
  t.deepEqual(await read(store, 'small'), Buffer.from('content'));
  server.handle = first(1, isPut, () => 'drop', server.handle);
  const once = await store.put('once', Buffer.from('content'), { ifAbsent: true });
  t.deepEqual(once, { kind: 'stored', eTag: (await store.head('once'))?.eTag ?? '', size: 7 });
  t.is((await store.put('once', Buffer.from('content'), { ifAbsent: true })).kind, 'exists');
  server.handle = first(1, isComplete, () => 'drop', server.handle);
  t.like(await store.put('large', piecesOf(SEVERAL_READS_BYTES)), {
    kind: 'stored',
    size: SEVERAL_READS_BYTES,
  });
  t.true(bytesOf(SEVERAL_READS_BYTES, 1).equals(await read(store, 'large')));
});

test('ifAbsent holds for what is put in parts too, and a conflict is tried again', async (t) => {
  const { store, server } = await open(t);
  const ifAbsent = true;
  const conflict = xmlError(409, 'ConditionalRequestConflict');
  server.handle = first(2, isPut, conflict, server.handle);
  t.is((await store.put('object', Buffer.from('first'), { ifAbsent })).kind, 'stored');
  t.deepEqual(await store.put('object', piecesOf(SEVERAL_READS_BYTES), { ifAbsent }), { kind: 'exists' });
  t.deepEqual(await read(store, 'object'), Buffer.from('first'));
  server.handle = first(1, isComplete, conflict, server.handle);
  await t.throwsAsync(store.put('stream', piecesOf(SEVERAL_READS_BYTES), { ifAbsent }), {
    message: /ConditionalRequestConflict/,
  });
  server.handle = first(1, isComplete, conflict, server.handle);
  t.is((await store.put('bytes', bytesOf(SEVERAL_READS_BYTES, 1), { ifAbsent })).kind, 'stored');
  server.handle = first(99, isPut, conflict, server.handle);
  await t.throwsAsync(store.put('always', Buffer.from('x'), { ifAbsent }), { message: /Conflict/ });
  t.deepEqual(await store.delete(['object', 'bytes']).then((all) => all.map(({ kind }) => kind)), [
    'deleted',
    'deleted',
  ]);
  t.is((await fetch(`${server.url}/bucket`, { method: 'DELETE' })).status, 204);
});

test('objects are encrypted with the key that is given, by way of a bucket key', async (t) => {
  for (const [options, expected] of [
    [{ kmsKeyId: 'arn:key' }, ['aws:kms', 'arn:key', 'true']],
    [{}, [undefined, undefined, undefined]],
  ] as const) {
    const { store, server } = await open(t, options);
    await store.put('small', Buffer.from('x'));
    await store.put('large', piecesOf(SEVERAL_READS_BYTES));
    const begun = server.requests.filter((request) => isPut(request) || isCreate(request));
    t.is(begun.length, 2);
    for (const { headers } of begun) {
      t.deepEqual(
        ['', '-aws-kms-key-id', '-bucket-key-enabled'].map(
          (end) => headers[`x-amz-server-side-encryption${end}`],
        ),
        [...expected],
      );
    }
  }
});

test('R-VERSION: a version is asked for with its eTag, and told of', async (t) => {
  const { store, server } = await open(t);
  await store.put('object', Buffer.from('content'));
  const { eTag = '' } = (await store.head('object')) ?? {};
  server.handle = first(
    1,
    isGet,
    (answer) => changed(answer, { headers: { 'x-amz-version-id': 'v1' } }),
    server.handle,
  );
  const got = await store.get('object', { versionId: 'v1', ifMatch: eTag });
  t.is(got.kind === 'found' ? got.info.versionId : undefined, 'v1');
  const asked = server.requests.at(-1);
  t.regex(asked?.url ?? '', /[?&]versionId=v1(&|$)/);
  t.is(asked?.headers['if-match'], `"${eTag}"`);
});

for (const gone of [xmlError(404, 'NoSuchVersion'), xmlError(405, 'MethodNotAllowed')]) {
  test(`R-VERSION: of a version that is gone (${gone.status}) its eTag may still be the object's`, async (t) => {
    const { store, server } = await open(t);
    await store.put('object', Buffer.from('content'));
    const { eTag = '' } = (await store.head('object')) ?? {};
    server.handle = first(99, ({ url }) => url.includes('versionId=gone'), gone, server.handle);
    t.deepEqual(await read(store, 'object', { versionId: 'gone', ifMatch: eTag }), Buffer.from('content'));
    t.deepEqual(await store.get('object', { versionId: 'gone', ifMatch: 'other' }), {
      kind: 'changed',
      eTag,
    });
    t.deepEqual(await store.get('object', { versionId: 'gone' }), { kind: 'missing' });
    t.deepEqual(await store.get('nothing', { versionId: 'gone', ifMatch: eTag }), { kind: 'missing' });
  });
}

test('an object that is gone when it turns out to have changed is missing', async (t) => {
  const { store, server } = await open(t);
  server.handle = first(1, isGet, xmlError(412, 'PreconditionFailed'), server.handle);
  t.deepEqual(await store.get('object', { ifMatch: 'some' }), { kind: 'missing' });
});

test('what we may not see, and a bucket that is not there, is no absence', async (t) => {
  const { store, server } = await open(t);
  for (const refusal of [xmlError(403, 'AccessDenied'), xmlError(404, 'NoSuchBucket')]) {
    server.handle = () => refusal;
    await t.throwsAsync(store.get('object'), { message: /AccessDenied|NoSuchBucket/ });
    await t.throwsAsync(keysOf(store, ''), { message: /AccessDenied|NoSuchBucket/ });
    await t.throwsAsync(store.listFolders(''), { message: /AccessDenied|NoSuchBucket/ });
    t.like(await store.delete(['object']), [{ kind: 'failed' }]);
  }
  server.handle = () => xmlError(403, 'AccessDenied');
  await t.throwsAsync(store.head('object'));
});

test('lists and folders go on over pages', async (t) => {
  const { store, server } = await open(t);
  server.pageSize = 2;
  const keys = ['a', 'a b/1', 'a/1', 'a/2', 'a/3', 'a🙂', 'b+c/1', 'b+c/2', 'c/1'];
  for (const key of keys) await store.put(key, Buffer.from(key));
  t.deepEqual(await keysOf(store, ''), keys);
  t.deepEqual(await keysOf(store, '', 'a/1'), keys.slice(3));
  t.deepEqual(await keysOf(store, 'a/', 'a/1'), ['a/2', 'a/3']);
  t.deepEqual(await store.listFolders(''), ['a b/', 'a/', 'b+c/', 'c/']);
});

test('a list that breaks off in a page throws', async (t) => {
  const { store, server } = await open(t);
  server.pageSize = 2;
  for (const key of ['a', 'b', 'c']) await store.put(key, Buffer.from(key));
  const isSecond = ({ url }: HttpRequest) => url.includes('continuation-token');
  server.handle = first(9, isSecond, (answer) => ({ ...answer, breaksAt: 200 }), server.handle);
  await t.throwsAsync(keysOf(store, ''));
});

test('objects with keys that the port does not know are not seen', async (t) => {
  const { store, server } = await open(t);
  await store.put('a/b', Buffer.from('x'));
  for (const key of ['a/', 'a//c', 'marker/', '/d']) {
    await fetch(`${server.url}/bucket/${key}`, { method: 'PUT', body: 'x' });
  }
  t.deepEqual(await keysOf(store, ''), ['a/b']);
  t.deepEqual(await store.listFolders(''), ['a/', 'marker/']);
  t.deepEqual(await store.listFolders('a/'), []);
});

for (const key of ['a\u0001b', 'a\r\nb\r', 'tab\t', '\uFFFF', 'a\u0085\u2028']) {
  test(`the key ${JSON.stringify(key)} is put, listed and deleted, though XML has trouble with it`, async (t) => {
    const { store } = openBucket(t, shared);
    await store.put(key, Buffer.from('x'));
    await store.put('plain', Buffer.from('x'));
    t.deepEqual(await keysOf(store, ''), [key, 'plain'].sort(compareKeys));
    t.deepEqual(await store.delete(['plain', key]), [
      { kind: 'deleted', key: 'plain' },
      { kind: 'deleted', key },
    ]);
    t.deepEqual(await keysOf(store, ''), []);
  });
}

test('deletes are sent a thousand at a time, and only what S3 says is deleted is', async (t) => {
  const { store, server } = await open(t);
  const keys = Array.from({ length: 2001 }, (_, index) => `key ${index}`);
  t.true((await store.delete(keys)).every(({ kind }) => kind === 'deleted'));
  t.is(server.requests.length, 3);
  const body =
    '<DeleteResult><Deleted><Key>one</Key></Deleted>' +
    '<Error><Key>two</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>';
  server.handle = () => ({ status: 200, headers: { 'content-type': 'application/xml' }, body });
  const results = await store.delete(['three', 'two', 'one', 'two']);
  t.deepEqual(
    results.map((result) => (result.kind === 'failed' ? result.error.message : result.kind)),
    [
      'S3: delete "three" of bucket bucket: nothing was said of it',
      'S3: delete "two" of bucket bucket: AccessDenied: no',
      'deleted',
      'S3: delete "two" of bucket bucket: AccessDenied: no',
    ],
  );
});

test('each part carries a checksum', async (t) => {
  const { store, server } = await open(t);
  await store.put('small', Buffer.from('content'));
  await store.put('large', piecesOf(SEVERAL_READS_BYTES));
  const sent = server.requests.filter((request) => isPut(request) || isPart(request));
  t.is(sent.length, 3);
  for (const { headers } of sent) t.truthy(headers['x-amz-checksum-crc32'] ?? headers['x-amz-trailer']);
});

test('an endpoint from the environment has the bucket in the path, AWS in the name of the host', async (t) => {
  const { server } = await open(t);
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
  process.env.AWS_ENDPOINT_URL_S3 = server.url.replace('127.0.0.1', 'localhost');
  const ours = s3Client({ region: 'eu-west-2', credentials });
  t.is(await s3Store(ours, 'bucket').head('key'), undefined);
  ours.destroy();
  t.regex(server.requests.at(-1)?.url ?? '', /^\/bucket\/key/);
  delete process.env.AWS_ENDPOINT_URL_S3;

  const aws = s3Client({ region: 'eu-west-2', credentials });
  aws.middlewareStack.add(
    () =>
      async ({ request }) =>
        Promise.reject(new Error((request as URL).hostname)),
    {
      step: 'finalizeRequest',
      priority: 'low',
    },
  );
  await t.throwsAsync(s3Store(aws, 'bucket').head('key'), {
    message: /bucket\.s3\.eu-west-2\.amazonaws\.com/,
  });
  aws.destroy();
});

/** A server of its own, for tests that break it or count its requests. */
async function open(
  t: ExecutionContext,
  options: S3StoreOptions = {},
  timeOuts: S3TimeOuts = {},
): Promise<{ readonly store: ObjectStore; readonly server: S3Server }> {
  const server = await s3Server();
  t.teardown(() => server.stop());
  return { ...openBucket(t, server, 'bucket', options, timeOuts), server };
}

function openBucket(
  t: ExecutionContext,
  server: S3Server,
  bucket: string = randomUUID(),
  options: S3StoreOptions = {},
  timeOuts: S3TimeOuts = {},
): { readonly store: ObjectStore } {
  server.createBucket(bucket);
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
  const client = s3Client({ region: 'eu-west-2', endpoint: server.url, credentials }, timeOuts);
  t.teardown(() => client.destroy());
  return { store: s3Store(client, bucket, options) };
}

function isGet({ method, url }: HttpRequest): boolean {
  return method === 'GET' && !url.includes('list-type');
}

function isPut({ method, url }: HttpRequest): boolean {
  return method === 'PUT' && !url.includes('partNumber');
}

function isCreate({ method, url }: HttpRequest): boolean {
  return method === 'POST' && /[?&]uploads/.test(url);
}

function isPart({ method, url }: HttpRequest): boolean {
  return method === 'PUT' && url.includes('partNumber');
}

function isComplete({ method, url }: HttpRequest): boolean {
  return method === 'POST' && url.includes('uploadId');
}

function withHeaders(answer: HttpAnswer, isKept: (name: string) => boolean): HttpAnswer {
  const headers = Object.entries(answer.headers ?? {}).filter(([name]) => isKept(name));
  return { ...answer, headers: Object.fromEntries(headers) };
}

async function* piecesOf(size: number): AsyncGenerator<Uint8Array> {
  const content = bytesOf(size, 1);
  for (let start = 0; start < size; start += 300_001) yield content.subarray(start, start + 300_001);
}

async function* failingAfter(size: number): AsyncGenerator<Uint8Array> {
  yield* piecesOf(size);
  throw new Error('the source broke');
}
