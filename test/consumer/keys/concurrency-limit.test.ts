import test from 'ava';
import { concurrencyLimit } from '../../../consumer/keys/concurrency-limit.ts';

const never = new AbortController().signal;

test('a task whose signal is aborted while it waits never runs, and takes no place', async (t) => {
  const run = concurrencyLimit(1);
  const ran: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = run(async () => {
    ran.push('first');
    await gate.promise;
  }, never);
  const controller = new AbortController();
  const reason = new Error('enough');
  const second = run(async () => ran.push('second'), controller.signal);
  const third = run(async () => ran.push('third'), never);
  controller.abort(reason);
  t.is(await t.throwsAsync(second), reason);
  gate.resolve();
  await Promise.all([first, third]);
  t.deepEqual(ran, ['first', 'third']);
});

test('an abort in the moment of the turn passes it on', async (t) => {
  const run = concurrencyLimit(1);
  const gate = Promise.withResolvers<void>();
  const controller = new AbortController();
  const first = run(() => gate.promise, never);
  const second = run(async () => 'second', controller.signal);
  const third = run(async () => 'third', never);
  gate.resolve();
  await gate.promise;
  controller.abort();
  await Promise.allSettled([first, second]);
  t.is(await third, 'third');
});

test('a task that throws gives its place back', async (t) => {
  const run = concurrencyLimit(1);
  const error = new Error('no');
  t.is(await t.throwsAsync(run(() => Promise.reject(error), never)), error);
  t.is(await run(async () => 'next', never), 'next');
});
