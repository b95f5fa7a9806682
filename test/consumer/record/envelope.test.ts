import test from 'ava';
import { collectionsOf } from '../../../schemas/collection.ts';
import { asExpected, lineReader } from '../../helpers/read-line.ts';
import { recordLine, type LineParts } from '../../helpers/record-line.ts';

const readLine = lineReader();
const never = '"_lastModifiedDateTime":{"d_date":"1980-01-01T00:00:00.000Z"}';

test('a good envelope becomes a row', (t) => {
  t.deepEqual(asExpected(readLine(recordLine())), {
    db: 'core',
    collection: 'contract',
    id: '{"id":"ab12"}',
    id_part: 'ab',
    db_type: 'INSERT',
    last_modified: '2023-07-02T09:15:00.123Z',
    val: `{${never}}`,
  });
});

const needs = test.macro({
  exec(t, field: string, parts: (value: unknown) => LineParts, detail: string) {
    for (const value of [undefined, null, '', 0, 1, true, [], ['x'], field.includes('.') ? {} : 'x']) {
      const read = readLine(recordLine(parts(value)));
      t.like(read, { kind: 'quarantined', reason: 'missing-field', detail }, JSON.stringify(value));
    }
  },
  title: (_, field: string) => `missing-field: ${field} is absent, null, empty or of another type`,
});
test(needs, 'message', (value) => ({ root: { message: value } }), 'message is missing or no object');
test(
  needs,
  'encryption',
  (value) => ({ message: { encryption: value } }),
  'message.encryption is missing or empty',
);
for (const field of ['keyEncryptionKeyId', 'encryptedEncryptionKey', 'initialisationVector']) {
  test(
    needs,
    `encryption.${field}`,
    (value) => ({ encryption: { [field]: value } }),
    `message.encryption.${field} is missing or empty`,
  );
}
test(
  needs,
  'message.dbObject',
  (value) => ({ message: { dbObject: value } }),
  'message.dbObject is missing or empty',
);

test('missing-field: there is no _id', (t) => {
  t.like(readLine(recordLine({ message: { _id: undefined } })), {
    reason: 'missing-field',
    detail: 'message._id is missing or empty',
  });
});

test('missing-field: the line is no object', (t) => {
  for (const line of ['null', '5', '"x"', '[]', '{}', '{"message":null}', '[{"message":{}}]']) {
    t.deepEqual(asExpected(readLine(line)), { quarantine: 'missing-field' }, line);
  }
});

test('an empty encryption lacks its first field', (t) => {
  t.like(readLine(recordLine({ message: { encryption: {} } })), {
    reason: 'missing-field',
    detail: 'message.encryption.keyEncryptionKeyId is missing or empty',
  });
});

test('encryption may have more members than it needs', (t) => {
  for (const encryption of [{ encryptionKeyId: '7b1f0c1e' }, { encryptionKeyId: null, extra: ['x'] }]) {
    t.is(readLine(recordLine({ encryption })).kind, 'row');
  }
});

test('the last of fields that occur twice counts', (t) => {
  const line = recordLine().replace('"db":"core"', '"db":"other","db":"core"');
  t.like(asExpected(readLine(line)), { db: 'core' });
  const broken = recordLine().replace('"dbObject":', '"dbObject":null,"dbObject":');
  t.is(readLine(broken).kind, 'row');
});

test('field names may be spelled with escapes', (t) => {
  const line = recordLine()
    .replace('"message"', String.raw`"\u006dessage"`)
    .replace('"dbObject"', String.raw`"db\u004fbject"`)
    .replace('"initialisationVector"', String.raw`"initialisation\u0056ector"`);
  t.is(readLine(line).kind, 'row');
});

test('slashes in base64 may be escaped', (t) => {
  const document = JSON.stringify({ text: 'x'.repeat(500) });
  const line = recordLine({ document });
  t.true(line.includes('/'));
  t.deepEqual(asExpected(readLine(line.replaceAll('/', String.raw`\/`))), asExpected(readLine(line)));
});

