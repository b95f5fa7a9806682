import test from 'ava';
import { canonicalVal } from '../../helpers/canonical-val.ts';

const never = '"_lastModifiedDateTime":{"d_date":"1980-01-01T00:00:00.000Z"}';

// domain.md 4.11. Numbers are as written (design.md 4), where the incumbent writes 1.1 and 100.0; the audit log's
// vectors are in audit.test.ts.
const vector = test.macro({
  exec(t, document: string, val: string, dbType: 'INSERT' | 'DELETE') {
    const result = canonicalVal(document);
    if (result.kind === 'fault') return t.fail(result.fault);
    t.is(result.val, val);
    t.is(result.isRemoved, dbType === 'DELETE');
  },
  title: (name) => `golden vector ${name}`,
});
test(
  'G1',
  vector,
  '{"_id":{"id":"ab12"},"type":"CHILD","createdDateTime":{"$date":"2015-03-20T12:23:25.183Z"},"_lastModifiedDateTime":{"$date":"2020-01-02T03:04:05.678Z"},"amount":12.5,"n":null}',
  '{"_id":{"id":"ab12"},"_lastModifiedDateTime":{"d_date":"2020-01-02T03:04:05.678Z"},"amount":12.5,"createdDateTime":{"d_date":"2015-03-20T12:23:25.183Z"},"n":null,"type":"CHILD"}',
  'INSERT',
);
test(
  'G2',
  vector,
  '{"_id":{"id":"ab12"},"_removedDateTime":"2020-06-01T10:00:00.000+0100","createdDateTime":"2020-01-01T00:00:00.000+0000"}',
  '{"_id":{"id":"ab12"},"_lastModifiedDateTime":{"d_date":"2020-06-01T09:00:00.000Z"},"_removedDateTime":{"d_date":"2020-06-01T09:00:00.000Z"},"createdDateTime":{"d_date":"2020-01-01T00:00:00.000Z"}}',
  'DELETE',
);
test('G3', vector, '{"_id":"abc","x":"£5 US$"}', `{"_id":{"d_oid":"abc"},${never},"x":"£5 USd_"}`, 'INSERT');
test(
  'G4',
  vector,
  '{"_id":7,"_archivedDateTime":"2020-06-01T10:00:00.000Z"}',
  `{"_id":{"d_oid":"7"},${never},"_removedDateTime":{"d_date":"2020-06-01T10:00:00.000Z"}}`,
  'INSERT',
);
test(
  'G5',
  vector,
  '{"_id":{"id":"a"},"_archivedDateTime":"2020-06-01T10:00:00.000Z","_removedDateTime":null}',
  `{"_id":{"id":"a"},${never},"_removedDateTime":null}`,
  'DELETE',
);
test(
  'G6',
  vector,
  '{"list":["2020-06-01T10:00:00.000Z",{"$date":"2020-06-01T10:00:00.000Z"}],"neg":"2020-06-01T10:00:00.000-0100"}',
  `{${never},"list":[{"d_date":"2020-06-01T10:00:00.000Z"},{"d_date":{"d_date":"2020-06-01T10:00:00.000Z"}}],"neg":"2020-06-01T10:00:00.000-0100"}`,
  'INSERT',
);
test('G15', vector, '{}', `{${never}}`, 'INSERT');
test(
  'G16',
  vector,
  String.raw`{"a":"x\u0000y","b":"_archivedThing","$set":1}`,
  `{${never},"a":"xy","b":"_removedThing","d_set":1}`,
  'INSERT',
);
test(
  'G17',
  vector,
  '{"b":1.10,"a":12345678901234567890,"c":1e2,"d":-0.0,"10":1,"9":2}',
  `{"10":1,"9":2,${never},"a":12345678901234567890,"b":1.10,"c":1e2,"d":-0.0}`,
  'INSERT',
);
test(
  'G19',
  vector,
  '{"createdDateTime":{"$date":"2020-01-01T00:00:00.000-0130"}}',
  '{"_lastModifiedDateTime":{"d_date":"2020-01-01T01:30:00.000Z"},"createdDateTime":{"d_date":"2020-01-01T01:30:00.000Z"}}',
  'INSERT',
);
test(
  'G20',
  vector,
  '{"_removedDateTime":{"$date":"2020-06-01T10:00:00.000Z"},"_lastModifiedDateTime":""}',
  '{"_lastModifiedDateTime":{"d_date":"2020-06-01T10:00:00.000Z"},"_removedDateTime":{"d_date":"2020-06-01T10:00:00.000Z"}}',
  'DELETE',
);
test(
  'G21, where the incumbent fails: an escaped backslash is no NUL',
  vector,
  String.raw`{"a":"C:\\u0000dir"}`,
  String.raw`{${never},"a":"C:\\u0000dir"}`,
  'INSERT',
);

