import { writeFileSync } from 'node:fs';
import type { ExpectedRow } from './read-line.ts';
import { encrypt, recordLine, wrap, type LineParts } from './record-line.ts';

/**
 * `test/fixtures/records.jsonl`: lines and what must become of them, in the form of the golden records. What is
 * expected was written by hand. Run this file to write the fixture again.
 */
export function fixtureRecords(): string {
  return cases
    .map(({ topic, line, expect }, n) => `${JSON.stringify({ n, topic, line: line(n), expect })}\n`)
    .join('');
}

interface Case {
  readonly topic: string;
  readonly line: (n: number) => string;
  readonly expect: ExpectedRow | { readonly quarantine: string };
}

const contract = 'db.core.contract';
const audit = 'data.businessAudit';
const never = '"_lastModifiedDateTime":{"d_date":"1980-01-01T00:00:00.000Z"}';

/** The row of a line that is good but for what a case changes in it. */
const usual: ExpectedRow = {
  db: 'core',
  collection: 'contract',
  id: '{"id":"ab12"}',
  id_part: 'ab',
  db_type: 'INSERT',
  last_modified: '2023-07-02T09:15:00.123Z',
  val: `{${never}}`,
};

/** Keys of the three lengths take turns. */
function encrypted(parts: LineParts, n: number): string {
  const key = Buffer.alloc(16 + 8 * (n % 3), `key ${n % 7} `);
  return recordLine({
    ...parts,
    message: { dbObject: encrypt(parts.document ?? '{}', key), ...parts.message },
    encryption: { encryptedEncryptionKey: wrap(key), ...parts.encryption },
  });
}

function row(parts: LineParts, expected: Partial<ExpectedRow>, topic = contract): Case {
  return { topic, line: (n) => encrypted(parts, n), expect: { ...usual, ...expected } };
}

/** A document and its val without the last-modified date of a document that has none. */
function val(document: string, before: string, after = '', message: object = {}): Case {
  const text = [before, never, after].filter((part) => part !== '').join();
  return row({ document, message }, { val: `{${text}}` });
}

function id(idJson: string, text: string, part: string): Case {
  const line = (n: number) => encrypted({ message: { _id: 'ID' } }, n).replace('"ID"', () => idJson);
  return { topic: contract, line, expect: { ...usual, id: text, id_part: part } };
}

function bad(quarantine: string, parts: LineParts, topic = contract): Case {
  return { topic, line: (n) => encrypted(parts, n), expect: { quarantine } };
}

function badLine(quarantine: string, line: (good: string) => string): Case {
  return { topic: contract, line: (n) => line(encrypted({}, n)), expect: { quarantine } };
}

const auditRow = { db: 'data', collection: 'businessAudit', id: '{"auditId":"q-1"}', id_part: '5e' };
const auditMessage = { '@type': 'AUDIT_LOG', db: undefined, collection: undefined, _id: { auditId: 'q-1' } };
const stamped =
  '"TIME_STAMP":{"d_date":"2023-07-02T09:15:00.123Z"},"TIME_STAMP_ORIG":{"d_date":"2023-07-02T09:15:00.123Z"}';

