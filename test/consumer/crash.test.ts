import test, { type ExecutionContext } from 'ava';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import type { Queue } from '../../consumer/queue.ts';
import { areaPrefix } from '../../schemas/layout.ts';
import { randomFrom } from '../../schemas/sample/random.ts';
import { localStore } from '../../storage/local-store.ts';
import type { ObjectStore } from '../../storage/store.ts';
import type { CrashPlace } from '../helpers/consume-in-process.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { expectedTruth, publishedTruth, writeBucket, type AnnouncedBucket } from '../helpers/sample-truth.ts';
import { until } from '../helpers/until.ts';

interface Place extends AnnouncedBucket {
  readonly folder: string;
  readonly published: ObjectStore;
  readonly queue: Queue;
}

/** A folder with a sample bucket, every object of it announced twice. */
async function newPlace(t: ExecutionContext, records: number): Promise<Place> {
  const folder = await newFolder(t);
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  t.teardown(() => queue.close());
  const corporate = localStore(join(folder, 'corporate'));
  const bucket = await writeBucket({ corporate }, { records, faultShare: 0.03, replayShare: 0.1 });
  await queue.send([...bucket.events, ...bucket.events]);
  return { ...bucket, folder, queue, published: localStore(join(folder, 'published')) };
}

async function isAllThereOnce(t: ExecutionContext, place: Place): Promise<void> {
  t.deepEqual(await publishedTruth(place, place.truth.truncated), expectedTruth(place.truth));
  t.like(await place.queue.depth(), { visible: 0, inFlight: 0, delayed: 0, dead: 0 });
}

function startProcess(
  t: ExecutionContext,
  file: string,
  words: readonly string[],
  settings = {},
): ChildProcess {
  const child = spawn(process.execPath, [new URL(file, import.meta.url).pathname, ...words], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

const crashes: readonly (readonly [place: CrashPlace, nth: number])[] = [
  ['after-receive', 1],
  ['before-put', 1],
  ['before-delete', 1],
  ['after-put', 1],
  ['after-receive', 3],
  ['after-delete', 1],
  ['after-put', 3],
  ['before-delete', 2],
  ['before-put', 4],
  ['after-heartbeat', 1],
  ['after-delete', 2],
];

test('R-ORDER: killed before and after every step that others see, the consumer loses nothing', async (t) => {
  t.timeout(60_000);
  const place = await newPlace(t, 1_500);
  let killed = 0;
  for (const [where, nth] of [...crashes, ['nowhere', 1] as const]) {
    const child = startProcess(t, '../helpers/consume-in-process.ts', [place.folder, where, String(nth)]);
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    if (signal === 'SIGKILL') killed += 1;
    else t.is(code, 0, `${where} ${nth}`);
  }
  t.true(killed >= crashes.length - 2, `killed ${killed} times`);
  await isAllThereOnce(t, place);
});

test('R-ORDER: cdi consume, killed at ten random moments and started again, loses nothing', async (t) => {
  t.timeout(60_000);
  const place = await newPlace(t, 3_000);
  const random = randomFrom('moments');
  const settings = {
    CDI_VISIBILITY_TIMEOUT_MS: '1000',
    CDI_WORKERS: '1',
    CDI_FLUSH_ROWS: '80',
    CDI_FLUSH_AGE_MS: '300',
    CDI_IN_FLIGHT_BYTES: '40000',
  };
  const consume = () =>
    startProcess(t, '../../cli/main.ts', ['consume', '--local', place.folder, '--drain', '--json'], settings);
  let killed = 0;
  for (let round = 0; round < 10; round++) {
    const before = await countParts(place);
    const child = consume();
    let isOver = false;
    child.once('exit', () => (isOver = true));
    // Every run gets somewhere, or else all of them would be killed while they start.
    await until(async () => isOver || (await countParts(place)) > before, 15_000);
    await sleep(random.below(120));
    if (isOver) break;
    child.kill('SIGKILL');
    await once(child, 'exit');
    killed += 1;
  }
  t.true(killed >= 8, `killed ${killed} times`);

  const child = consume();
  const output = child.stdout === null ? '' : await text(child.stdout);
  t.like(JSON.parse(output), { deadLetters: 0, messages: { held: 0 } });
  await isAllThereOnce(t, place);
});

async function countParts({ published }: Place): Promise<number> {
  return (await Array.fromAsync(published.list(areaPrefix('live')))).length;
}
