import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { keyRing } from '../../../consumer/keys/key-ring.ts';
import type { KeyRing, KeyRingOptions } from '../../../consumer/keys/key-ring.ts';
import type { KeyService } from '../../../consumer/keys/key-service.ts';
import { keyRequest, scriptedKeys } from '../../helpers/scripted-keys.ts';

const never = new AbortController().signal;
const good = keyRequest('good', 1);
const other = keyRequest('other', 2);
const poison = keyRequest('poison', 3);
const found = (n: number) => ({ kind: 'key', key: new Uint8Array(16).fill(n) }) as const;

function ringOf(t: ExecutionContext, service: KeyService, options: KeyRingOptions = {}): KeyRing {
  const ring = keyRing(service, { attempts: 3, retryMs: 1, probeMs: 10, maxProbeMs: 10, ...options });
  t.teardown(() => ring.close());
  return ring;
}

test('thirty requests for each of five keys are five misses and 145 hits', async (t) => {
  const { service, calls } = scriptedKeys(() => 'unwrap');
  const ring = ringOf(t, service);
  const requests = Array.from({ length: 150 }, (_, n) => keyRequest(`cloudhsm:${n % 5},1`, n % 5));
  const resolutions = await ring.resolveAll(requests, never);
  t.deepEqual(
    resolutions,
    requests.map((_, n) => found(n % 5)),
  );
  t.deepEqual(ring.counts(), { hits: 145, misses: 5, refused: 0, retries: 0, outages: 0 });
  t.is(calls.length, 5);
});

test('a key is cached under its id and its wrapping', async (t) => {
  const { service, calls } = scriptedKeys(() => 'unwrap');
  const ring = ringOf(t, service);
  const requests = [good, { ...good, keyId: 'gold' }, { ...other, keyId: 'good' }, good];
  t.deepEqual(await ring.resolveAll(requests, never), [found(1), found(1), found(2), found(1)]);
  t.deepEqual(calls, ['good', 'gold', 'good']);
});

test('the oldest of too many keys is forgotten', async (t) => {
  const { service, calls } = scriptedKeys(() => 'unwrap');
  const ring = ringOf(t, service, { maxKeys: 1 });
  for (const request of [good, good, other, good]) await ring.resolve(request, never);
  t.deepEqual(calls, ['good', 'other', 'good']);
});

test('a key is forgotten after its time', async (t) => {
  const { service, calls } = scriptedKeys(() => 'unwrap');
  const ring = ringOf(t, service, { keyAgeMs: 20 });
  await ring.resolve(good, never);
  await sleep(40);
  await ring.resolve(good, never);
  t.deepEqual(calls, ['good', 'good']);
});

test('a refusal is not repeated, and cached for its own, shorter time', async (t) => {
  const { service, calls } = scriptedKeys(() => 'refused');
  const ring = ringOf(t, service, { refusedAgeMs: 300 });
  const refused = { kind: 'refused', reason: 'script: refused' } as const;
  t.deepEqual(await ring.resolveAll([poison, poison], never), [refused, refused]);
  t.deepEqual(await ring.resolve(poison, never), refused);
  t.deepEqual(ring.counts(), { hits: 2, misses: 1, refused: 1, retries: 0, outages: 0 });
  await sleep(350);
  await ring.resolve(poison, never);
  t.deepEqual(calls, ['poison', 'poison']);
});

test('no more calls than allowed are under way', async (t) => {
  const keys = scriptedKeys(() => 'unwrap');
  const ring = ringOf(t, keys.service, { concurrency: 3 });
  await ring.resolveAll(
    Array.from({ length: 20 }, (_, n) => keyRequest(`${n}`, n)),
    never,
  );
  t.is(keys.peak, 3);
  t.is(keys.calls.length, 20);
});

test('a fault that passes costs retries and nothing else', async (t) => {
  const { service } = scriptedKeys((_, earlier) => (earlier < 2 ? 'unavailable' : 'unwrap'));
  const ring = ringOf(t, service);
  t.deepEqual(await ring.resolve(good, never), found(1));
  t.deepEqual(ring.counts(), { hits: 0, misses: 1, refused: 0, retries: 2, outages: 0 });
});

// Poison, or an outage?