const cases: readonly Case[] = [
  row({}, {}),
  row({ document: ' { "b" : [ 1 , 2 ] , "a" : { } } ' }, { val: `{${never},"a":{},"b":[1,2]}` }),
  row({ root: { put_time: undefined } }, {}),

  // Values
  val(
    '{"n":1180591620717411303424,"m":-0.0,"x":1.10,"e":1E+5}',
    '',
    '"e":1E+5,"m":-0.0,"n":1180591620717411303424,"x":1.10',
  ),
  val(
    String.raw`{"quote\"":"\\ \/ \u00e9 \ud83e\udd89 \u0001 \u007f \u2028"}`,
    '',
    String.raw`"quote\"":"\\ / é 🦉 \u0001 ` + '\u007f \u2028"',
  ),
  val(
    '{"\u{1d4b3}":1,"\uff61":2,"10":3,"9":4,"__proto__":5,"":6}',
    '"":6,"10":3,"9":4,"__proto__":5',
    '"\uff61":2,"\u{1d4b3}":1',
  ),
  val('{"twice":1,"twice":{"a":1,"a":2}}', '', '"twice":{"a":2}'),
  val('{"price":"5 US$","$set":{"a$b":"$$"}}', '', '"d_set":{"ad_b":"d_d_"},"price":"5 USd_"'),
  val(
    String.raw`{"a\u0000":"x\u0000y","path":"C:\\u0000dir"}`,
    '',
    String.raw`"a":"xy","path":"C:\\u0000dir"`,
  ),
  val(
    '{"_archivedThing":"_archived","x":{"_archivedDateTime":1}}',
    '',
    '"_removedThing":"_removed","x":{"_removedDateTime":1}',
  ),
  val('{"a$":1,"ad_":2}', '', '"ad_":2'),
  val(String.raw`{"text":"a\r\nb"}`, '', String.raw`"text":"a\r\nb"`),
  ...(
    [
      'penalties-and-deductions/sanction',
      'core/healthAndDisabilityDeclaration',
      'accepted-data/healthAndDisabilityCircumstances',
    ] as const
  ).map((name) => {
    const [db = '', collection = ''] = name.split('/');
    return row(
      { document: String.raw`{"text":"a\r\nb\n","path":"c:\\new\\\n"}`, message: { db, collection } },
      { db, collection, val: `{${never},${String.raw`"path":"c:\\new\\\n","text":"ab"`}}` },
    );
  }),

  // Dates
  val(
    '{"at":"2020-06-01T10:00:00.000+0100","raw":"2020-06-01T10:00:00.000-0100"}',
    '',
    '"at":{"d_date":"2020-06-01T09:00:00.000Z"},"raw":"2020-06-01T10:00:00.000-0100"',
  ),
  val(
    '{"at":{"$date":"2020-06-01T10:00:00.5-01:30"},"no":{"$date":null}}',
    '',
    '"at":{"d_date":"2020-06-01T11:30:00.500Z"},"no":{"d_date":null}',
  ),
  val(
    '{"list":["2020-02-29T23:59:59.999Z",{"$date":"2020-06-01T10:00:00.000Z"}]}',
    '',
    '"list":[{"d_date":"2020-02-29T23:59:59.999Z"},{"d_date":{"d_date":"2020-06-01T10:00:00.000Z"}}]',
  ),
  row(
    { document: '{"_lastModifiedDateTime":{"$date":"2020-01-01T00:00:00.123456+05:30"}}' },
    { val: '{"_lastModifiedDateTime":{"d_date":"2019-12-31T18:30:00.123Z"}}' },
  ),
  row(
    { document: '{"_lastModifiedDateTime":"","createdDateTime":"0001-01-01T00:00:00.000Z"}' },
    {
      val: '{"_lastModifiedDateTime":{"d_date":"0001-01-01T00:00:00.000Z"},"createdDateTime":{"d_date":"0001-01-01T00:00:00.000Z"}}',
    },
  ),

  // The document's own id
  val('{"_id":"abc"}', '"_id":{"d_oid":"abc"}'),
  val('{"_id":7}', '"_id":{"d_oid":"7"}'),
  val(
    '{"_id":{"id":"ab12","at":"2020-01-01T00:00:00.000Z"}}',
    '"_id":{"at":{"d_date":"2020-01-01T00:00:00.000Z"},"id":"ab12"}',
  ),

  // Deletes
  row(
    { document: '{"_removedDateTime":null}' },
    { db_type: 'DELETE', val: `{${never},"_removedDateTime":null}` },
  ),
  row(
    { document: '{"_removedDateTime":"2020-06-01T10:00:00.000Z","_archivedDateTime":""}' },
    {
      db_type: 'DELETE',
      val: '{"_lastModifiedDateTime":{"d_date":"2020-06-01T10:00:00.000Z"},"_removedDateTime":{"d_date":"2020-06-01T10:00:00.000Z"}}',
    },
  ),
  row(
    { message: { '@type': 'MONGO_DELETE' } },
    { db_type: 'DELETE', last_modified: '2023-07-02T09:15:00.456Z' },
  ),
  row({ message: { _removedDateTime: 'yes' } }, { db_type: 'DELETE' }),
  row(
    { message: { '@type': 'MONGO_DELETE', db: 'calculator', collection: 'calculationParts' } },
    { db: 'calculator', collection: 'calculationParts', last_modified: '2023-07-02T09:15:00.456Z' },
  ),

  // Versions
  row(
    { message: { _lastModifiedDateTime: null, createdDateTime: '2022-05-06T07:08:09.010+01:00' } },
    { last_modified: '2022-05-06T06:08:09.010Z' },
  ),
  row(
    {
      message: { _lastModifiedDateTime: 'noon' },
      document: '{"createdDateTime":"2021-05-06T07:08:09.010Z"}',
    },
    {
      last_modified: '2021-05-06T07:08:09.010Z',
      val: '{"_lastModifiedDateTime":{"d_date":"2021-05-06T07:08:09.010Z"},"createdDateTime":{"d_date":"2021-05-06T07:08:09.010Z"}}',
    },
  ),
  row({ message: { _lastModifiedDateTime: '' } }, { last_modified: '1980-01-01T00:00:00.000Z' }),

  // Names
  row({ message: { db: undefined } }, { db: 'agent-core' }, 'db.agent-core.agentToDoArchive'),
  row(
    { message: { collection: '' } },
    { collection: 'encryptedData.unencrypted' },
    'db.crypto.encryptedData.unencrypted',
  ),
  row(
    { message: { db: undefined, collection: null, _id: { messageId: 'm-1' } } },
    { db: 'data', collection: 'equality', id: '{"messageId":"m-1"}', id_part: 'ff' },
    'data.equality',
  ),

  // Ids
  id('{"type":"CHILD","id":"0F"}', '{"id":"0F","type":"CHILD"}', '0f'),
  id('{"declarationId":"x"}', '{"declarationId":"x"}', '23'),
  id('{"id":42}', '{"id":42}', '17'),
  id('"42 is a text"', '42 is a text', '42'),
  id('"Ünïcode id 🦉"', 'Ünïcode id 🦉', '7a'),
  id('1180591620717411303424', '1180591620717411303424', 'ac'),
  id('-7', '-7', 'a7'),

  // The audit log
  row(
    {
      document: '{"auditId":"q-1","context":{"CITIZEN_ID":"c"},"auditType":"VIEW","aborted":false}',
      message: auditMessage,
    },
    { ...auditRow, val: `{"AUDIT_EVENT":"VIEW","CITIZEN_ID":"c",${stamped},${never}}` },
    audit,
  ),
  row(
    {
      document: '{"context":{"_removedDateTime":""},"auditType":"X"}',
      message: { ...auditMessage, _lastModifiedDateTime: null },
    },
    {
      ...auditRow,
      db_type: 'DELETE',
      last_modified: '1980-01-01T00:00:00.000Z',
      val: `{"AUDIT_EVENT":"X","TIME_STAMP":"","TIME_STAMP_ORIG":"",${never},"_removedDateTime":""}`,
    },
    audit,
  ),
  bad('transform-failed', { document: '{"context":{},"auditType":"VIEW"}', message: auditMessage }, audit),
  bad('transform-failed', { document: '{"context":{"a":1},"auditType":""}', message: auditMessage }, audit),

  // Faults
  badLine('invalid-json', () => 'no json'),
  badLine('invalid-json', (good) => `${good}}`),
  badLine('missing-field', () => '[]'),
  bad('missing-field', { root: { message: null } }),
  bad('missing-field', { message: { _id: undefined } }),
  bad('missing-field', { message: { dbObject: '' } }),
  bad('missing-field', { encryption: { encryptedEncryptionKey: '' } }),
  bad('invalid-id', { message: { _id: [] } }),
  bad('invalid-id', { message: { _id: 1.5 } }),
  bad('invalid-encryption', { encryption: { initialisationVector: 'dHdlbHZlIGJ5dGVz' } }),
  bad('invalid-encryption', { message: { dbObject: 'no base64' } }),
  bad('key-refused', { encryption: { encryptedEncryptionKey: 'foobar' } }),
  bad('decrypt-mismatch', {
    encryption: { encryptedEncryptionKey: wrap(Buffer.alloc(16, 'another')) },
    document: '{"text":"some text"}',
  }),
  bad('decrypt-mismatch', { document: '{"a":NaN}' }),
  bad('not-an-object', { document: '["a"]' }),
  bad('invalid-date', { document: '{"at":"2021-02-29T00:00:00.000Z"}' }),
  bad('invalid-date', { document: '{"_lastModifiedDateTime":"2020-01-01"}' }),
  bad('invalid-date', { document: '{"at":{"$date":1577836800000}}' }),
  bad('unsupported-value', { document: String.raw`{"a":["\udc00"]}` }),
];

if (import.meta.main) {
  writeFileSync(new URL('../fixtures/records.jsonl', import.meta.url), fixtureRecords());
}
