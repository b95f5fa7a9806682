import test, { type ExecutionContext } from 'ava';
import type { ConsumerHealth } from '../../consumer/consume.ts';
import { serveHealth, type HealthEndpoint } from '../../consumer/health.ts';

const working: ConsumerHealth = { state: 'working', held: 0, lastCommitAt: undefined, paused: false };

test('before the consumer has begun it is not healthy', async (t) => {
  t.deepEqual(await get(await open(t)), [503, { state: 'starting' }]);
});

test('R-LIVENESS: a consumer is healthy while it works, also when the key service is out', async (t) => {
  const endpoint = await open(t);
  endpoint.update(working);
  t.deepEqual(await get(endpoint), [200, { state: 'working', held: 0, paused: false }]);
  endpoint.update({ ...working, held: 7, lastCommitAt: new Date(0), paused: true });
  t.deepEqual(await get(endpoint), [
    200,
    { state: 'working', held: 7, lastCommitAt: '1970-01-01T00:00:00.000Z', paused: true },
  ]);
});

for (const state of ['stalled', 'stopping'] as const) {
  test(`R-LIVENESS: a consumer that is ${state} is not healthy`, async (t) => {
    const endpoint = await open(t);
    endpoint.update(working);
    endpoint.update({ ...working, state, held: 2 });
    t.deepEqual(await get(endpoint), [503, { state, held: 2, paused: false }]);
  });
}

test('nothing else is served, and nothing after closing', async (t) => {
  const endpoint = await serveHealth(0);
  const response = await fetch(`http://127.0.0.1:${endpoint.port}/`);
  t.deepEqual([response.status, await response.text()], [404, '']);
  await endpoint.close();
  await t.throwsAsync(fetch(`http://127.0.0.1:${endpoint.port}/health`));
});

async function open(t: ExecutionContext): Promise<HealthEndpoint> {
  const endpoint = await serveHealth(0);
  t.teardown(() => endpoint.close());
  return endpoint;
}

async function get({ port }: HealthEndpoint): Promise<readonly [number, unknown]> {
  const response = await fetch(`http://127.0.0.1:${port}/health`);
  return [response.status, await response.json()];
}
