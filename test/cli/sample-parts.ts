import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageGroups, objectCreatedBody } from '../../consumer/object-created.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { writeSampleBucket } from '../../schemas/sample/bucket.ts';
import { localStore } from '../../storage/local-store.ts';
import { runCdi } from './run-cdi.ts';

/** A folder, for the caller to remove, with parts of ten collections and the export dates 2026-07-02 and -03. */
export async function sampleParts(records = 800): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi compact+#🙂 '));
  const corporate = localStore(join(folder, 'corporate'));
  const files: { key: string }[] = [];
  await writeSampleBucket(
    async (key, body) => {
      await corporate.put(key, body);
      files.push({ key });
    },
    { records, days: 2, lastDay: '2026-07-02', seed: '1', faultShare: 0, replayShare: 0.1 },
  );
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  await queue.send(messageGroups(files).map((group) => objectCreatedBody(group)));
  await queue.close();
  const { code, stderr } = await runCdi(['consume', '--local', folder, '--drain']);
  if (code !== 0) throw new Error(stderr);
  return folder;
}