const isRefused = test.macro({
  exec(t, document: string, fault: string) {
    t.deepEqual(canonicalVal(document), { kind: 'fault', fault });
  },
  title: (claim = '', document: string, fault: string) => `${fault}: ${claim} ${document}`.replace('  ', ' '),
});
test('(G12)', isRefused, '{"_lastModifiedDateTime":"2020-01-01"}', 'invalid-date');
test(
  '(G13)',
  isRefused,
  '{"_lastModifiedDateTime":{"$date":{"$numberLong":"1577836800000"}}}',
  'invalid-date',
);
test('(G14)', isRefused, '{"_lastModifiedDateTime":{"$date":1577836800000}}', 'invalid-date');
for (const document of [
  '{"_lastModifiedDateTime":" "}',
  '{"_lastModifiedDateTime":1577836800000}',
  '{"_lastModifiedDateTime":true}',
  '{"_lastModifiedDateTime":["2020-01-01T00:00:00.000Z"]}',
  '{"_lastModifiedDateTime":"2020-02-30T00:00:00.000Z"}',
  '{"_lastModifiedDateTime":"2020-01-01T00:00:00Z"}',
  '{"_lastModifiedDateTime":"2020-01-01T00:00:00.000"}',
  '{"_removedDateTime":"yesterday"}',
  '{"createdDateTime":{"$date":"2020-01-01"}}',
  '{"a":"2020-02-30T00:00:00.000Z"}',
  '{"a":"2020-01-01T24:00:00.000Z"}',
  '{"a":"2020-13-45T99:99:99.999Z"}',
  '{"a":"0001-01-01T00:00:00.000+0100"}',
  '{"a":[[{"b":"2021-02-29T00:00:00.000Z"}]]}',
  '{"a":{"$date":"2020-01-01"}}',
  '{"a":{"$date":"2020-01-01T00:00:00Z"}}',
  '{"a":{"$date":1577836800000}}',
  '{"a":{"$date":true}}',
  '{"a":{"$date":" "}}',
  '{"_id":"2020-02-30T00:00:00.000Z"}',
  '{"_id":{"at":"2020-02-30T00:00:00.000Z"}}',
]) {
  test(isRefused, document, 'invalid-date');
}
test(isRefused, String.raw`{"a":"\ud800"}`, 'unsupported-value');
test(isRefused, String.raw`{"a\ud800":1}`, 'unsupported-value');
test(isRefused, String.raw`{"_id":"\ud800"}`, 'unsupported-value');
test(isRefused, String.raw`{"a":[{"b":{"c":"x\udc00"}}]}`, 'unsupported-value');

const wasModified = test.macro({
  exec(t, members: string, expected: string) {
    const result = canonicalVal(`{${members}}`);
    if (result.kind === 'fault') return t.fail(result.fault);
    t.is(result.lastModified, expected);
    t.true(result.val.includes(`"_lastModifiedDateTime":{"d_date":"${expected}"}`));
  },
  title: (claim = '', members: string, expected: string) =>
    `last modified at ${expected}${claim} by ${members}`,
});
const [modified, removed, created] = ['2021', '2022', '2023'].map(
  (year) => `${year}-01-01T00:00:00.000Z`,
) as [string, string, string];
const all = (first: string, second: string) =>
  `"_lastModifiedDateTime":${first},"_removedDateTime":${second},"createdDateTime":"${created}"`;
test(wasModified, all(`"${modified}"`, `"${removed}"`), modified);
test(wasModified, all(`{"$date":"${modified}"}`, `"${removed}"`), modified);
test(wasModified, all('null', `{"$date":"${removed}"}`), removed);
for (const blank of [
  '""',
  'null',
  'false',
  '0',
  '-0.0',
  '{}',
  '[]',
  '{"x":"y"}',
  '{"$date":""}',
  '{"$date":null}',
  '{"$date":{}}',
]) {
  test(wasModified, all(blank, `"${removed}"`), removed);
}
test(wasModified, all('""', '{"x":1}'), created);
test(wasModified, `"createdDateTime":"${created}"`, created);
test(wasModified, '"createdDateTime":null', '1980-01-01T00:00:00.000Z');
test(wasModified, `"nested":{"_lastModifiedDateTime":"${modified}"}`, '1980-01-01T00:00:00.000Z');
test(wasModified, `"_lastModifiedDateTime":"${created}","_lastModifiedDateTime":"${modified}"`, modified);
test(wasModified, `"_lastModifiedDateTime":{"$date":"${modified}","x":1}`, modified);
test(wasModified, String.raw`"_last\u004dodifiedDateTime":"2021-01-01T00:00:00.000\u005a"`, modified);
test(wasModified, '"_lastModifiedDateTime":"2021-01-01T00:00:00.9999+05:30"', '2020-12-31T18:30:00.999Z');
test(wasModified, '"_lastModifiedDateTime":"2020-12-31T22:59:59.1-0100"', '2020-12-31T23:59:59.100Z');
test(wasModified, '"_lastModifiedDateTime":"0001-01-01T00:00:00.000Z"', '0001-01-01T00:00:00.000Z');

