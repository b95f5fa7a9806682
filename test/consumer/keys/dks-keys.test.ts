import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import test from 'ava';
import { certificateAuthority } from '../../helpers/certificates.ts';
import { dksIdentities, dksWithClient } from '../../helpers/dks-client.ts';
import type { DksSetting } from '../../helpers/dks-client.ts';
import type { Fault } from '../../helpers/dks-server.ts';

const { authority, client } = dksIdentities;
const stranger = certificateAuthority('stranger');

const request = { keyId: 'cloudhsm:262152,262151', wrappedKey: 'Dw4NDAsKCQgHBgUEAwIBAA==' };
const key = Uint8Array.from({ length: 16 }, (_, n) => n);
const never = new AbortController().signal;

test('a wrapped key is put as it is, and the key id percent-encoded', async (t) => {
  const { server, keys } = await dksWithClient(t);
  t.deepEqual(await keys.decrypt(request, never), { kind: 'key', key });
  const [asked] = server.decrypts;
  t.regex(
    asked?.target ?? '',
    /^\/datakey\/actions\/decrypt\?keyId=cloudhsm%3A262152%2C262151&correlationId=run%201%262$/,
  );
  t.is(asked?.keyId, request.keyId);
  t.is(asked?.wrappedKey, request.wrappedKey);
  t.is(asked?.contentType, 'text/plain');
});

test('connections are kept', async (t) => {
  const { server, keys } = await dksWithClient(t);
  for (let n = 0; n < 5; n++) await keys.decrypt(request, never);
  t.is(server.connections, 1);
});

test('an awkward key id cannot add parameters', async (t) => {
  const { server, keys } = await dksWithClient(t);
  const keyId = 'a&keyId=b#c d+😀\uD83D';
  await keys.decrypt({ ...request, keyId }, never);
  t.is(server.decrypts[0]?.keyId, keyId.toWellFormed());
});

for (const suffix of ['/', '/datakey/actions/decrypt', '/datakey/actions/decrypt/']) {
  test(`the URL may end in ${suffix}`, async (t) => {
    const { server } = await dksWithClient(t);
    const { keys } = await dksWithClient(t, { settings: { url: server.url + suffix } });
    t.deepEqual(await keys.decrypt(request, never), { kind: 'key', key });
    t.true(await keys.isHealthy?.(never));
  });
}

const answers = test.macro({
  async exec(
    t,
    fault: Fault,
    expected: { readonly kind: 'refused' | 'unavailable'; readonly reason: RegExp | string },
  ) {
    const { server, keys } = await dksWithClient(t, {
      settings: { timeoutMs: fault === 'hang' ? 200 : 10_000 },
    });
    // On a busy machine the short time-out may pass before there is a connection.
    for (let connected = false; !connected;) connected = (await keys.isHealthy?.(never)) ?? true;
    server.fault = () => fault;
    const answer = await keys.decrypt(request, never);
    t.is(answer.kind, expected.kind);
    const reason = answer.kind === 'key' ? '' : answer.reason;
    t.regex(reason, new RegExp(expected.reason));
    t.false(reason.includes(request.wrappedKey));
    t.true(server.decrypts.length <= 1, 'R-ONERETRY: asked once');
  },
  title: (claim) => claim ?? '',
});

for (const status of [400, 413, 422]) {
  test(
    `status ${status} is a refusal`,
    answers,
    { status },
    { kind: 'refused', reason: `^DKS: status ${status}$` },
  );
}
for (const status of [201, 204, 302, 401, 403, 404, 408, 429, 500, 502, 503, 504]) {
  const reason = `^DKS: status ${status}$`;
  test(
    `R-OUTAGE: status ${status} says nothing about the key`,
    answers,
    { status },
    { kind: 'unavailable', reason },
  );
}

const withoutKey = { kind: 'unavailable', reason: '^DKS: status 200 without a data key$' } as const;
test('an empty answer is no answer', answers, { body: '' }, withoutKey);
test('garbage is no answer', answers, { body: '<html>AAECAwQFBgcICQoLDA0ODw==</html>' }, withoutKey);
test('null is no answer', answers, { body: 'null' }, withoutKey);
test('a list is no answer', answers, { body: '["AAECAwQFBgcICQoLDA0ODw=="]' }, withoutKey);
test(
  'a key of another name is no answer',
  answers,
  { body: '{"ciphertextDataKey":"AAECAwQFBgcICQoLDA0ODw=="}' },
  withoutKey,
);
test('a key that is no text is no answer', answers, { body: '{"plaintextDataKey":16}' }, withoutKey);
test(
  'a key that is not base64 is no answer',
  answers,
  { body: '{"plaintextDataKey":"AAECAwQFBgcICQoLDA0ODw"}' },
  withoutKey,
);
test(
  'a key in the other base64 is no answer',
  answers,
  { body: '{"plaintextDataKey":"__________________________=="}'.replace('____', '_-_-') },
  withoutKey,
);
test(
  'a key of 15 bytes is no answer',
  answers,
  { body: '{"plaintextDataKey":"AAECAwQFBgcICQoLDA0O"}' },
  withoutKey,
);

