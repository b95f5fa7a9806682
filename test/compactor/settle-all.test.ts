import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { settleAll } from '../../compactor/settle-all.ts';

test('results come in their order', async (t) => {
  t.deepEqual(await settleAll([sleep(20, 'a'), Promise.resolve('b')]), ['a', 'b']);
});

test('a failure is told when nothing is under way any more', async (t) => {
  let isOver = false;
  const slow = sleep(30).then(() => (isOver = true));
  await t.throwsAsync(settleAll([Promise.reject(new Error('first')), slow]), { message: 'first' });
  t.true(isOver);
});