const dates = test.macro({
  exec(t, member: string, expected: string) {
    const result = canonicalVal(`{"a":${member}}`);
    t.is(result.kind === 'val' ? result.val : result.fault, `{${never},"a":${expected}}`);
  },
  title: (_, member: string, expected: string) => `${member} becomes ${expected}`,
});
const moment = '2020-06-01T10:00:00.000Z';
test(dates, `"${moment}"`, `{"d_date":"${moment}"}`);
test(dates, '"2020-06-01T11:00:00.000+0100"', `{"d_date":"${moment}"}`);
test(dates, String.raw`"2020-06-01T10:00:00\u002e000Z"`, `{"d_date":"${moment}"}`);
for (const plain of [
  '2020-06-01T09:00:00.000-0100',
  '2020-06-01T11:00:00.000+01:00',
  '2020-06-01T10:00:00Z',
  '2020-06-01T10:00:00.00Z',
  '2020-06-01T10:00:00.0000Z',
  '2020-06-01T10:00:00.000',
  '2020-06-01',
  '2020-06-01 10:00:00.000Z',
  `at ${moment}`,
  `${moment} sharp`,
  `${moment}\\n`,
  '2020-06-01t10:00:00.000z',
  '٢٠٢٠-06-01T10:00:00.000Z',
]) {
  test(dates, `"${plain}"`, `"${plain}"`);
}
test(dates, String.raw`"\u0000${moment}"`, `"${moment}"`);
test(dates, `{"$date":"${moment}"}`, `{"d_date":"${moment}"}`);
test(dates, '{"$date":"2020-06-01T09:00:00.000-0100"}', `{"d_date":"${moment}"}`);
test(dates, '{"$date":"2020-06-01T11:00:00.000000+01:00"}', `{"d_date":"${moment}"}`);
test(dates, String.raw`{"\u0024date":"2020-06-01T10:00:00.0Z"}`, `{"d_date":"${moment}"}`);
for (const untouched of ['""', 'null', 'false', '0', '-0.0', '[]', '{}', '{"$numberLong":"1577836800000"}']) {
  test(dates, `{"$date":${untouched}}`, `{"d_date":${untouched.replace('$', 'd_')}}`);
}
test(dates, `{"$date":"${moment}","x":1}`, `{"d_date":{"d_date":"${moment}"},"x":1}`);
test(dates, '{"$date":"no date","x":1}', '{"d_date":"no date","x":1}');
test(dates, '{"x":1,"$date":"no date","x":2}', '{"d_date":"no date","x":2}');
test(dates, `{"$date":"no date","$date":"${moment}"}`, `{"d_date":"${moment}"}`);
test(dates, `["${moment}"]`, `[{"d_date":"${moment}"}]`);
test(dates, `[{"$date":"${moment}"}]`, `[{"d_date":{"d_date":"${moment}"}}]`);
test(dates, `[[{"$date":"${moment}"}]]`, `[[{"d_date":{"d_date":"${moment}"}}]]`);
test(
  dates,
  '[{"$date":"2020-06-01T09:00:00.000-0100"},{"$date":"no date"},{"$date":5}]',
  '[{"d_date":"2020-06-01T09:00:00.000-0100"},{"d_date":"no date"},{"d_date":5}]',
);
test(dates, `[{"b":{"$date":"${moment}"}}]`, `[{"b":{"d_date":"${moment}"}}]`);
test(dates, `[{"$date":{"$date":"${moment}"}}]`, `[{"d_date":{"d_date":"${moment}"}}]`);
test(dates, `{"$date":["${moment}"]}`, `{"d_date":[{"d_date":"${moment}"}]}`);
test(dates, `{"${moment}":1}`, `{"${moment}":1}`);
test(dates, '20200601', '20200601');

