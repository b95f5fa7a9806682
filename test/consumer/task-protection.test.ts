import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { Log } from '../../consumer/log.ts';
import { taskProtection, type TaskProtectionOptions } from '../../consumer/task-protection.ts';
import { startEcsAgent } from '../helpers/ecs-agent.ts';
import { until } from '../helpers/until.ts';

const on = { ProtectionEnabled: true, ExpiresInMinutes: 20 };
const off = { ProtectionEnabled: false };

test('R-SCALEIN: a task is protected from its first message on, and free again when it has been idle', async (t) => {
  const { agent, protection } = await setUp(t, { idleMs: 1_000 });
  protection.update(0);
  await sleep(50);
  t.deepEqual(agent.asked, []);
  protection.update(1);
  protection.update(2);
  await until(() => agent.asked.length === 1);
  await sleep(50);
  // Between two messages it stays protected.
  protection.update(0);
  protection.update(3);
  await sleep(600);
  protection.update(1);
  await sleep(600);
  protection.update(0);
  t.deepEqual(agent.asked, [on]);
  await until(() => {
    protection.update(0);
    return agent.asked.length === 2;
  });
  await sleep(50);
  protection.update(0);
  await protection.close();
  t.deepEqual(agent.asked, [on, off]);
});

test('R-SCALEIN: protection is renewed for as long as messages are held, and given back at the end', async (t) => {
  const { agent, protection } = await setUp(t, { renewMs: 100 });
  await until(() => {
    protection.update(1);
    return agent.asked.length === 3;
  });
  await protection.close();
  t.deepEqual(agent.asked, [on, on, on, off]);
});

test('a task that was never protected has nothing to give back', async (t) => {
  const { agent, protection } = await setUp(t);
  protection.update(0);
  await protection.close();
  t.deepEqual(agent.asked, []);
});

for (const [how, status, body] of [
  ['with a status', 400, { error: { Code: 'AccessDeniedException' } }],
  ['in what it says', 200, { failure: { Reason: 'TASK_NOT_VALID' } }],
] as const) {
  test(`an agent that refuses ${how} is asked again after a pause, and that is all`, async (t) => {
    const { agent, protection, events } = await setUp(t, { retryMs: 1_000 });
    agent.answer = { status, body };
    protection.update(1);
    await until(() => events.length === 1);
    t.deepEqual(events, [
      ['TaskProtection:Failed', { wanted: true, reason: `${status} ${JSON.stringify(body)}` }],
    ]);
    delete agent.answer;
    protection.update(1);
    await sleep(100);
    t.is(agent.asked.length, 1);
    await until(() => {
      protection.update(1);
      return agent.asked.length === 2;
    });
    await protection.close();
    t.deepEqual(agent.asked, [on, on, off]);
    t.is(events.length, 1);
  });
}

test('an agent that is not there stops nothing', async (t) => {
  const events: unknown[] = [];
  const protection = taskProtection('http://127.0.0.1:1', (event) => events.push(event));
  protection.update(1);
  await protection.close();
  t.deepEqual(events, ['TaskProtection:Failed']);
});

async function setUp(t: ExecutionContext, options: TaskProtectionOptions = {}) {
  const agent = await startEcsAgent(t);
  const events: Parameters<Log>[] = [];
  const protection = taskProtection(agent.url, (...event) => events.push(event), options);
  return { agent, protection, events };
}