const isPoison = {
  kind: 'refused',
  reason: 'poison: script: unavailable, yet the service is there',
} as const;
const isOutage = { kind: 'outage', reason: 'script: unavailable' } as const;
const poisoned = () => scriptedKeys(({ keyId }) => (keyId === 'poison' ? 'unavailable' : 'unwrap'));

test('poison is refused when a known key resolves before and after its last call', async (t) => {
  const { service, calls } = poisoned();
  const ring = ringOf(t, service);
  await ring.resolve(good, never);
  t.deepEqual(await ring.resolve(poison, never), isPoison);
  t.true(ring.isAvailable());
  t.deepEqual(calls, ['good', 'poison', 'poison', 'poison', 'good', 'poison', 'good']);
  t.deepEqual(ring.counts(), { hits: 0, misses: 2, refused: 1, retries: 3, outages: 0 });
  t.deepEqual(await ring.resolve(poison, never), isPoison);
  t.is(calls.length, 7, 'cached');
});

test('poison among good keys that resolve meanwhile is refused', async (t) => {
  const { service } = poisoned();
  const ring = ringOf(t, service);
  t.deepEqual(await ring.resolveAll([poison, good, other], never), [isPoison, found(1), found(2)]);
  t.is(ring.counts().outages, 0);
});

test('the first key of a process is refused when the service is healthy', async (t) => {
  const { service } = scriptedKeys(
    () => 'unavailable',
    () => true,
  );
  t.deepEqual(await ringOf(t, service).resolve(poison, never), isPoison);
});

test('R-OUTAGE: the first key of a process is not refused when the service is unhealthy', async (t) => {
  const { service } = scriptedKeys(
    () => 'unavailable',
    () => false,
  );
  t.deepEqual(await ringOf(t, service).resolve(poison, never), isOutage);
});

test('R-OUTAGE: health is no evidence once there is a known key that fails', async (t) => {
  let isDown = false;
  const { service } = scriptedKeys(
    () => (isDown ? 'unavailable' : 'unwrap'),
    () => true,
  );
  const ring = ringOf(t, service);
  await ring.resolve(good, never);
  isDown = true;
  t.deepEqual(await ring.resolve(other, never), isOutage);
});

test('R-OUTAGE: without any evidence nothing is refused; a good key that was turned away ends it and convicts', async (t) => {
  const { service } = poisoned();
  const ring = ringOf(t, service, { probeMs: 50 });
  t.deepEqual(await ring.resolve(poison, never), isOutage);
  t.deepEqual(await ring.resolve(good, never), isOutage);
  await ring.waitUntilAvailable(never);
  t.deepEqual(await ring.resolveAll([poison, good], never), [isPoison, found(1)]);
});

test('R-OUTAGE: a key that resolved before the outage began convicts nobody', async (t) => {
  let calls = 0;
  const { service } = scriptedKeys(({ keyId }) =>
    keyId === 'good' && calls++ === 0 ? 'unwrap' : 'unavailable',
  );
  const ring = ringOf(t, service);
  t.deepEqual(await ring.resolveAll([other, good], never), [isOutage, found(1)]);
});

test('R-OUTAGE: an outage that begins between the signs of life convicts nobody', async (t) => {
  // Known good answers the first probe, and is gone by the second.
  const { service } = scriptedKeys(({ keyId }, earlier) =>
    keyId === 'good' && earlier < 2 ? 'unwrap' : 'unavailable',
  );
  const ring = ringOf(t, service);
  await ring.resolve(good, never);
  t.deepEqual(await ring.resolve(other, never), isOutage);
});

test('R-OUTAGE: an outage that ends with the last retry costs nothing', async (t) => {
  const { service } = scriptedKeys(({ keyId }, earlier) =>
    keyId === 'other' && earlier < 3 ? 'unavailable' : 'unwrap',
  );
  const ring = ringOf(t, service);
  await ring.resolve(good, never);
  t.deepEqual(await ring.resolve(other, never), found(2));
  t.is(ring.counts().outages, 0);
});

