import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { openReprocessQueue } from '../../cli/open.ts';
import { parseNotification } from '../../consumer/notification.ts';
import { ownEvent } from '../../schemas/own-event.ts';
import { randomFrom } from '../../schemas/sample/random.ts';
import { covers, parseSourceObject, type DataObject } from '../../schemas/source-object.ts';
import { localStore } from '../../storage/local-store.ts';
import { comparable, keysOf, publishedRows, type FoundRow, type PublishedRow } from './published-rows.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

// A bucket of another maker and what must come of it, for whoever has them beside the checkout.
const golden = new URL('../../../shared/golden/bucket/', import.meta.url).pathname;

type Story =
  | 'reprocessed'
  | 'originals are gone'
  | 'live and again'
  | 'events lost'
  | 'unannounced'
  | 'unannounced and gone';

const GENERATION = Date.UTC(2026, 10, 30);

const becomesWhatItMust = test.macro(async (t, story: Story) => {
  t.timeout(180_000);
  const folder = await temporaryFolder(t);
  const corporate = localStore(join(folder, 'corporate'));
  const keys = await keysOf(join(golden, 'corporate'));
  const coalesced = keys.map(parseSourceObject).filter(({ kind }) => kind === 'coalesced') as DataObject[];
  const isGone = story.endsWith('gone');
  let gone = 0;
  for (const key of keys) {
    const object = parseSourceObject(key);
    if (isGone && object.kind === 'original' && coalesced.some((each) => covers(each, object))) {
      gone += 1;
      continue;
    }
    await corporate.put(key, await readFile(join(golden, 'corporate', key)));
  }
  t.is(gone > 0, isGone);
  t.log(`${gone} of ${keys.length} objects are gone`);

  if (story === 'live and again') {
    const queue = await openReprocessQueue(folder);
    await queue.send(keys.map((key) => ownEvent({ key, generation: GENERATION })));
    await queue.close();
  }

  const exportDates = new Set(
    keys.map(parseSourceObject).flatMap((object) => (object.kind === 'other' ? [] : object.exportDate)),
  );
  const [from = '', to = ''] = [[...exportDates].toSorted()[0], [...exportDates].toSorted().at(-1)];
  const reprocess = ['reprocess', 'run', '--local', folder, '--from', from, '--to', to];
  const drain = ['consume', '--local', folder, '--drain'];
  const heal = [...exportDates].map((date) => ['heal', '--local', folder, '--export-date', date]);
  const events = join(folder, 'events.jsonl');
  await writeFile(events, story === 'events lost' ? await someLost(t, keys) : await allEvents());
  const notify = ['notify', '--local', folder, '--events', events];
  const steps: Record<Story, readonly string[][]> = {
    'originals are gone': [notify, drain],
    'live and again': [notify, drain, [...drain, '--reprocess']],
    reprocessed: [
      [...reprocess, '--rate', '1000', '--yes', '--no-wait'],
      [...drain, '--reprocess'],
    ],
    'events lost': [notify, drain, ...heal, drain],
    unannounced: [...heal, drain],
    'unannounced and gone': [...heal, drain],
  };
  for (const words of [...steps[story], ['compact', '--local', folder, '--all']]) {
    const { code, stderr } = await runCdi(words);
    t.is(code, 0, stderr);
  }

  const partial = new Set(Object.values(expectedCounts().partial).flat());
  const rowsOf = async (area: 'changes' | 'exports'): Promise<FoundRow[]> =>
    (await publishedRows(join(folder, 'published'), area)).filter(({ id }) => !partial.has(id));
  const found = await rowsOf('changes');
  t.deepEqual(found.map(comparable).toSorted(), expectedRows('changes').map(comparable).toSorted());
  const snapshot = (await rowsOf('exports')).filter(({ export_date }) => export_date === to);
  t.deepEqual(snapshot.map(current).toSorted(), expectedRows('snapshot').map(current).toSorted());
  const isOfIts = ({ generation }: FoundRow): boolean =>
    story === 'reprocessed'
      ? generation > 0n
      : generation === BigInt(story === 'live and again' ? GENERATION : 0);
  t.true(found.every(isOfIts));
});

if (existsSync(golden)) {
  test.serial(
    'R-404: the golden bucket becomes what it must with every original gone that a coalesced object covers',
    becomesWhatItMust,
    'originals are gone',
  );
  test.serial(
    'so it does when all of it is read again, in the newest generation',
    becomesWhatItMust,
    'live and again',
  );
  test.serial('so it does when nothing was announced, and reprocessed', becomesWhatItMust, 'reprocessed');
  test.serial('so it does when some events were lost, and healed', becomesWhatItMust, 'events lost');
  test.serial('so it does when nothing was announced, and healed', becomesWhatItMust, 'unannounced');
  test.serial(
    'so it does when only coalesced objects are left, and nothing was announced',
    becomesWhatItMust,
    'unannounced and gone',
  );
} else {
  test('there is no golden bucket beside this checkout', (t) => {
    t.log('skipped');
    t.pass();
  });
}

async function allEvents(): Promise<string> {
  return readFile(join(golden, 'events.jsonl'), 'utf8');
}

/** One message of a hundred is lost, of those that alone announce one of these originals. */
async function someLost(t: ExecutionContext, keys: readonly string[]): Promise<string> {
  const random = randomFrom('d');
  const bodies = (await allEvents()).trimEnd().split('\n');
  const announced = bodies.map((body) => originalsAnnounced(body, keys));
  const times = Map.groupBy(announced.flat(), (key) => key);
  const lost = new Set<number>();
  const wanted = Math.max(3, Math.round(bodies.length / 100));
  while (lost.size < wanted) {
    const index = random.below(bodies.length);
    if (announced[index]?.some((key) => times.get(key)?.length === 1)) lost.add(index);
  }
  t.log(`lost: ${[...lost].flatMap((index) => announced[index] ?? []).join(', ')}`);
  return bodies.filter((_, index) => !lost.has(index)).join('\n');
}

function originalsAnnounced(body: string, keys: readonly string[]): string[] {
  const notification = parseNotification(body);
  if (notification.kind !== 'objects') return [];
  const announced = notification.objects.map(({ key }) => key);
  return announced.filter((key) => keys.includes(key) && parseSourceObject(key).kind === 'original');
}

function expectedRows(table: 'changes' | 'snapshot'): PublishedRow[] {
  return gunzipSync(readFileSync(join(golden, `expected/${table}.jsonl.gz`)))
    .toString()
    .trimEnd()
    .split('\n')
    .map((json) => JSON.parse(json) as PublishedRow);
}

function expectedCounts(): { readonly partial: Record<string, readonly string[]> } {
  return JSON.parse(readFileSync(join(golden, 'expected/counts.json'), 'utf8')) as {
    partial: Record<string, readonly string[]>;
  };
}

/** A snapshot is of one date, and those expected name none. */
function current(row: PublishedRow): string {
  return comparable({ ...row, export_date: '' });
}
