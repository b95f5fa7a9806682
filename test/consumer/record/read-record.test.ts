import test from 'ava';
import { QUARANTINE_REASONS } from '../../../consumer/record/reason.ts';
import type { FindKey } from '../../../consumer/record/read-record.ts';
import { collectionsOf } from '../../../schemas/collection.ts';
import { sampleLines } from '../../../schemas/sample/lines.ts';
import { randomFrom } from '../../../schemas/sample/random.ts';
import { asExpected, lineReader, standaloneKey, type Read } from '../../helpers/read-line.ts';
import { dataKey, encrypt, recordLine, wrap, type LineParts } from '../../helpers/record-line.ts';

const readLine = lineReader();
const never = '"_lastModifiedDateTime":{"d_date":"1980-01-01T00:00:00.000Z"}';

const isQuarantined = test.macro({
  exec(t, reason: string, line: string | Uint8Array) {
    t.deepEqual(asExpected(readLine(line)), { quarantine: reason });
  },
  title: (claim, reason: string) => `${reason}: ${claim}`,
});

const good = recordLine();
test('text', isQuarantined, 'invalid-json', 'plain text');
test('half a line', isQuarantined, 'invalid-json', good.slice(0, good.length / 2));
test('a brace too many', isQuarantined, 'invalid-json', `${good}}`);
test('a byte order mark', isQuarantined, 'invalid-json', `\uFEFF${good}`);
test('a NUL', isQuarantined, 'invalid-json', '\0');
test('NaN in the envelope', isQuarantined, 'invalid-json', good.replace('null', 'NaN'));
test('a line in UTF-16', isQuarantined, 'invalid-json', Buffer.from(good, 'utf16le'));
for (const [claim, bytes] of [
  ['a lone continuation byte', [0x80]],
  ['a character cut short', [0xc3]],
  ['a character in too many bytes', [0xc0, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['a code point beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ['a byte that UTF-8 does not have', [0xff]],
] as const) {
  test(`${claim} in the line`, isQuarantined, 'invalid-json', withBytes(good, 'core-4', bytes));
  const document = withBytes('{"a":"here"}', 'here', bytes);
  test(`${claim} in the document`, isQuarantined, 'decrypt-mismatch', recordLine({ document }));
}
test('no message', isQuarantined, 'missing-field', '{}');
test('an id that is null', isQuarantined, 'invalid-id', recordLine({ message: { _id: null } }));

const iv = (value: string): LineParts => ({ encryption: { initialisationVector: value } });
test('an IV of 12 bytes', isQuarantined, 'invalid-encryption', recordLine(iv('dHdlbHZlIGJ5dGVz')));
test(
  'an IV of 15 bytes',
  isQuarantined,
  'invalid-encryption',
  recordLine(iv(Buffer.alloc(15).toString('base64'))),
);
test(
  'an IV of 17 bytes',
  isQuarantined,
  'invalid-encryption',
  recordLine(iv(Buffer.alloc(17).toString('base64'))),
);
test(
  'an IV of a kilobyte',
  isQuarantined,
  'invalid-encryption',
  recordLine(iv(Buffer.alloc(1_024).toString('base64'))),
);
test('an IV in hex', isQuarantined, 'invalid-encryption', recordLine(iv('fffffffffffffffffffffffffffffffe')));
test('an IV without padding', isQuarantined, 'invalid-encryption', recordLine(iv('/////////////////////g')));
test(
  'an IV in the URL alphabet',
  isQuarantined,
  'invalid-encryption',
  recordLine(iv('_____________________g==')),
);
test(
  'an IV with a lone surrogate',
  isQuarantined,
  'invalid-encryption',
  recordLine(iv('LONE')).replace('LONE', String.raw`\ud800`),
);

const sealed = (dbObject: string): LineParts => ({ message: { dbObject } });
test('a document that is no base64', isQuarantined, 'invalid-encryption', recordLine(sealed('not base64')));
test(
  'a document with a space in its base64',
  isQuarantined,
  'invalid-encryption',
  recordLine(sealed(` ${encrypt('{}')}`)),
);
test(
  'a document cut within its base64',
  isQuarantined,
  'invalid-encryption',
  recordLine(sealed(encrypt('{"a":1}').slice(0, -1))),
);
test('a document in the URL alphabet', isQuarantined, 'invalid-encryption', recordLine(sealed('-_-_')));

test(
  'a wrapped key that is refused',
  isQuarantined,
  'key-refused',
  recordLine({ encryption: { encryptedEncryptionKey: 'foobar' } }),
);
for (const field of ['encryptedEncryptionKey', 'keyEncryptionKeyId']) {
  const line = recordLine({ encryption: { [field]: 'LONE' } }).replace('LONE', String.raw`\ud800`);
  test(`${field} is no Unicode text`, isQuarantined, 'key-refused', line);
}

test(
  'another key',
  isQuarantined,
  'decrypt-mismatch',
  recordLine({
    encryption: { encryptedEncryptionKey: wrap(Buffer.alloc(16, 7)) },
    document: '{"a":"some text"}',
  }),
);
test(
  'another IV',
  isQuarantined,
  'decrypt-mismatch',
  recordLine({ ...iv('AAAAAAAAAAAAAAAAAAAAAA=='), document: '{"a":"some text"}' }),
);
for (const document of [
  ' ',
  '{',
  '{"a":NaN}',
  '{"a":-Infinity}',
  '{"a":01}',
  "{'a':1}",
  '{"a":1}{"b":2}',
  '{"a":1},',
  '\uFEFF{}',
  '{"a":"\n"}',
]) {
  test(
    `a document that is ${JSON.stringify(document)}`,
    isQuarantined,
    'decrypt-mismatch',
    recordLine({ document }),
  );
}
for (const document of ['null', '[]', '[{}]', '"{}"', '5', 'true']) {
  test(`a document that is ${document}`, isQuarantined, 'not-an-object', recordLine({ document }));
}
test(
  'an audit record without a context',
  isQuarantined,
  'transform-failed',
  recordLine({ message: { db: 'data', collection: 'businessAudit' } }),
);
test(
  'an impossible date',
  isQuarantined,
  'invalid-date',
  recordLine({ document: '{"a":"2020-02-30T00:00:00.000Z"}' }),
);
test(
  'a lone surrogate',
  isQuarantined,
  'unsupported-value',
  recordLine({ document: String.raw`{"a":"\ud800"}` }),
);

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
test(
  'a document nested 1,001 deep',
  isQuarantined,
  'unsupported-value',
  recordLine({ document: nested(1_001) }),
);
test(
  'a document nested 10,000 deep',
  isQuarantined,
  'unsupported-value',
  recordLine({ document: nested(10_000) }),
);
test('a line nested 10,000 deep', isQuarantined, 'unsupported-value', good.replace('null', nested(10_000)));
test(
  'an id nested 10,000 deep',
  isQuarantined,
  'unsupported-value',
  good.replace('{"id":"ab12"}', nested(10_000)),
);

test('what is nested 1,000 deep is read', (t) => {
  const id = nested(998);
  t.is(readLine(recordLine({ document: nested(1_000) })).kind, 'row');
  t.like(asExpected(readLine(good.replace('{"id":"ab12"}', id))), { id });
});

test('blank lines are blank', (t) => {
  for (const line of ['', ' ', '\r', '\t \r'])
    t.deepEqual(readLine(line), { kind: 'blank' }, JSON.stringify(line));
});

test('a line may have white space around it, as one that ends in CR and LF has', (t) => {
  t.deepEqual(asExpected(readLine(` \t${good}\r`)), asExpected(readLine(good)));
});

test('two lines that were joined are told apart, whatever is in them', (t) => {
  const [first, second] = [recordLine({ document: '{"a":"{"}' }), recordLine({ root: { traceId: 'é' } })];
  t.deepEqual(readLine(first + second), { kind: 'joined', second: first.length });
  t.deepEqual(readLine(`${first} \t${second}`), { kind: 'joined', second: first.length + 2 });
  t.deepEqual(readLine(second + second), { kind: 'joined', second: Buffer.byteLength(second) });
  t.deepEqual(readLine(first + first + first), { kind: 'joined', second: first.length });
  t.deepEqual(readLine(`${first}{"half":`), { kind: 'joined', second: first.length });
  t.deepEqual(readLine(`${first}{"a":${nested(10_000)}}`), { kind: 'joined', second: first.length });
});

test('what follows a line but is no second one makes it invalid', (t) => {
  for (const rest of ['}', ',', '[]', '"x"', '\0', ',{}']) {
    t.deepEqual(asExpected(readLine(good + rest)), { quarantine: 'invalid-json' }, rest);
  }
});

test('a damaged line is never taken for two because of the one before', (t) => {
  for (const damaged of [withBytes(good, 'core-4', [0xff]), '{'.repeat(500)]) {
    for (let length = 1; length < damaged.length; length += 7) {
      readLine(`{"a":"${'x'.repeat(length)}"}`);
      t.is(readLine(damaged).kind, 'quarantined');
    }
  }
});

test('a document of five megabytes is read', (t) => {
  const text = '$é\\"_archived '.repeat(350_000);
  const document = JSON.stringify({ text });
  t.true(document.length > 5_000_000);
  const val = `{${never},"text":${JSON.stringify(text.replaceAll('$', 'd_').replaceAll('_archived', '_removed'))}}`;
  const row = asExpected(readLine(recordLine({ document })));
  t.true('val' in row && row.val === val);
  t.like(asExpected(readLine(good)), { val: `{${never}}` }, 'and a small one after it');
});

test('keys of 16, 24 and 32 bytes are used', (t) => {
  for (const length of [16, 24, 32]) {
    const key = Buffer.alloc(length, 'key');
    const document = JSON.stringify({ length });
    const parts = {
      message: { dbObject: encrypt(document, key) },
      encryption: { encryptedEncryptionKey: wrap(key) },
    };
    t.like(asExpected(readLine(recordLine(parts))), { val: `{${never},"length":${length}}` });
  }
});

test('a line whose key is not known is read again when it is', (t) => {
  const asked: string[] = [];
  let isKnown = false;
  const findKey: FindKey = (key) => {
    asked.push(`${key.keyId} ${key.wrappedKey}`);
    return isKnown ? standaloneKey(key) : undefined;
  };
  const read = lineReader({ findKey });
  const wrappedKey = wrap(dataKey);
  const wanted = { kind: 'key-needed', keyId: 'cloudhsm:262152,262151', wrappedKey };
  t.deepEqual<Read, unknown>(read(good), wanted);
  t.deepEqual<Read, unknown>(read(good.replaceAll('/', String.raw`\/`)), wanted);
  t.is(read('{}').kind, 'quarantined', 'what needs no key does not wait');
  isKnown = true;
  t.deepEqual(read(good), readLine(good));
  t.deepEqual(new Set(asked), new Set([`cloudhsm:262152,262151 ${wrappedKey}`]));
});

test('the key id and the wrapped key both say which key it is', (t) => {
  const [one, other] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];
  const findKey: FindKey = ({ keyId, wrappedKey }) => {
    const name = `${keyId}/${wrappedKey}`;
    if (name === 'a/x') return standaloneKey({ keyId, wrappedKey: wrap(one) });
    if (name === 'a/y' || name === 'b/x') return standaloneKey({ keyId, wrappedKey: wrap(other) });
    return { kind: 'refused', reason: 'unknown' };
  };
  const read = lineReader({ findKey });
  const line = (keyEncryptionKeyId: string, encryptedEncryptionKey: string, key: Buffer) =>
    recordLine({
      encryption: { keyEncryptionKeyId, encryptedEncryptionKey },
      message: { dbObject: encrypt('{"text":"long enough to be garbled"}', key) },
    });
  const random = randomFrom('keys');
  for (let round = 0; round < 200; round++) {
    const [id, wrapped] = [random.pick(['a', 'b']), random.pick(['x', 'y'])];
    const key = random.pick([one, other]);
    const right = id === 'a' && wrapped === 'x' ? one : other;
    const expected =
      id === 'b' && wrapped === 'y' ? 'key-refused' : key === right ? 'row' : 'decrypt-mismatch';
    const result = read(line(id, wrapped, key));
    t.is(result.kind === 'quarantined' ? result.reason : result.kind, expected);
  }
});

test('a key that was refused is asked for again', (t) => {
  let isRefused = true;
  const read = lineReader({
    findKey: (key) => (isRefused ? { kind: 'refused', reason: 'not now' } : standaloneKey(key)),
  });
  t.like(read(good), { reason: 'key-refused', detail: 'not now' });
  isRefused = false;
  t.is(read(good).kind, 'row');
});

const mismatch = test.macro({
  exec(t, id: string, documentId: string | undefined, expected: boolean) {
    const document = documentId === undefined ? '{}' : `{"_id":${documentId}}`;
    const line = recordLine({ document }).replace('{"id":"ab12"}', () => id);
    t.like(readLine(line), { kind: 'row', isIdMismatch: expected });
    const strict = lineReader({
      findCollection: collectionsOf([{ db: 'core', collection: 'contract', idMismatch: 'quarantine' }]),
    });
    t.like(strict(line), expected ? { kind: 'quarantined', reason: 'invalid-id' } : { kind: 'row' });
  },
  title: (_, id: string, documentId: string | undefined, expected: boolean) =>
    `the document's _id ${documentId ?? '(none)'} ${expected ? 'is not' : 'does not contradict'} the envelope's ${id}`,
});
test(mismatch, '{"id":"ab12"}', undefined, false);
test(mismatch, '{"id":"ab12"}', '{"id":"ab12"}', false);
test(mismatch, '{"id":"a","type":"b"}', '{ "type": "b", "\\u0069d": "a" }', false);
test(mismatch, '"ab12"', '"ab12"', false);
test(mismatch, '42', '42', false);
test(mismatch, '{"id":"ab12"}', '{"id":"ab13"}', true);
test(mismatch, '{"id":"ab12"}', '{"id":"ab1"}', true);
test(mismatch, '{"id":"ab12"}', '"ab12"', true);
test(mismatch, '{"id":"ab12"}', 'null', true);
test(mismatch, '{"id":"ab12"}', '[]', true);
test(mismatch, '"42"', '42', false);

test('line breaks are stripped in the three collections that ask for it, and in no other', (t) => {
  const document = String.raw`{"a":"b\r\nc"}`;
  for (const [db, collection, isStripped] of [
    ['penalties-and-deductions', 'sanction', true],
    ['core', 'healthAndDisabilityDeclaration', true],
    ['accepted-data', 'healthAndDisabilityCircumstances', true],
    ['penalties_and_deductions', 'sanction', false],
    ['core', 'sanction', false],
    ['accepted-data', 'healthAndDisabilityDeclaration', false],
  ] as const) {
    const a = isStripped ? 'bc' : String.raw`b\r\nc`;
    const named = readLine(recordLine({ document, message: { db, collection } }));
    t.like(asExpected(named), { val: `{${never},"a":"${a}"}` }, `${db} ${collection}`);
  }
});

test('a quarantined line says of which collection it is, as far as it can be known', (t) => {
  const topic = 'db.agent-core.agentToDo';
  t.like(readLine('no json', topic), { collection: 'agent-core:agentToDo' });
  t.like(readLine('{}', topic), { collection: 'agent-core:agentToDo' });
  t.like(readLine(recordLine({ message: { _id: null } }), topic), { collection: 'core:contract' });
  t.like(readLine(recordLine({ document: '[]' }), topic), { collection: 'core:contract' });
});

test('a line is read alike whatever was read before it', (t) => {
  const lines = assortedLines();
  const expected = lines.map((line) => lineReader()(line));
  const random = randomFrom('order');
  const read = lineReader();
  for (let round = 0; round < 4_000; round++) {
    const at = random.below(lines.length);
    const line = lines[at] ?? '';
    const [actual, alone] = [read(line), expected[at]];
    if (JSON.stringify(actual) !== JSON.stringify(alone)) return t.deepEqual(actual, alone, String(line));
  }
  t.pass();
});

test('R-CANARY: no reason and no detail holds anything of what the line holds', (t) => {
  const reasons = new Set<string>();
  for (const line of markedLines()) {
    const outcome = readLine(line);
    if (outcome.kind !== 'quarantined') continue;
    reasons.add(outcome.reason);
    const said = outcome.reason + outcome.detail;
    if (/canary|77317731|cloudhsm|ab12/i.test(said)) return t.fail(`${said}: ${String(line)}`);
  }
  const objectReasons = ['not-gzip', 'truncated-gzip'];
  const lineReasons = QUARANTINE_REASONS.filter((reason) => !objectReasons.includes(reason));
  t.deepEqual([...reasons].toSorted(), lineReasons.toSorted());
});

/** One of each: rows of several collections, and every way to fail. */
function assortedLines(): (string | Uint8Array)[] {
  const samples = [
    'db.core.contract',
    'data.businessAudit',
    'data.equality',
    'db.penalties-and-deductions.sanction',
  ] as const;
  return [
    ...samples.flatMap((topic) => Array.from(sampleLines({ count: 20, topic }), ({ text }) => text)),
    ...markedLines(),
    '',
    good,
    `${good}${good}`,
    recordLine({ message: { db: undefined } }),
    recordLine({ message: { db: undefined, collection: undefined } }),
    recordLine({ document: JSON.stringify({ text: 'x'.repeat(60_000) }) }),
    recordLine({ document: `{"a":[${'{"$date":"2020-01-01T00:00:00.000Z"},'.repeat(2_000)}1]}` }),
  ];
}

/** Lines of markers: every member of the envelope replaced in turn, and documents that are bad in every way. */
function markedLines(): (string | Uint8Array)[] {
  const marker = 'Canary';
  const values = [
    marker,
    77317731,
    7731.7731,
    true,
    null,
    [marker],
    { [marker]: marker },
    { $date: marker },
    undefined,
  ];
  const marked: LineParts = {
    root: { traceId: marker, unitOfWorkId: marker, version: marker, timestamp: marker, put_time: marker },
    document: `{"${marker}":"${marker}","n":77317731}`,
  };
  const lines: (string | Uint8Array)[] = values.flatMap((value) => [
    ...['message', 'timestamp', 'put_time', '@type'].map((name) =>
      recordLine({ ...marked, root: { [name]: value } }),
    ),
    ...[
      '_id',
      'db',
      'collection',
      '@type',
      '_lastModifiedDateTime',
      '_removedDateTime',
      'encryption',
      'dbObject',
    ].map((name) => recordLine({ ...marked, message: { [name]: value } })),
    ...['keyEncryptionKeyId', 'encryptedEncryptionKey', 'initialisationVector'].map((name) =>
      recordLine({ ...marked, encryption: { [name]: value } }),
    ),
  ]);
  const text = `"${marker}":"${marker}"`;
  const documents = [
    `[{${text}}]`,
    `"${marker}"`,
    `{${text}`,
    `{${text},"${marker}"}`,
    `{${text},"a":NaN}`,
    `{${text},"a":"2020-02-30T00:00:00.000Z"}`,
    `{${text},"a":{"$date":"${marker}"}}`,
    `{${text},"a":{"$date":77317731}}`,
    `{${text},"_lastModifiedDateTime":"${marker}"}`,
    `{${text},"_id":"${marker}"}`,
    String.raw`{${text},"${marker}\ud800":"${marker}"}`,
    String.raw`{${text},"a":"${marker}\ud800"}`,
    `{${text},"a":${nested(1_100)}}`,
    `{"context":{},${text}}`,
  ];
  const audit = { db: 'data', collection: 'businessAudit' };
  for (const document of documents) {
    lines.push(recordLine({ ...marked, document }), recordLine({ ...marked, document, message: audit }));
  }
  lines.push(
    recordLine(marked).slice(0, -1),
    recordLine({ ...marked, root: { traceId: 'LONE' } }).replace('LONE', String.raw`${marker}\ud800`),
    withBytes(recordLine({ ...marked, root: { version: 'version' } }), 'version', [0xff]),
    withBytes(recordLine({ ...marked, root: { version: 'a {' } }), 'a ', [0xff]),
    recordLine({ ...marked, message: { db: 'LONE' } }).replace('LONE', String.raw`${marker}\ud800`),
    recordLine({ ...marked, message: { db: marker.repeat(50) } }),
    recordLine({ ...marked, message: { _id: 'LONE' } }).replace('LONE', String.raw`${marker}\ud800`),
    recordLine({ ...marked, message: { _id: { id: 'LONE' } } }).replace('LONE', String.raw`${marker}\ud800`),
    recordLine({
      ...marked,
      message: { dbObject: encrypt(withBytes(`{${text},"x":"here"}`, 'here', [0xff])) },
    }),
    recordLine({ ...marked, encryption: { keyEncryptionKeyId: 'LONE' } }).replace(
      'LONE',
      String.raw`${marker}\ud800`,
    ),
  );
  return lines;
}

/** The text with some of it replaced by bytes. */
function withBytes(text: string, place: string, bytes: readonly number[]): Uint8Array {
  const at = text.indexOf(place);
  return Buffer.concat([
    Buffer.from(text.slice(0, at)),
    Buffer.from(bytes),
    Buffer.from(text.slice(at + place.length)),
  ]);
}
