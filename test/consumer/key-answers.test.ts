import test from 'ava';
import { mock } from 'node:test';
import { keyAnswers, type KeyAnswers } from '../../consumer/key-answers.ts';
import type { KeyResolution } from '../../consumer/keys/key-ring.ts';
import type { WrappedKey } from '../../consumer/record/read-record.ts';

const wrapped = (keyId: string, wrappedKey = 'w'): WrappedKey => ({ keyId, wrappedKey });

/** Answers by key id: `refused…`, `outage…`, or a key. */
function startAnswers(): { answers: KeyAnswers; asked: string[][] } {
  const asked: string[][] = [];
  const answers = keyAnswers(async (keys) => {
    asked.push(keys.map(({ keyId, wrappedKey }) => `${keyId} ${wrappedKey}`));
    return keys.map(({ keyId }): KeyResolution => {
      if (keyId.startsWith('refused')) return { kind: 'refused', reason: `no ${keyId}` };
      if (keyId.startsWith('outage')) return { kind: 'outage', reason: 'the service is out' };
      return { kind: 'key', key: new Uint8Array(16) };
    });
  });
  return { answers, asked };
}

test('a key is asked for once, and known from then on', async (t) => {
  const { answers, asked } = startAnswers();
  t.is(answers.find(wrapped('a')), undefined);
  t.is(await answers.learn([wrapped('a'), wrapped('b'), wrapped('a')]), undefined);
  t.deepEqual(asked, [['a w', 'b w']]);
  t.is(answers.find(wrapped('a'))?.kind, 'key');
  t.is(answers.find(wrapped('b'))?.kind, 'key');
  t.is(answers.find(wrapped('a')), answers.find(wrapped('a')), 'its cipher is set up once');
});

test('a key is its id and its wrapped form together', async (t) => {
  const { answers } = startAnswers();
  await answers.learn([wrapped('a', 'x'), wrapped('b', 'y')]);
  t.is(answers.find(wrapped('a', 'y')), undefined);
  t.is(answers.find(wrapped('b', 'x')), undefined);
});

test('a refusal is known as one, and is no outage', async (t) => {
  const { answers } = startAnswers();
  t.is(await answers.learn([wrapped('refused'), wrapped('a')]), undefined);
  t.deepEqual(answers.find(wrapped('refused')), { kind: 'refused', reason: 'no refused' });
  t.is(answers.find(wrapped('a'))?.kind, 'key');
});

test('R-OUTAGE: an outage is told, teaches nothing about its key, and forgets nothing', async (t) => {
  const { answers } = startAnswers();
  await answers.learn([wrapped('before')]);
  t.is(await answers.learn([wrapped('a'), wrapped('outage')]), 'the service is out');
  t.is(answers.find(wrapped('outage')), undefined);
  t.is(answers.find(wrapped('before'))?.kind, 'key');
});

test('more keys than are remembered are all known when they have been asked for', async (t) => {
  const { answers } = startAnswers();
  for (const round of [1, 2]) {
    const keys = Array.from({ length: 10_001 }, (_, index) => wrapped(`refused ${round} ${index}`));
    await answers.learn(keys);
    t.true(keys.every((key) => answers.find(key)?.kind === 'refused'));
  }
});

test.serial('a refusal is good for a minute, a key for an hour', async (t) => {
  mock.timers.enable({ apis: ['Date'] });
  t.teardown(() => mock.timers.reset());
  const { answers } = startAnswers();
  await answers.learn([wrapped('refused'), wrapped('a')]);
  mock.timers.tick(59_000);
  t.is(answers.find(wrapped('refused'))?.kind, 'refused');
  mock.timers.tick(2_000);
  t.is(answers.find(wrapped('refused')), undefined);
  t.is(answers.find(wrapped('a'))?.kind, 'key');
  mock.timers.tick(3_600_000);
  t.is(answers.find(wrapped('a')), undefined);
});
