import test from 'ava';
import type { ExecutionContext } from 'ava';
import { keyRing } from '../../../consumer/keys/key-ring.ts';
import { dksWithClient } from '../../helpers/dks-client.ts';
import { keyRequest } from '../../helpers/scripted-keys.ts';

// The ring over the true client, TLS and all.

const never = new AbortController().signal;
const found = (n: number) => ({ kind: 'key', key: new Uint8Array(16).fill(n) }) as const;
const good = keyRequest('cloudhsm:1,1', 1);

async function setUp(t: ExecutionContext) {
  const { server, keys } = await dksWithClient(t);
  const ring = keyRing(keys, { attempts: 3, retryMs: 1, probeMs: 20, maxProbeMs: 20 });
  t.teardown(() => ring.close());
  return { server, ring };
}

test('thirty requests for each of five keys are five calls of DKS', async (t) => {
  const { server, ring } = await setUp(t);
  const requests = Array.from({ length: 150 }, (_, n) => keyRequest(`cloudhsm:${n % 5},1`, n % 5));
  t.deepEqual(
    await ring.resolveAll(requests, never),
    requests.map((_, n) => found(n % 5)),
  );
  t.is(server.decrypts.length, 5);
  t.like(ring.counts(), { hits: 145, misses: 5 });
});

const poison = test.macro({
  async exec(t, request: { readonly keyId: string; readonly wrappedKey: string }, status: number) {
    const { ring } = await setUp(t);
    const expected = {
      kind: 'refused',
      reason: `poison: DKS: status ${status}, yet the service is there`,
    } as const;
    t.deepEqual(await ring.resolve(request, never), expected, 'as the first key, by the health check');
    const among = await setUp(t);
    t.deepEqual(await among.ring.resolveAll([good, request], never), [found(1), expected]);
    t.is(among.ring.counts().outages, 0);
    t.is(among.server.healthchecks, 0);
  },
  title: (claim) => `${claim} is refused, and no outage`,
});
test('a malformed key id, a 503,', poison, { ...good, keyId: 'cloudhsm:1' }, 503);
test('a corrupt key, a 503,', poison, { ...good, wrappedKey: 'AAAA' }, 503);
test('a key that is not base64, a 500,', poison, { ...good, wrappedKey: 'foobar' }, 500);

test('R-OUTAGE: DKS goes away and comes back', async (t) => {
  const { server, ring } = await setUp(t);
  t.deepEqual(await ring.resolve(good, never), found(1));
  server.fault = () => 'drop';
  server.isHealthy = false;
  const requests = [2, 3].map((n) => keyRequest(`cloudhsm:${n},1`, n));
  for (const { kind } of await ring.resolveAll(requests, never)) t.is(kind, 'outage');
  t.deepEqual(await ring.resolve(good, never), found(1));
  t.false(ring.isAvailable());

  server.fault = () => undefined;
  await ring.waitUntilAvailable(never);
  t.deepEqual(await ring.resolveAll(requests, never), [found(2), found(3)]);
});

test('R-OUTAGE: a client certificate that is revoked is an outage', async (t) => {
  const { server, ring } = await setUp(t);
  server.fault = () => ({ status: 403 });
  server.isHealthy = false;
  t.deepEqual(await ring.resolve(good, never), { kind: 'outage', reason: 'DKS: status 403' });
});
