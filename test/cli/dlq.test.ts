import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openQueue } from '../../cli/open.ts';
import { objectCreatedBody } from '../../consumer/object-created.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { localStore } from '../../storage/local-store.ts';
import { sourceKey } from '../helpers/rows.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

test('dead letters are listed with their reasons', async (t) => {
  const folder = await folderOfDead(t);
  const letters = JSON.parse((await dlq(folder, 'list')).stdout) as { reason: string; keys: string[] }[];
  t.deepEqual(
    letters.map(({ reason }) => reason),
    ['unparseable', 'missing', 'other', 'other', 'nothing-to-read'],
  );
  t.deepEqual(letters[1]?.keys, [sourceKey('0-19')]);
  t.is((JSON.parse((await dlq(folder, 'list', '--limit', '2')).stdout) as object[]).length, 2);
});

test('those of a reason are sent anew, and no others', async (t) => {
  const folder = await folderOfDead(t);
  t.is((await dlq(folder, 'redrive', '--reason', 'other', '--dry-run')).code, 0);
  t.like(await depth(folder), { visible: 0, dead: 5 });
  const { code, stdout } = await dlq(folder, 'redrive', '--reason', 'other');
  t.is(code, 0);
  t.like(JSON.parse(stdout), [
    { id: '3', result: 'sent' },
    { id: '4', result: 'sent' },
  ]);
  t.like(await depth(folder), { visible: 2, dead: 3 });
  t.is((await dlq(folder, 'redrive', '--all')).code, 0);
  t.like(await depth(folder), { visible: 5, dead: 0 });
});

test('one that is not there fails the command', async (t) => {
  const folder = await folderOfDead(t);
  t.is((await dlq(folder, 'redrive', '--id', '2')).code, 0);
  const { code, stdout } = await dlq(folder, 'redrive', '--id', '2');
  t.is(code, 1);
  t.like(JSON.parse(stdout), [{ id: '2', result: 'missing' }]);
  t.is((await dlq(folder, 'redrive')).code, 2);
  t.deepEqual(JSON.parse((await dlq(folder, 'list', '--queue', 'reprocess')).stdout), []);
});

function dlq(folder: string, ...words: readonly string[]) {
  return runCdi(['dlq', ...words, '--local', folder, '--json']);
}

async function depth(folder: string) {
  const queue = openQueue(folder);
  const depths = await queue.depth();
  await queue.close();
  return depths;
}

/** One of what cannot be read, one of an object that is not there, two of one that is, one of nothing to read. */
async function folderOfDead(t: ExecutionContext): Promise<string> {
  const folder = await temporaryFolder(t);
  const corporate = localStore(join(folder, 'corporate'));
  // The second is there as part of a coalesced one.
  for (const key of [sourceKey('20-39'), sourceKey('40_79')]) await corporate.put(key, Buffer.from('x'));
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'), { maxReceiveCount: 1 });
  const bodies = ['0-19', '20-39', '40-59', '40_79'].map((offsets) =>
    objectCreatedBody([{ key: sourceKey(offsets) }]),
  );
  await queue.send(['not a notification', ...bodies]);
  const options = { max: 10, waitMs: 0, visibilityTimeoutMs: 60_000 };
  const messages = await queue.receive(options);
  await queue.release(
    messages.map(({ receiptHandle }) => receiptHandle),
    { delayMs: 0 },
  );
  await queue.receive(options);
  await queue.close();
  return folder;
}
