import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { mapConcurrently } from '../../storage/map-concurrently.ts';
import { collect } from './collect.ts';

test('results come in the order of the items, and no more are under way than allowed', async (t) => {
  let underWay = 0;
  let most = 0;
  const results = await collect(
    mapConcurrently(numbers(20), 4, async (number) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(number % 3 === 0 ? 5 : 1);
      underWay -= 1;
      return number;
    }),
  );
  t.deepEqual(results, await collect(numbers(20)));
  t.is(most, 4);
});

test('fewer items than allowed are all mapped', async (t) => {
  t.deepEqual(await collect(mapConcurrently(numbers(2), 8, async (number) => number)), [0, 1]);
  t.deepEqual(await collect(mapConcurrently(numbers(0), 8, async (number) => number)), []);
});

test('what is under way is waited for when one fails, and no other is begun', async (t) => {
  const ended: number[] = [];
  const mapping = mapConcurrently(numbers(20), 4, async (number) => {
    if (number === 1) throw new Error('the second');
    await sleep(10);
    ended.push(number);
  });
  await t.throwsAsync(collect(mapping), { message: 'the second' });
  t.deepEqual(ended, [0, 2, 3, 4]);
});

test('what is under way is waited for when nobody wants the rest', async (t) => {
  let ended = 0;
  for await (const _ of mapConcurrently(numbers(20), 4, async () => {
    await sleep(1);
    ended += 1;
  }))
    break;
  t.is(ended, 4);
});

async function* numbers(count: number): AsyncGenerator<number, void, undefined> {
  for (let number = 0; number < count; number++) yield number;
}