const belongsTo = test.macro({
  exec(t, message: object, topic: string, db: string, collection: string) {
    const document = '{}';
    t.like(asExpected(readLine(recordLine({ document, message }), topic)), { db, collection });
  },
  title: (claim) => `the collection ${claim}`,
});
const contract = 'db.core.contract';
test(
  'comes from the envelope, whatever the topic',
  belongsTo,
  {},
  'db.agent-core.agentToDo',
  'core',
  'contract',
);
test(
  'keeps its hyphens and dots',
  belongsTo,
  { db: 'agent-core', collection: 'a.b' },
  contract,
  'agent-core',
  'a.b',
);
for (const blank of [undefined, null, '', 5, {}, ['x']]) {
  const value = JSON.stringify(blank);
  test(
    `takes its db from the topic if the envelope has ${value}`,
    belongsTo,
    { db: blank, collection: 'statement' },
    'db.agent-core.agentToDo',
    'agent-core',
    'statement',
  );
  test(
    `takes its name from the topic if the envelope has ${value}`,
    belongsTo,
    { db: 'core', collection: blank },
    'db.agent-core.agentToDo',
    'core',
    'agentToDo',
  );
}
test(
  'of topics without db. in front is found too',
  belongsTo,
  { db: undefined, collection: undefined },
  'data.equality',
  'data',
  'equality',
);
test(
  'has any name, spaces and owls included',
  belongsTo,
  { db: 'a b+c#', collection: '🦉/../x' },
  contract,
  'a b+c#',
  '🦉/../x',
);

test('every line says anew which collection it is of', (t) => {
  const names = [
    { db: 'core', collection: 'contract' },
    { db: 'core', collection: 'statement' },
    { db: undefined, collection: 'statement' },
    { db: undefined, collection: undefined },
    { db: 'core', collection: undefined },
    { db: 'corecontract', collection: undefined },
    { db: 'c', collection: 'orecontract' },
  ];
  for (const first of names) {
    for (const second of names) {
      for (const topic of ['db.core.contract', 'db.agent-core.agentToDo']) {
        const expected = asExpected(lineReader()(recordLine({ message: second }), topic));
        readLine(recordLine({ message: first }), topic);
        t.deepEqual(asExpected(readLine(recordLine({ message: second }), topic)), expected);
      }
    }
  }
});

const isNoName = test.macro({
  exec(t, names: { db?: string; collection?: string }) {
    const line = recordLine({ message: names }).replaceAll('LONE', String.raw`\ud800`);
    for (const topic of ['db.core.contract', 'db.agent-core.agentToDo']) {
      t.like(readLine(line, topic), {
        reason: 'unsupported-value',
        collection: topic.slice(3).replace('.', ':'),
      });
      t.is(readLine(recordLine(), topic).kind, 'row', 'the next line is read');
      t.like(readLine(line, topic), { reason: 'unsupported-value' });
      t.is(readLine(recordLine({ message: { db: undefined } }), topic).kind, 'row');
    }
  },
  title: (claim) => `unsupported-value: ${claim}, in the collection of the topic`,
});
test('a db that is no Unicode text', isNoName, { db: 'LONE' });
test('a collection that is no Unicode text', isNoName, { collection: 'xLONE' });
test('a db too long for a key', isNoName, { db: 'x'.repeat(300) });
test('a collection too long for a key', isNoName, { collection: '🦉'.repeat(50) });

const isOf = test.macro({
  exec(t, parts: LineParts, lastModified: string) {
    t.like(asExpected(readLine(recordLine(parts))), { last_modified: lastModified });
  },
  title: (claim) => `the version ${claim}`,
});
const [queued, modified, created, own] = ['2021', '2022', '2023', '2024'].map(
  (year) => `${year}-05-06T07:08:09.012Z`,
) as [string, string, string, string];
const all: LineParts = {
  root: { timestamp: queued },
  message: { _lastModifiedDateTime: modified, createdDateTime: created },
  document: `{"_lastModifiedDateTime":"${own}"}`,
};
const withMessage = (message: object, root: object = {}): LineParts => ({
  ...all,
  root: { ...all.root, ...root },
  message: { ...all.message, ...message },
});
test('is when the record was modified', isOf, all, modified);
test('of a delete is when it was queued', isOf, withMessage({ '@type': 'MONGO_DELETE' }), queued);
test(
  'of a delete that was queued at no time is when the record was modified',
  isOf,
  withMessage({ '@type': 'MONGO_DELETE' }, { timestamp: null }),
  modified,
);
test(
  'of a delete that was queued at a time that is none is when the record was modified',
  isOf,
  withMessage({ '@type': 'MONGO_DELETE' }, { timestamp: 'noon' }),
  modified,
);
for (const type of [
  'MONGO_INSERT',
  'MONGO_UPDATE',
  'mongo_delete',
  'MONGO_DELETED',
  '',
  null,
  undefined,
  5,
]) {
  test(
    `of a ${JSON.stringify(type)} is not when it was queued`,
    isOf,
    withMessage({ '@type': type }),
    modified,
  );
}
for (const blank of [
  undefined,
  null,
  '',
  'yesterday',
  '2022-02-30T00:00:00.000Z',
  1577836800000,
  [modified],
  {},
  { $date: null },
  { $date: 'x' },
]) {
  const value = JSON.stringify(blank);
  test(
    `is when the record was created, if it was modified at ${value}`,
    isOf,
    withMessage({ _lastModifiedDateTime: blank }),
    created,
  );
  test(
    `is the document's own, if the envelope has ${value}`,
    isOf,
    withMessage({ _lastModifiedDateTime: blank, createdDateTime: blank }),
    own,
  );
}
test('may be a mongo date', isOf, withMessage({ _lastModifiedDateTime: { $date: modified } }), modified);
test(
  'may have any accepted form',
  isOf,
  withMessage({ _lastModifiedDateTime: '2022-05-06T08:08:09.0129+01:00' }),
  modified,
);
test(
  "is the document's own after its rules",
  isOf,
  {
    document: `{"_removedDateTime":{"$date":"${own}"},"_lastModifiedDateTime":""}`,
    message: { _lastModifiedDateTime: null },
  },
  own,
);
test(
  'is 1980 when nobody says',
  isOf,
  { message: { _lastModifiedDateTime: null } },
  '1980-01-01T00:00:00.000Z',
);

