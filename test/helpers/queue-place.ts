import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { sqliteQueue, type SqliteQueueOptions } from '../../consumer/queue-sqlite.ts';
import type { Queue, QueueMessage } from '../../consumer/queue.ts';

/** An empty folder with an awkward name that is gone after the test. */
export async function newFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi consumer+#🙂 '));
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** An empty queue in a file of its own. */
export async function newQueue(t: ExecutionContext, options: SqliteQueueOptions = {}): Promise<Queue> {
  const queue = sqliteQueue(join(await newFolder(t), 'queue.sqlite'), options);
  t.teardown(() => queue.close());
  return queue;
}

/** Sends the bodies and receives them all. */
export async function sendAndReceive(
  queue: Queue,
  bodies: readonly string[],
  visibilityTimeoutMs = 60_000,
): Promise<QueueMessage[]> {
  await queue.send(bodies);
  const messages: QueueMessage[] = [];
  while (messages.length < bodies.length) {
    messages.push(...(await queue.receive({ max: 10, waitMs: 5_000, visibilityTimeoutMs })));
  }
  return messages;
}
