import test from 'ava';
import { createCipheriv } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { lineEnd, lineStart, newDataKey } from '../../schemas/sample/envelope.ts';
import { randomFrom } from '../../schemas/sample/random.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { localStore } from '../../storage/local-store.ts';
import { runCdi } from '../cli/run-cdi.ts';
import { objectCreated } from '../helpers/consumer-bench.ts';
import { readParts, readQuarantine } from '../helpers/published.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { sourceKey } from '../helpers/rows.ts';
import { writeBucket } from '../helpers/sample-truth.ts';

/** Text of every document, and of nothing else. */
const marker = 'Zq7canaryMarkerXw2';

/** Documents that cannot become a row, by the reason their records are quarantined with. */
const badDocuments: readonly (readonly [reason: string, document: string | Buffer])[] = [
  ['invalid-date', `{"${marker}":"${marker}","at":"2026-02-30T00:00:00.000Z"}`],
  ['invalid-date', `{"_lastModifiedDateTime":{"$date":"${marker}"}}`],
  ['unsupported-value', `{"${marker}":"${marker} \\ud800"}`],
  ['unsupported-value', `{"${marker}":${'['.repeat(5_000)}"${marker}"${']'.repeat(5_000)}}`],
  ['not-an-object', `["${marker}"]`],
  ['not-an-object', `"${marker}"`],
  ['decrypt-mismatch', `{"a":"${marker}"`],
  ['decrypt-mismatch', `{"${marker}":01}`],
  ['decrypt-mismatch', marker],
  [
    'decrypt-mismatch',
    Buffer.concat([Buffer.from(`{"a":"${marker}`), Buffer.from([0xff]), Buffer.from('"}')]),
  ],
];

function badLine(document: string | Buffer, index: number): string {
  const random = randomFrom(`bad ${index}`);
  const dataKey = newDataKey(random);
  const iv = random.bytes(16);
  const start = lineStart({
    traceId: random.uuid(),
    unitOfWorkId: random.uuid(),
    type: 'MONGO_INSERT',
    idJson: `{"id":"${random.uuid()}"}`,
    source: { db: 'core', collection: 'toDo' },
    lastModifiedJson: '""',
    createdDateTime: undefined,
    removedDateTime: undefined,
    dataKey,
    iv,
    dbObject: createCipheriv('aes-128-ctr', dataKey.key, iv).update(Buffer.from(document)).toString('base64'),
    timestampCreatedFrom: '_lastModifiedDateTime',
    version: '1',
    timestamp: '2026-07-02T09:15:00.123+0000',
  });
  return `${start}${lineEnd(Date.UTC(2026, 6, 2))}\n`;
}

test('R-CANARY: what documents say is found in live parts and nowhere else', async (t) => {
  const folder = await newFolder(t);
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const corporate = localStore(join(folder, 'corporate'));
  const published = localStore(join(folder, 'published'));
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'), { maxReceiveCount: 10 });
  const { events } = await writeBucket({ corporate }, { records: 800, days: 1, faultShare: 0.05, marker });
  const key = sourceKey('0-99');
  await corporate.put(
    key,
    gzipSync(badDocuments.map(([, document], index) => badLine(document, index)).join('')),
  );
  // One event that is skipped and one that cannot be read: both are logged.
  await queue.send([
    ...events,
    objectCreated(key),
    objectCreated('corporate_storage/manifest.txt'),
    'no event',
  ]);
  await queue.close();

  const { code, stdout, stderr } = await runCdi(['consume', '--local', folder, '--drain', '--json'], {
    settings: { CDI_DEBUG: '1', CDI_WORKERS: '2', TMPDIR: temporary },
  });
  t.is(code, 0, stderr);
  for (const event of ['Message:Unparseable', 'Object:Skipped']) t.true(stderr.includes(event), event);

  const rows = (await readParts(published)).flatMap((part) => part.rows);
  t.true(rows.length > 700);
  t.true(
    rows.every(({ val }) => String(val).includes(marker)),
    'the marker is in every row',
  );
  const entries = (await readQuarantine(published)).filter(({ source_object }) => source_object === key);
  t.deepEqual(
    entries.map(({ reason }) => reason),
    badDocuments.map(([reason]) => reason),
  );

  t.deepEqual(namesOf(marker, Buffer.from(stdout)), []);
  t.deepEqual(namesOf(marker, Buffer.from(stderr)), []);
  let searched = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if (path.includes('/live/') && path.endsWith('.orc')) continue;
    const bytes = await readFile(path);
    t.deepEqual(namesOf(marker, bytes), [], path);
    if (path.endsWith('.jsonl.gz')) t.deepEqual(namesOf(marker, inflated(bytes)), [], path);
    searched += 1;
  }
  t.true(searched > events.length);
  t.deepEqual(await readdir(temporary), []);
});

/** In which of its guises the text is in the bytes. */
function namesOf(text: string, bytes: Buffer): string[] {
  const guises: [string, string][] = [
    ['as it is', text],
    ['in UTF-16', Buffer.from(text, 'utf16le').toString('latin1')],
    ['in hex', Buffer.from(text).toString('hex')],
    // Wherever the text begins among three bytes, these characters are the same.
    ...[0, 1, 2].map((shift): [string, string] => [
      'in base64',
      Buffer.from(' '.repeat(shift) + text)
        .toString('base64')
        .slice(4, -6),
    ]),
  ];
  return guises.filter(([, guise]) => bytes.includes(guise, 0, 'latin1')).map(([name]) => name);
}

function inflated(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes;
  }
}
