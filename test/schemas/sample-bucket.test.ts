import { createDecipheriv } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { standaloneKeys } from '../../consumer/keys/standalone-keys.ts';
import { dataKeyCipher } from '../../consumer/record/cipher.ts';
import {
  recordReader,
  type KnownKey,
  type Outcome,
  type WrappedKey,
} from '../../consumer/record/read-record.ts';
import { loadCollections } from '../../schemas/load-collections.ts';
import { writeSampleBucket, type SampleBucketOptions, type SampleDay } from '../../schemas/sample/bucket.ts';
import { sampleLines } from '../../schemas/sample/lines.ts';
import { parseSourceObject, type CollectionName } from '../../schemas/source-object.ts';

const small = { records: 3_000, days: 2, lastDay: '2026-03-01', seed: 'a' } as const;
const faulty = { ...small, faultShare: 0.05, replayShare: 0.2 } as const;

test('the same options give the same bytes, another seed gives others', async (t) => {
  const first = await bucketOf(faulty);
  const again = await bucketOf(faulty);
  const other = await bucketOf({ ...faulty, seed: 'b' });
  t.deepEqual(again, first);
  const bodies = new Set([...first.objects.values()].map((body) => body.toString('hex')));
  t.true([...other.objects.values()].every((body) => !bodies.has(body.toString('hex'))));
});

test('every object is named as the corporate bucket names originals, for its own days', async (t) => {
  const { objects, truth } = await bucketOf(faulty);
  t.is(objects.size, truth.objects);
  const dates = new Set<string>();
  for (const key of objects.keys()) {
    const object = parseSourceObject(key);
    if (object.kind !== 'original') return t.fail(`${key}: ${object.kind}`);
    dates.add(object.sourceDate);
  }
  t.deepEqual([...dates].toSorted(), ['2026-02-28', '2026-03-01']);
});

test('without faults and replays there is one line a record', async (t) => {
  const { truth } = await bucketOf(small);
  t.is(truth.lines, small.records);
  t.is(
    sum(truth.days, ({ rows }) => rows),
    small.records,
  );
  t.is(
    sum(truth.days, ({ distinctRows }) => distinctRows),
    small.records,
  );
});

test('the truth is what the record rules make of the lines, fault by fault', async (t) => {
  const { objects, truth } = await bucketOf(faulty);
  const reader = await lineReader();
  const days = new Map<
    string,
    { rows: number; distinct: Set<string>; quarantined: Record<string, number> }
  >();

  for (const [key, body] of objects) {
    const object = parseSourceObject(key);
    if (object.kind === 'other') return t.fail(key);
    const place = `${object.topicCollection.db}:${object.topicCollection.collection} ${object.exportDate}`;
    const day = days.get(place) ?? { rows: 0, distinct: new Set(), quarantined: {} };
    days.set(place, day);
    const text = unzipped(body);
    if (typeof text === 'string') {
      day.quarantined[text] = (day.quarantined[text] ?? 0) + 1;
      continue;
    }
    for (const line of linesOf(text)) {
      const outcome = await reader(line, object.topicCollection);
      if (outcome.kind === 'row') {
        day.rows += 1;
        day.distinct.add(outcome.fingerprint.join(' '));
      } else if (outcome.kind === 'quarantined') {
        day.quarantined[outcome.reason] = (day.quarantined[outcome.reason] ?? 0) + 1;
      } else t.fail(outcome.kind);
    }
  }

  for (const { collection, exportDate, rows, distinctRows, quarantined } of truth.days) {
    const day = days.get(`${collection} ${exportDate}`);
    t.is(day?.rows, rows, collection);
    t.is(day?.distinct.size, distinctRows, collection);
    t.deepEqual(day?.quarantined, quarantined, collection);
  }
  t.is(days.size, truth.days.length);
  t.true(sum(truth.days, ({ rows, distinctRows }) => rows - distinctRows) > 0, 'replays');
  const reasons = new Set(truth.days.flatMap(({ quarantined }) => Object.keys(quarantined)));
  t.is(reasons.size, 12, 'every reason occurs');
});

