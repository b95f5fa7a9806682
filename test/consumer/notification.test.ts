import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { parseNotification } from '../../consumer/notification.ts';
import type { AnnouncedObject } from '../../consumer/notification.ts';

const key = 'corporate_storage/ucfs_main/2023/07/02/core/toDo/db.core.toDo_0_1-2.jsonl.gz';
const s3Object = {
  key,
  size: 4932,
  eTag: '3ef537caafffd3443be98cb6437cff93',
  sequencer: '0055AED6DCD90281E5',
};

function record(members: object = {}, object: object = {}) {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { s3SchemaVersion: '1.0', bucket: { name: 'corporate' }, object: { ...s3Object, ...object } },
    ...members,
  };
}

function eventBridge(members: object = {}, object: object = {}) {
  const { eTag: etag, ...rest } = s3Object;
  return {
    version: '0',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    detail: {
      version: '0',
      bucket: { name: 'corporate' },
      object: { ...rest, etag, ...object },
      reason: 'PutObject',
    },
    ...members,
  };
}

const s3 = (...records: unknown[]) => ({ Records: records });
const sns = (event: unknown) => ({ Type: 'Notification', TopicArn: 'arn:t', Message: JSON.stringify(event) });
const testEvent = {
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2023-07-02T00:00:00.000Z',
  Bucket: 'corporate',
};
const announced: AnnouncedObject = {
  bucket: 'corporate',
  ...s3Object,
  isOwn: false,
  generation: 0,
  source: 's3',
};

const reads = test.macro({
  exec(t, event: unknown, objects: AnnouncedObject[]) {
    t.deepEqual(parseNotification(JSON.stringify(event)), { kind: 'objects', objects, ignored: [] });
  },
  title: (claim) => claim ?? '',
});

test("S3's own event is read", reads, s3(record()), [announced]);
test('every record is read', reads, s3(record(), record({}, { key: 'b' }), record()), [
  announced,
  { ...announced, key: 'b' },
  announced,
]);
test('an SNS-wrapped event is read', reads, sns(s3(record())), [{ ...announced, source: 'sns' }]);
test('an EventBridge event is read', reads, eventBridge(), [{ ...announced, source: 'eventbridge' }]);
test('an SNS-wrapped EventBridge event is read', reads, sns(eventBridge()), [
  { ...announced, source: 'sns' },
]);
test(
  'any version 2.x is read',
  reads,
  s3(record({ eventVersion: '2.0' }), record({ eventVersion: '2.17' })),
  [announced, announced],
);
test('multipart uploads and copies create too', reads, s3(record({ eventName: 'ObjectCreated:Copy' })), [
  announced,
]);
test('the prefix of other stores is understood', reads, s3(record({ eventName: 's3:ObjectCreated:Put' })), [
  announced,
]);
test('versions are read', reads, s3(record({}, { versionId: 'null' })), [
  { ...announced, versionId: 'null' },
]);
test("EventBridge's versions are read", reads, eventBridge({}, { 'version-id': 'v.1' }), [
  { ...announced, versionId: 'v.1', source: 'eventbridge' },
]);
test('quotes around an eTag are dropped', reads, s3(record({}, { eTag: `"${s3Object.eTag}"` })), [announced]);
test(
  'an event of our own gives the generation of every record',
  reads,
  { ...s3(record(), record({}, { key: 'b' })), cdi: { generation: 1_700_000_000_000, mode: 'merge' } },
  [
    { ...announced, isOwn: true, generation: 1_700_000_000_000 },
    { ...announced, key: 'b', isOwn: true, generation: 1_700_000_000_000 },
  ],
);
test(
  'an event of our own may be of the live generation',
  reads,
  { ...s3(record()), cdi: { generation: 0 } },
  [{ ...announced, isOwn: true }],
);
test(
  'only what is beside the records makes an event our own',
  reads,
  s3(record({ cdi: { generation: 7 } })),
  [announced],
);
test(
  'members an event may lack are left out',
  reads,
  s3(record({}, { size: undefined, eTag: '', versionId: null, sequencer: undefined })),
  [{ bucket: 'corporate', key, isOwn: false, generation: 0, source: 's3' }],
);
test("S3's own keys are form-encoded", reads, s3(record({}, { key: 'a+b%2Bc%23/%F0%9F%98%80%25+é/%3D' })), [
  { ...announced, key: 'a b+c#/😀% é/=' },
]);
test("EventBridge's keys are plain", reads, eventBridge({}, { key: 'a+b%2Bc#/😀% /%' }), [
  { ...announced, key: 'a+b%2Bc#/😀% /%', source: 'eventbridge' },
]);

test('R-QSIZE: a body of 64 KB is read', (t) => {
  const records = Array.from({ length: 140 }, (_, n) => record({}, { key: `${n}/${'k'.repeat(250)}` }));
  const body = JSON.stringify(s3(...records));
  t.true(body.length > 64 * 1024);
  const notification = parseNotification(body);
  t.is(notification.kind === 'objects' && notification.objects.length, 140);
});

