import test from 'ava';
import { checkedConfig, ConfigError } from '../../infra/config.ts';
import { configOf, environments } from '../../infra/environments.ts';

test('every environment makes sense', (t) => {
  for (const name of Object.keys(environments)) t.notThrows(() => configOf(name));
});

test('one message names everything that is wrong', (t) => {
  const { production } = environments;
  const error = t.throws(
    () =>
      checkedConfig('mine', {
        ...production,
        account: '12',
        image: { repository: 'cdi', tag: 'latest' },
        sourcePrefixes: ['corporate_storage/', 'corporate_storage/ucfs_main/', 'more'],
        publishedBucket: { kind: 'existing', name: 'cdi-production-corporate', keyArn: 'key' },
        keyService: { ...production.keyService, url: 'http://dks' },
        consumer: { ...production.consumer, cpu: 2048, memoryMiB: 2048, minTasks: 50 },
        close: { ...production.close, scratchGiB: 20 },
      }),
    { instanceOf: ConfigError },
  );
  for (const member of [
    'environment mine: account',
    'image.tag',
    'sourcePrefixes must be apart from each other, unlike corporate_storage/ucfs_main/',
    'sourcePrefixes must be folders with their final slash, not more',
    'publishedBucket must be another',
    'publishedBucket.keyArn',
    'keyService.url',
    'consumer.cpu',
    'consumer.maxTasks',
    'close.scratchGiB',
  ]) {
    t.true(error.message.includes(member), `${member} in ${error.message}`);
  }
  t.notRegex(error.message, /\n/);
});

test('an environment that is not there is refused with those that are', (t) => {
  t.throws(() => configOf('prod'), { message: /development or production, not "prod"/ });
  t.throws(() => configOf('toString'), { instanceOf: RangeError });
});