const ids = test.macro({
  exec(t, id: string, expected: string) {
    const result = canonicalVal(`{"_id":${id}}`);
    t.is(result.kind === 'val' ? result.val : result.fault, `{"_id":${expected},${never}}`);
  },
  title: (_, id: string, expected: string) => `the _id ${id} becomes ${expected}`,
});
test(ids, '"abc"', '{"d_oid":"abc"}');
test(ids, String.raw`"a\"$\u0000_archived"`, String.raw`{"d_oid":"a\"d__removed"}`);
test(ids, '""', '{"d_oid":""}');
test(ids, '42', '{"d_oid":"42"}');
test(ids, '-1.50', '{"d_oid":"-1.50"}');
test(ids, 'true', '{"d_oid":"true"}');
test(ids, 'null', 'null');
test(ids, '{"id":"x","$oid":1}', '{"d_oid":1,"id":"x"}');
test(ids, '["x"]', '["x"]');
test(ids, `"${moment}"`, `{"d_date":"${moment}"}`);
test(ids, `{"$date":"${moment}"}`, `{"d_date":"${moment}"}`);
test(ids, `{"createdDateTime":"${moment}"}`, `{"createdDateTime":{"d_date":"${moment}"}}`);

const keys = test.macro({
  exec(t, members: string, expected: string) {
    const result = canonicalVal(`{${members}}`);
    t.is(result.kind === 'val' ? result.val : result.fault, `{${expected}}`);
  },
  title: (claim) => claim ?? '',
});
test(
  'of an archived and a removed date the archived one is dropped',
  keys,
  `"_removedDateTime":"${moment}","_archivedDateTime":1`,
  `"_lastModifiedDateTime":{"d_date":"${moment}"},"_removedDateTime":{"d_date":"${moment}"}`,
);
test(
  'deeper down the later one wins',
  keys,
  '"a":{"_archivedDateTime":1,"_removedDateTime":2},"b":{"_removedDateTime":1,"_archivedDateTime":2}',
  `${never},"a":{"_removedDateTime":2},"b":{"_removedDateTime":2}`,
);
test(
  'of keys that become equal the later wins',
  keys,
  String.raw`"a$":1,"ad_":2,"xd_":3,"x$":4,"y":5,"y\u0000":6`,
  `${never},"ad_":2,"xd_":4,"y":6`,
);
test(
  'a duplicate key keeps its first place among keys that become equal',
  keys,
  '"a$":1,"ad_":2,"a$":3',
  `${never},"ad_":2`,
);
test(
  'keys are sorted as they come out',
  keys,
  '"a$":1,"ab":2,"_archived":3,"_b":4',
  `${never.replace('"_l', '"_b":4,"_l')},"_removed":3,"ab":2,"ad_":1`,
);
test(
  'a key that only becomes the last-modified one gives way',
  keys,
  String.raw`"_lastModified\u0000DateTime":"x"`,
  never,
);
test(
  'a key that only becomes the removed one is no delete',
  keys,
  String.raw`"_removed\u0000DateTime":"x"`,
  `${never},"_removedDateTime":"x"`,
);
test(
  'keys of many members are sanitised too',
  keys,
  Array.from({ length: 40 }, (_, n) => `"k${n + 10}$":${n}`)
    .toReversed()
    .join(),
  `${never},${Array.from({ length: 40 }, (_, n) => `"k${n + 10}d_":${n}`).join()}`,
);
test(
  'keys that need escapes get them after sanitising',
  keys,
  String.raw`"\"$\\\n":1`,
  String.raw`"\"d_\\\n":1,` + never,
);

test('dates that go with the archived member count as dates all the same', (t) => {
  t.deepEqual(
    canonicalVal(`{"_removedDateTime":"${moment}","_archivedDateTime":"2020-02-30T00:00:00.000Z"}`),
    {
      kind: 'fault',
      fault: 'invalid-date',
    },
  );
});

test('dates of members that lose their place to another key do not count', (t) => {
  t.is(canonicalVal('{"a":{"a$":"2020-02-30T00:00:00.000Z","ad_":1}}').kind, 'val');
  t.is(canonicalVal('{"a":"2020-02-30T00:00:00.000Z","a":1}').kind, 'val');
});

test('line breaks are stripped where the collection asks for it, in keys and values', (t) => {
  const result = canonicalVal(String.raw`{"a\nb":["c\r\nd",{"e":"\\\n"}],"_id":"f\n"}`, true);
  t.is(
    result.kind === 'val' && result.val,
    String.raw`{"_id":{"d_oid":"f"},${never},"ab":["cd",{"e":"\\\n"}]}`,
  );
});