const readIn = (deleteRule: 'any-sign' | 'document') =>
  lineReader({ findCollection: collectionsOf([{ db: 'core', collection: 'contract', deleteRule }]) });
const rules = { 'any-sign': readIn('any-sign'), document: readIn('document') };

const isDelete = test.macro({
  exec(t, parts: LineParts, anySign: boolean, document: boolean) {
    for (const [rule, expected] of [['any-sign', anySign] as const, ['document', document] as const]) {
      t.like(asExpected(rules[rule](recordLine(parts))), { db_type: expected ? 'DELETE' : 'INSERT' }, rule);
    }
  },
  title: (claim, _, anySign: boolean, document: boolean) =>
    `${claim} is ${anySign ? (document ? 'a delete' : 'a delete, unless only the document counts') : 'no delete'}`,
});
const date = '2023-07-02T09:15:00.123+0000';
test('a plain record', isDelete, {}, false, false);
test('a document with a removed date', isDelete, { document: `{"_removedDateTime":"${date}"}` }, true, true);
test(
  'a document whose removed date is null',
  isDelete,
  { document: '{"_removedDateTime":null}' },
  true,
  true,
);
test('a document whose removed date is empty', isDelete, { document: '{"_removedDateTime":""}' }, true, true);
test(
  'a document with an archived date',
  isDelete,
  { document: `{"_archivedDateTime":"${date}"}` },
  false,
  false,
);
test(
  'a document with a removed date further down',
  isDelete,
  { document: `{"a":{"_removedDateTime":"${date}"}}` },
  false,
  false,
);
test('a MONGO_DELETE', isDelete, { message: { '@type': 'MONGO_DELETE' } }, true, false);
test('an envelope with a removed date', isDelete, { message: { _removedDateTime: date } }, true, false);
test(
  'an envelope whose removed date is any text',
  isDelete,
  { message: { _removedDateTime: 'x' } },
  true,
  false,
);
for (const blank of [null, '', 0, {}, { $date: date }]) {
  test(
    `an envelope whose removed date is ${JSON.stringify(blank)}`,
    isDelete,
    { message: { _removedDateTime: blank } },
    false,
    false,
  );
}
test(
  'a removed date outside the message',
  isDelete,
  { root: { _removedDateTime: date, '@type': 'MONGO_DELETE' } },
  false,
  false,
);

const known = test.macro({
  exec(t, db: string, collection: string, expected: string) {
    t.like(
      asExpected(
        readLine(
          recordLine({
            document: '{"context":{},"auditType":"x"}',
            message: { '@type': 'MONGO_DELETE', db, collection },
          }),
        ),
      ),
      { db_type: expected },
    );
  },
  title: (_, db: string, collection: string, expected: string) =>
    `a MONGO_DELETE of ${db}:${collection} is ${expected}`,
});
test(known, 'calculator', 'calculationParts', 'INSERT');
test(known, 'calculator', 'calculationPartsX', 'DELETE');
test(known, 'core', 'contract', 'DELETE');
