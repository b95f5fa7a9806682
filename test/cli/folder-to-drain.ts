import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { objectCreatedBody } from '../../consumer/object-created.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { writeSampleBucket } from '../../schemas/sample/bucket.ts';
import { localStore } from '../../storage/local-store.ts';
import { temporaryFolder } from './run-cdi.ts';

/** Two hundred records of one day, announced in one message. */
export async function folderToDrain(t: ExecutionContext): Promise<string> {
  const folder = await temporaryFolder(t);
  const keys: string[] = [];
  const corporate = localStore(join(folder, 'corporate'));
  await writeSampleBucket(
    async (key, body) => {
      await corporate.put(key, body);
      keys.push(key);
    },
    { records: 200, days: 1, lastDay: '2026-07-02', seed: '1' },
  );
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  await queue.send([objectCreatedBody(keys.map((key) => ({ key })))]);
  await queue.close();
  return folder;
}
