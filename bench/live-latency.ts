import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { openQueue, openStores } from '../cli/open.ts';
import { runConsumer } from '../cli/run-consumer.ts';
import { objectCreatedBody } from '../consumer/object-created.ts';
import { dayPrefix } from '../schemas/layout.ts';
import { sampleLines } from '../schemas/sample/lines.ts';
import { readSettings } from '../settings.ts';

const EVENTS = 200;
/** Short, as what is asked is what comes on top of it. */
export const FLUSH_AGE_MS = 100;

/** Of an export date that nothing else in the folder has, so that each of its parts is of one event. */
const DAY = { db: 'core', collection: 'toDo', exportDate: '2030-01-02' };
const FOLDER = 'corporate_storage/ucfs_main/2030/01/01/core/toDo/';

/** How long each of some events takes from its announcement to rows in a part, one after the other, ascending, in ms. */
export async function liveLatencies(folder: string): Promise<readonly number[]> {
  const { corporate, published } = await openStores(folder);
  const settings = readSettings();
  const queue = await openQueue(folder);
  const stop = new AbortController();
  const consumer = runConsumer({
    localFolder: folder,
    settings: { ...settings, flush: { ...settings.flush, ageMs: FLUSH_AGE_MS } },
    queue,
    drain: false,
    correlationId: 'bench',
    stop: stop.signal,
    log: () => {},
    onProgress: () => {},
  });
  const latencies: number[] = [];
  try {
    for (let event = 0; event < EVENTS; event++) {
      const key = `${FOLDER}db.core.toDo_0_${event}-${event}.jsonl.gz`;
      const [line] = sampleLines({ topic: 'db.core.toDo', seed: String(event), count: 1 });
      await corporate.put(key, gzipSync(`${line?.text}\n`));
      const announcedMs = performance.now();
      await queue.send([objectCreatedBody([{ key }])]);
      while ((await Array.fromAsync(published.list(dayPrefix('live', DAY)))).length <= event) await pause(1);
      latencies.push(performance.now() - announcedMs);
    }
  } finally {
    stop.abort();
    await consumer;
    await queue.close();
  }
  // The first one waits for the consumer to start.
  return latencies.slice(1).toSorted((a, b) => a - b);
}
