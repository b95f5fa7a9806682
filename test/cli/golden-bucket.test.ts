import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { openReader } from 'orc-writer-wasm';
import { openReprocessQueue } from '../../cli/open.ts';
import { ownEvent } from '../../schemas/own-event.ts';
import { covers, parseSourceObject, type DataObject } from '../../schemas/source-object.ts';
import { localStore } from '../../storage/local-store.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

// A bucket of another maker and what must come of it, for whoever has them beside the checkout.
const golden = new URL('../../../shared/golden/bucket/', import.meta.url).pathname;

interface GoldenRow {
  readonly export_date: string;
  readonly db: string;
  readonly collection: string;
  readonly id: string;
  readonly id_part: string;
  readonly db_type: string;
  readonly last_modified: string;
  readonly val: string;
}

type FoundRow = GoldenRow & { readonly generation: bigint };

type Story = 'reprocessed' | 'originals are gone' | 'live and again' | 'unannounced' | 'unannounced and gone';

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
    const queue = openReprocessQueue(folder);
    await queue.send(keys.map((key) => ownEvent({ key, generation: GENERATION })));
    await queue.close();
  }

  const settings = { CDI_WORKERS: '1' };
  const exportDates = new Set(
    keys.map(parseSourceObject).flatMap((object) => (object.kind === 'other' ? [] : object.exportDate)),
  );
  const [from = '', to = ''] = [[...exportDates].toSorted()[0], [...exportDates].toSorted().at(-1)];
  const reprocess = ['reprocess', 'run', '--local', folder, '--from', from, '--to', to];
  const announcing =
    story === 'reprocessed'
      ? [[...reprocess, '--rate', '1000', '--yes', '--no-wait']]
      : story.startsWith('unannounced')
        ? [...exportDates].map((date) => ['heal', '--local', folder, '--export-date', date])
        : [['notify', '--local', folder, '--events', join(golden, 'events.jsonl')]];
  const again =
    story === 'live and again' || story === 'reprocessed'
      ? [['consume', '--local', folder, '--drain', '--reprocess']]
      : [];
  for (const words of [
    ...announcing,
    ['consume', '--local', folder, '--drain'],
    ...again,
    ['compact', '--local', folder, '--all'],
  ]) {
    const { code, stderr } = await runCdi(words, { settings });
    t.is(code, 0, stderr);
  }

  const partial = new Set(Object.values(expectedCounts().partial).flat());
  const found = (await changesIn(join(folder, 'published'))).filter(({ id }) => !partial.has(id));
  t.deepEqual(found.map(comparable).toSorted(), expectedChanges().map(comparable).toSorted());
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

async function keysOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** Every row of the changes: each date was compacted once, so there is one version of it. */
async function changesIn(folder: string): Promise<FoundRow[]> {
  const rows: FoundRow[] = [];
  for (const key of await keysOf(folder)) {
    const [, db = '', collection = '', exportDate = ''] =
      /\/changes\/([^/]+)\/([^/]+)\/export_date=([^/]+)\/.*\.orc$/.exec(key) ?? [];
    if (exportDate === '') continue;
    await using reader = await openReader(await readFile(join(folder, key)));
    for await (const row of reader.rows()) {
      rows.push({ ...(row as unknown as FoundRow), db, collection, export_date: exportDate });
    }
  }
  return rows;
}

function expectedChanges(): GoldenRow[] {
  return gunzipSync(readFileSync(join(golden, 'expected/changes.jsonl.gz')))
    .toString()
    .trimEnd()
    .split('\n')
    .map((json) => JSON.parse(json) as GoldenRow);
}

function expectedCounts(): { readonly partial: Record<string, readonly string[]> } {
  return JSON.parse(readFileSync(join(golden, 'expected/counts.json'), 'utf8')) as {
    partial: Record<string, readonly string[]>;
  };
}

function comparable({
  export_date,
  db,
  collection,
  id,
  id_part,
  db_type,
  last_modified,
  val,
}: GoldenRow): string {
  return JSON.stringify([export_date, db, collection, id, id_part, db_type, instant(last_modified), val]);
}

/** In epoch ms; a time without a zone is UTC. */
function instant(time: string): number {
  const text = time.replace(' ', 'T');
  return Date.parse(/Z|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
}