test('a marker is in every document and nowhere outside the encryption', async (t) => {
  const marker = 'CANARY7f3a';
  let lines = 0;
  for (const { text } of sampleLines({ count: 50, marker, topic: 'data.businessAudit' })) {
    t.false(text.includes(marker));
    t.true(decrypted(text).includes(marker));
    lines += 1;
  }
  t.is(lines, 50);
});

test('lines can all have the same size', (t) => {
  const sizes = new Set<number>();
  for (const { text } of sampleLines({ count: 500, lineBytes: 1_200 })) {
    sizes.add(Buffer.byteLength(text));
    t.notThrows(() => JSON.parse(decrypted(text)));
  }
  t.deepEqual([...sizes], [1_200]);
});

test('a size that no line fits into is refused', (t) => {
  t.throws(() => [...sampleLines({ count: 1, lineBytes: 100 })], { instanceOf: RangeError });
});

test('a failing put ends the writing with its error', async (t) => {
  const failure = new Error('disk full');
  let puts = 0;
  const failing = writeSampleBucket(() => {
    puts += 1;
    return puts === 3 ? Promise.reject(failure) : Promise.resolve();
  }, small);
  t.is(await t.throwsAsync(failing), failure);
});

async function bucketOf(options: SampleBucketOptions) {
  const objects = new Map<string, Buffer>();
  const truth = await writeSampleBucket(
    async (key, body) => void objects.set(key, Buffer.from(body)),
    options,
  );
  // Objects are put in no particular order.
  return { objects: new Map([...objects].toSorted(([a], [b]) => (a < b ? -1 : 1))), truth };
}

/** Reads one line as the consumer would, resolving data keys as they come up. */
async function lineReader() {
  const service = standaloneKeys();
  const known = new Map<string, KnownKey>();
  const read = recordReader(await loadCollections(), ({ keyId, wrappedKey }) =>
    known.get(keyId + wrappedKey),
  );

  async function learn(key: WrappedKey): Promise<void> {
    const answer = await service.decrypt(key, AbortSignal.timeout(5_000));
    known.set(
      key.keyId + key.wrappedKey,
      answer.kind === 'key'
        ? { kind: 'key', decrypt: dataKeyCipher(answer.key) }
        : { kind: 'refused', reason: answer.reason },
    );
  }

  return async (line: Buffer, topic: CollectionName): Promise<Outcome> => {
    const outcome = read(line, 0, line.length, topic);
    if (outcome.kind !== 'key-needed') return outcome;
    await learn(outcome.key);
    return read(line, 0, line.length, topic);
  };
}

function unzipped(body: Buffer): Buffer | 'not-gzip' | 'truncated-gzip' {
  if (body[0] !== 0x1f) return 'not-gzip';
  try {
    return gunzipSync(body);
  } catch {
    return 'truncated-gzip';
  }
}

function linesOf(text: Buffer): Buffer[] {
  const lines = text.toString('latin1').split('\n');
  if (lines.pop() !== '') throw new Error('no line end after the last line');
  return lines.map((line) => Buffer.from(line, 'latin1'));
}

function decrypted(line: string): string {
  const { dbObject, encryption } = (
    JSON.parse(line) as {
      message: {
        dbObject: string;
        encryption: { encryptedEncryptionKey: string; initialisationVector: string };
      };
    }
  ).message;
  const key = Buffer.from(encryption.encryptedEncryptionKey, 'base64').reverse();
  return createDecipheriv('aes-128-ctr', key, Buffer.from(encryption.initialisationVector, 'base64'))
    .update(Buffer.from(dbObject, 'base64'))
    .toString();
}

function sum(days: readonly SampleDay[], value: (day: SampleDay) => number): number {
  return days.reduce((total, day) => total + value(day), 0);
}
