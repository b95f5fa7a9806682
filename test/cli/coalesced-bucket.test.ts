import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import test from 'ava';
import { objectCreatedBody } from '../../consumer/object-created.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { writeSampleBucket } from '../../schemas/sample/bucket.ts';
import { coveringPrefix, type DataObject } from '../../schemas/source-object.ts';
import { localStore } from '../../storage/local-store.ts';
import { dataObject } from '../helpers/rows.ts';
import { comparable, publishedRows } from './published-rows.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

/** Bodies by key. */
type Bucket = ReadonlyMap<string, Uint8Array>;

const FROM = '2026-07-01';
const TO = '2026-07-03';

test('a bucket that the coalescer has been through gives the tables of one that was announced', async (t) => {
  t.timeout(180_000);
  const { dumped, replays } = await dumpedBucket();
  const { bucket, gone, copies } = coalescedBucket(dumped);
  t.log(
    `${dumped.size} originals, ${replays} replayed after midnight, ${gone} gone, ${copies} second copies`,
  );
  t.true(replays > 5 && gone > 10 && copies > 2);

  const [announced, healed, reprocessed] = await Promise.all(
    [dumped, bucket, bucket].map(async (objects) => {
      const folder = await temporaryFolder(t);
      const corporate = localStore(join(folder, 'corporate'));
      for (const [key, body] of objects) await corporate.put(key, body);
      return folder;
    }),
  );
  if (announced === undefined || healed === undefined || reprocessed === undefined) return t.fail();
  const queue = sqliteQueue(join(announced, 'state', 'queue.sqlite'));
  await queue.send([...dumped.keys()].map((key) => objectCreatedBody([{ key }])));
  await queue.close();
  const reprocess = ['reprocess', 'run', '--from', FROM, '--to', TO, '--rate', '1000', '--yes', '--no-wait'];
  const heals = [FROM, '2026-07-02', TO].map((date) => ['heal', '--export-date', date]);
  const [expected, ofHeal, ofReprocess] = await Promise.all([
    tablesAfter(announced, [['consume', '--drain']]),
    tablesAfter(healed, [...heals, ['consume', '--drain']]),
    tablesAfter(reprocessed, [reprocess, ['consume', '--drain', '--reprocess']]),
  ]);
  t.true(expected.changes.some((row) => row.includes('"DELETE"')));
  t.true(expected.exports.length > 100);
  t.deepEqual(ofHeal, expected);
  t.deepEqual(ofReprocess, expected);
});

/** What the Kafka dump leaves: some originals are written again later that day, or cut otherwise after midnight. */
async function dumpedBucket(): Promise<{ dumped: Bucket; replays: number }> {
  const bucket = new Map<string, Uint8Array>();
  const put = async (key: string, body: Uint8Array): Promise<unknown> => bucket.set(key, body);
  await writeSampleBucket(put, {
    records: 2_000,
    days: 3,
    lastDay: '2026-07-02',
    seed: '5',
    replayShare: 0.2,
  });
  const made = bucket.size;
  const pairs = byPlace(bucket.keys()).flatMap((originals) =>
    originals.map((first, index) => [first, originals[index + 1]] as const),
  );
  for (const [first, second] of pairs) {
    if (second?.from !== first.to + 1n || first.sourceDate === '2026-07-02') continue;
    const before = linesOf(bucket, first).slice(-2);
    const after = linesOf(bucket, second).slice(0, 1);
    const offsets = `${first.to - BigInt(before.length) + 1n}-${second.from}`;
    const folder = first.folder.replace(
      first.sourceDate.replaceAll('-', '/'),
      first.exportDate.replaceAll('-', '/'),
    );
    const key = `${folder}${first.topic}_${first.partition}_${offsets}.jsonl.gz`;
    bucket.set(key, gzipSync([...before, ...after].map(putAfterMidnight).join('')));
  }
  return { dumped: bucket, replays: bucket.size - made };
}

/** What the coalescer makes of it, with all that happens to it when it is killed or comes late. */
function coalescedBucket(dumped: Bucket): { bucket: Bucket; gone: number; copies: number } {
  const bucket = new Map(dumped);
  let gone = 0;
  let copies = 0;
  for (const [index, originals] of byPlace(dumped.keys()).entries()) {
    // One that comes late stays as it is.
    const members = index % 4 === 0 ? originals.slice(0, -1) : originals;
    const [first, last] = [members[0], members.at(-1)];
    if (first === undefined || last === undefined || members.length < 2) continue;
    const key = `${coveringPrefix(first)}${first.from}_${last.to}.jsonl.gz`;
    const body = Buffer.concat(members.map((member) => dumped.get(member.key) ?? Buffer.alloc(0)));
    bucket.set(key, body);
    if (index % 4 === 1) {
      copies += 1;
      bucket.set(`${key}.2`, body);
    }
    // Killed before it deleted anything.
    if (index % 4 === 2) continue;
    for (const member of members) bucket.delete(member.key);
    gone += members.length;
  }
  return { bucket, gone, copies };
}

/** The originals of each folder, topic and partition, by their first offset as the coalescer sorts them. */
function byPlace(keys: Iterable<string>): DataObject[][] {
  const places = Map.groupBy([...keys].toSorted().map(dataObject), coveringPrefix);
  return [...places.values()].map((objects) => objects.toSorted((a, b) => Number(a.from - b.from)));
}

function linesOf(bucket: Bucket, { key }: DataObject): string[] {
  return gunzipSync(bucket.get(key) ?? gzipSync(''))
    .toString()
    .split(/(?<=\n)/);
}

function putAfterMidnight(line: string): string {
  return line.replace(/"put_time":"[^"]*"/, '"put_time":"2026-07-01T00:00:07.000"');
}

interface Tables {
  readonly changes: readonly string[];
  readonly exports: readonly string[];
}

async function tablesAfter(folder: string, steps: readonly string[][]): Promise<Tables> {
  for (const [command = '', ...options] of [...steps, ['compact', '--all']]) {
    const { code, stderr } = await runCdi([command, ...options, '--local', folder], {
      settings: { CDI_WORKERS: '1' },
    });
    if (code !== 0) throw new Error(stderr);
  }
  const [changes, exports] = await Promise.all(
    (['changes', 'exports'] as const).map(async (area) =>
      (await publishedRows(join(folder, 'published'), area)).map(comparable).toSorted(),
    ),
  );
  return { changes: changes ?? [], exports: exports ?? [] };
}