test('R-OUTAGE: during an outage cached keys resolve, others are turned away without a call, and its end is noticed', async (t) => {
  let isDown = false;
  const { service, calls } = scriptedKeys(() => (isDown ? 'unavailable' : 'unwrap'));
  const ring = ringOf(t, service, { probeMs: 600 });
  await ring.resolve(good, never);
  isDown = true;
  const requests = [other, keyRequest('third', 4)];
  t.deepEqual(await ring.resolveAll(requests, never), [isOutage, isOutage]);
  t.false(ring.isAvailable());
  t.is(ring.counts().outages, 1);

  const callsBefore = calls.length;
  const many = Array.from({ length: 100 }, (_, n) => keyRequest(`many ${n}`, n));
  t.deepEqual(new Set((await ring.resolveAll(many, never)).map(({ kind }) => kind)), new Set(['outage']));
  t.deepEqual(await ring.resolve(good, never), found(1));
  t.is(calls.length, callsBefore);
  t.like(ring.counts(), { hits: 1, misses: 3, refused: 0, outages: 1 });

  isDown = false;
  await ring.waitUntilAvailable(never);
  t.true(ring.isAvailable());
  t.is(calls.length, callsBefore + 1, 'one probe');
  t.deepEqual(await ring.resolveAll(requests, never), [found(2), found(4)]);
});

test('R-OUTAGE: an outage is probed with the failed request and a known key by turns until it ends', async (t) => {
  let failures = 0;
  const { service, calls } = scriptedKeys(({ keyId }, earlier) =>
    keyId === 'good' && (earlier === 0 || failures >= 10) ? 'unwrap' : (failures++, 'unavailable'),
  );
  const ring = ringOf(t, service, { probeMs: 1, maxProbeMs: 2 });
  await ring.resolve(good, never);
  await ring.resolve(other, never);
  await ring.waitUntilAvailable(never);
  t.deepEqual(calls.slice(-6), ['other', 'good', 'other', 'good', 'other', 'good']);
});

test('R-OUTAGE: requests under way when an outage begins spend no further calls', async (t) => {
  const { service, calls } = scriptedKeys(() => 'unavailable');
  const ring = ringOf(t, service, { concurrency: 1, probeMs: 10_000 });
  const requests = Array.from({ length: 50 }, (_, n) => keyRequest(`${n}`, n));
  const resolutions = await ring.resolveAll(requests, never);
  t.deepEqual(new Set(resolutions.map(({ kind }) => kind)), new Set(['outage']));
  t.true(calls.length < 50 * 3, `${calls.length} calls`);
  t.is(ring.counts().retries, calls.length - 50);
});

// Aborts

test('an abort frees the one who asked, and not the others', async (t) => {
  let line: 'hang' | 'unwrap' = 'hang';
  const keys = scriptedKeys(() => line);
  const ring = ringOf(t, keys.service);
  const [first, second] = [new AbortController(), new AbortController()];
  const reason = new Error('enough');
  const [one, two] = [ring.resolve(good, first.signal), ring.resolve(good, second.signal)];
  first.abort(reason);
  t.is(await t.throwsAsync(one), reason);
  t.is(keys.aborted, 0, 'someone waits still');
  second.abort(reason);
  t.is(await t.throwsAsync(two), reason);
  await sleep(10);
  t.is(keys.aborted, 1, 'nobody waits');

  line = 'unwrap';
  t.deepEqual(await ring.resolve(good, never), found(1));
  t.is(await t.throwsAsync(ring.resolve(good, first.signal)), reason);
});

test('an abort ends the wait for an outage to end', async (t) => {
  const ring = ringOf(t, scriptedKeys(() => 'unavailable').service, { probeMs: 10_000 });
  await ring.waitUntilAvailable(never);
  await ring.resolve(good, never);
  const controller = new AbortController();
  const waiting = ring.waitUntilAvailable(controller.signal);
  const reason = new Error('enough');
  controller.abort(reason);
  t.is(await t.throwsAsync(waiting), reason);
});

test('closing ends what is under way', async (t) => {
  let line: 'hang' | 'unavailable' = 'unavailable';
  const keys = scriptedKeys(() => line);
  const ring = ringOf(t, keys.service, { probeMs: 10_000 });
  await ring.resolve(good, never);
  const waiting = ring.waitUntilAvailable(never);
  ring.close();
  await t.throwsAsync(waiting, { name: 'AbortError' });

  line = 'hang';
  const another = ringOf(t, keys.service);
  const asking = another.resolveAll([good, other], never);
  another.close();
  await t.throwsAsync(asking, { name: 'AbortError' });
  await t.throwsAsync(another.resolve(good, never), { name: 'AbortError' });
});
