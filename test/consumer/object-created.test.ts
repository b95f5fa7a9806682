import test from 'ava';
import { parseNotification } from '../../consumer/notification.ts';
import { messageGroups, objectCreatedBody } from '../../consumer/object-created.ts';

const keys = [
  'corporate_storage/ucfs_main/2023/07/02/core/toDo/db.core.toDo_0_1-2.jsonl.gz',
  'with space, + plus, # hash, % percent, %2F, a=b&c?d',
  'ünïcode/🙂/e\u0301',
  'quotes \' " and ~!*()[];:@$,',
  'lines\n\r\tand \u2028',
];

test('what is announced is what the consumer reads', (t) => {
  const objects = keys.map((key, index) => ({
    key,
    size: index,
    eTag: `tag ${index}`,
    versionId: `v${index}`,
  }));
  t.deepEqual(parseNotification(objectCreatedBody(objects)), {
    kind: 'objects',
    objects: objects.map((object) => ({
      bucket: 'corporate',
      ...object,
      isOwn: false,
      generation: 0,
      source: 's3',
    })),
    ignored: [],
  });
});

test('what is not known of an object is left out', (t) => {
  t.deepEqual(parseNotification(objectCreatedBody([{ key: 'a b' }])), {
    kind: 'objects',
    objects: [{ bucket: 'corporate', key: 'a b', isOwn: false, generation: 0, source: 's3' }],
    ignored: [],
  });
});

test('keys are encoded as S3 does', (t) => {
  const body = objectCreatedBody([{ key: "a b+c/ü:(it's)~%2F" }]);
  t.true(body.includes('"a+b%2Bc/%C3%BC%3A%28it%27s%29%7E%252F"'));
});

test('R-QSIZE: a message with the longest keys is below the limit of every queue', (t) => {
  const objects = Array.from({ length: 120 }, () => ({
    key: '🙂'.repeat(256),
    size: 0,
    eTag: 'e'.repeat(64),
    versionId: 'v'.repeat(1_024),
  }));
  const groups = messageGroups(objects);
  t.deepEqual(
    groups.map(({ length }) => length),
    [50, 50, 20],
  );
  for (const group of groups) t.true(Buffer.byteLength(objectCreatedBody(group)) < 256 * 1024);
});

test('large objects share a message with few others, and all keep their order', (t) => {
  const sizes = [1, 2, 20 << 20, 20 << 20, 900 << 20, 3];
  const groups = messageGroups(sizes.map((size) => ({ key: String(size), size })));
  t.deepEqual(
    groups.map((group) => group.map(({ size }) => size)),
    [[1, 2, 20 << 20], [20 << 20], [900 << 20], [3]],
  );
  t.deepEqual(messageGroups([]), []);
});
