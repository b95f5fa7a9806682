import test from 'ava';
import { dynamoPauses } from '../../storage/dynamo-pauses.ts';
import { dynamoRunRegistry } from '../../storage/dynamo-run-registry.ts';
import { openDynamo } from '../helpers/dynamo-server.ts';
import { testPauses } from './pauses-suite.ts';

testPauses(test, async (t) => {
  const dynamo = await openDynamo(t);
  const pauses = dynamoPauses(dynamo.connect(), dynamo.tableName);
  t.teardown(() => pauses.close());
  return pauses;
});

test('a note is neither a run nor a lease', async (t) => {
  const dynamo = await openDynamo(t);
  const runs = dynamoRunRegistry(dynamo.connect(), dynamo.tableName);
  const pauses = dynamoPauses(dynamo.connect(), dynamo.tableName);
  await pauses.note({ holder: 'a', reason: 'out', sinceMs: 1, notedAtMs: 2 });
  t.deepEqual(await runs.list(), []);
  t.deepEqual(await runs.listLeases(), []);
});