test('removals are ignored and told', (t) => {
  const removed = record({ eventName: 'ObjectRemoved:Delete' }, { key: 'a+b' });
  t.deepEqual(parseNotification(JSON.stringify(s3(removed, record()))), {
    kind: 'objects',
    objects: [announced],
    ignored: [{ eventName: 'ObjectRemoved:Delete', key: 'a b' }],
  });
  t.deepEqual(parseNotification(JSON.stringify(eventBridge({ 'detail-type': 'Object Deleted' }))), {
    kind: 'objects',
    objects: [],
    ignored: [{ eventName: 'Object Deleted', key }],
  });
});

test('the test event is recognised, wrapped or not', (t) => {
  t.deepEqual(parseNotification(JSON.stringify(testEvent)), { kind: 'test' });
  t.deepEqual(parseNotification(JSON.stringify(sns(testEvent))), { kind: 'test' });
});

const refuses = test.macro({
  exec(t, event: unknown, reason: string) {
    const body = typeof event === 'string' ? event : JSON.stringify(event);
    t.deepEqual(parseNotification(body), { kind: 'unparseable', reason });
  },
  title: (claim) => `R-NODROP: ${claim} is unparseable`,
});

test('an empty body', refuses, '', 'body is not JSON');
test('text', refuses, 'secret', 'body is not JSON');
test('a body cut short', refuses, JSON.stringify(s3(record())).slice(0, -1), 'body is not JSON');
test('a list', refuses, [record()], 'body is not an object');
test('null', refuses, 'null', 'body is not an object');
test('an empty object', refuses, {}, 'no records');
test('an event without records', refuses, s3(), 'no records');
test('a record that is null', refuses, s3(null), 'Records[0] is not an object');
test('version 1', refuses, s3(record({ eventVersion: '1.0' })), 'Records[0].eventVersion is not 2.x');
test('version 20', refuses, s3(record({ eventVersion: '20.1' })), 'Records[0].eventVersion is not 2.x');
test(
  'version 3 in the second record',
  refuses,
  s3(record(), record({ eventVersion: '3.0' })),
  'Records[1].eventVersion is not 2.x',
);
test('no event name', refuses, s3(record({ eventName: undefined })), 'Records[0].eventName is not a text');
test('no key', refuses, s3(record({}, { key: undefined })), 'Records[0].s3.object.key is not a text');
test('an empty key', refuses, s3(record({}, { key: '' })), 'Records[0].s3.object.key is not a text');
test('no bucket', refuses, s3(record({ s3: { object: s3Object } })), 'Records[0].s3.bucket is not an object');
test(
  'half an escape',
  refuses,
  s3(record({}, { key: '100%' })),
  'Records[0].s3.object.key is not form-encoded UTF-8',
);
test(
  'an escape in other digits',
  refuses,
  s3(record({}, { key: '%zz' })),
  'Records[0].s3.object.key is not form-encoded UTF-8',
);
test(
  'an overlong escape',
  refuses,
  s3(record({}, { key: '%C0%AF' })),
  'Records[0].s3.object.key is not form-encoded UTF-8',
);
test(
  'half a surrogate pair',
  refuses,
  s3(record({}, { key: '\uD83D' })),
  'Records[0].s3.object.key is not Unicode',
);
test(
  'a negative size',
  refuses,
  s3(record({}, { size: -1 })),
  'Records[0].s3.object.size is not a whole number',
);
for (const generation of [undefined, null, '1', 1.5, -1, 1e15, [7]]) {
  test(
    `the generation ${JSON.stringify(generation)}`,
    refuses,
    { ...s3(record()), cdi: { generation } },
    'cdi.generation is no generation',
  );
}
for (const cdi of [null, 1, 'x', []]) {
  test(`cdi that is ${JSON.stringify(cdi)}`, refuses, { ...s3(record()), cdi }, 'cdi is not an object');
}
test('an SNS confirmation', refuses, { Type: 'SubscriptionConfirmation' }, 'an SNS message of another type');
test(
  'an SNS message without a text',
  refuses,
  { Type: 'Notification', Message: s3(record()) },
  'Message is not a text',
);
test('an SNS message of text', refuses, { Type: 'Notification', Message: 'secret' }, 'Message is not JSON');
test('SNS within SNS', refuses, sns(sns(s3(record()))), 'no records');
test(
  'an EventBridge event of another service',
  refuses,
  eventBridge({ source: 'aws.ec2' }),
  'an EventBridge event of another source',
);
test(
  'an EventBridge event without a detail',
  refuses,
  eventBridge({ detail: undefined }),
  'detail is not an object',
);

// Events of another maker, for whoever has them beside the checkout.
const golden = new URL('../../../shared/golden/bucket/events.jsonl', import.meta.url);
if (existsSync(golden)) {
  test('the golden events are read', (t) => {
    const bodies = readFileSync(golden, 'utf8').split('\n').filter(Boolean);
    const notifications = bodies.map(parseNotification);
    t.is(notifications.filter(({ kind }) => kind === 'unparseable').length, 0);
    const sources = new Set(
      notifications.flatMap((n) => (n.kind === 'objects' ? n.objects.map((o) => o.source) : [])),
    );
    t.deepEqual([...sources].toSorted(), ['eventbridge', 's3', 'sns']);
  });
}