const unavailable = (reason: string) => ({ kind: 'unavailable', reason: `^DKS: ${reason}$` }) as const;
test('a slow answer is not awaited for ever', answers, 'hang', unavailable('no answer within 200 ms'));
test('a dropped connection is a fault', answers, 'drop', unavailable('no answer: ECONNRESET'));
test('an answer cut short is a fault', answers, 'cut-short', unavailable('no answer: ECONNRESET'));
test(
  'an endless answer is not read to its end',
  answers,
  'endless',
  unavailable('an answer over 65536 bytes'),
);

const spoilt = test.macro({
  async exec(t, spoiltRequest: Partial<typeof request>, status: number) {
    const { keys } = await dksWithClient(t);
    t.like(await keys.decrypt({ ...request, ...spoiltRequest }, never), { reason: `DKS: status ${status}` });
  },
  title: (claim) => `as DKS has it, ${claim}`,
});
test('a malformed key id is a 503', spoilt, { keyId: 'cloudhsm:1' }, 503);
test('a corrupt key is a 503', spoilt, { wrappedKey: 'AAAA' }, 503);
test('a key that is not base64 is a 500', spoilt, { wrappedKey: 'foobar' }, 500);
test('an empty key is a 400', spoilt, { wrappedKey: '' }, 400);

const untrusted = test.macro({
  async exec(t, setting: DksSetting, reason: RegExp) {
    const { server, keys } = await dksWithClient(t, setting);
    const answer = await keys.decrypt(request, never);
    t.is(answer.kind, 'unavailable');
    t.regex(answer.kind === 'unavailable' ? answer.reason : '', reason);
    t.false(await keys.isHealthy?.(never));
    t.deepEqual(server.decrypts, [], 'nothing was sent');
  },
  title: (claim) => claim ?? '',
});

test(
  'a server of another authority is not spoken to',
  untrusted,
  { server: stranger.issue('dks', ['localhost']) },
  /^DKS: no connection: UNABLE_TO_VERIFY_LEAF_SIGNATURE$/,
);
test(
  'a server of another host name is not spoken to',
  untrusted,
  { server: authority.issue('dks', ['dks.example']) },
  /^DKS: no connection: ERR_TLS_CERT_ALTNAME_INVALID$/,
);
test(
  'a client certificate of another authority opens nothing',
  untrusted,
  { client: stranger.issue('consumer') },
  /^DKS: no answer: (ECONNRESET|EPIPE|ERR_SSL_\w+)$/,
);
test(
  'a port where nobody listens is a fault',
  untrusted,
  { settings: { url: 'https://localhost:1' } },
  /^DKS: no connection: (ECONNREFUSED)$/,
);

test('health is what the health check says', async (t) => {
  const { server, keys } = await dksWithClient(t);
  t.true(await keys.isHealthy?.(never));
  server.isHealthy = false;
  t.false(await keys.isHealthy?.(never));
  t.is(server.healthchecks, 2);
});

test('an abort ends a request', async (t) => {
  const { server, keys } = await dksWithClient(t);
  const controller = new AbortController();
  const reason = new Error('enough');
  server.fault = () => {
    controller.abort(reason);
    return 'hang';
  };
  t.is(await t.throwsAsync(keys.decrypt(request, controller.signal)), reason);
  t.is(await t.throwsAsync(keys.decrypt(request, controller.signal)), reason);
  t.is(server.decrypts.length, 1);
});

test('an URL without TLS is refused at once', async (t) => {
  await t.throwsAsync(dksWithClient(t, { settings: { url: 'http://localhost:8443' } }), {
    message: /https, not http:/,
  });
});

test('a missing file is named at once', async (t) => {
  const settings = { key: join(tmpdir(), 'no such key.pem') };
  await t.throwsAsync(dksWithClient(t, { settings }), { message: /no such key\.pem/ });
});

test('PEM texts do where files would, and errors do not show them', async (t) => {
  const texts = { certificate: client.certificate, key: client.key, ca: authority.certificate };
  const { keys } = await dksWithClient(t, { settings: texts });
  t.true(await keys.isHealthy?.(never));

  const garbled = { ...texts, key: client.key.replace('-----BEGIN', '').replace('-----END', '') };
  const error = await t.throwsAsync(dksWithClient(t, { settings: garbled }), { message: /TLS identity/ });
  t.false(inspect(error).includes(client.key.slice(40, 100)));
});

test("a certificate and another's key are refused at once", async (t) => {
  const mixed = { certificate: client.certificate, key: authority.issue('other').key };
  await t.throwsAsync(dksWithClient(t, { client: mixed }), { message: /TLS identity/ });
});

test('a missing client certificate is refused at once', async (t) => {
  const without = { certificate: '', key: client.key };
  await t.throwsAsync(dksWithClient(t, { client: without }), { message: /TLS identity/ });
});
