import test from 'ava';
import { asExpected, lineReader } from '../../helpers/read-line.ts';
import { recordLine } from '../../helpers/record-line.ts';

const readLine = lineReader();
const never = '"_lastModifiedDateTime":{"d_date":"1980-01-01T00:00:00.000Z"}';
const moment = '2020-03-04T05:06:07.008+0000';

/** An audit record has neither db nor collection; the topic says what it is. */
function read(document: string, lastModifiedJson: string | undefined) {
  const message = { '@type': 'AUDIT_LOG', db: undefined, collection: undefined, _id: { auditId: 'q' } };
  const line = recordLine({
    document,
    message: { ...message, _lastModifiedDateTime: lastModifiedJson && 'TIME' },
  });
  return asExpected(
    readLine(
      line.replace('"TIME"', () => lastModifiedJson ?? ''),
      'data.businessAudit',
    ),
  );
}

const becomes = test.macro({
  exec(t, document: string, lastModifiedJson: string | undefined, val: string) {
    t.like(read(document, lastModifiedJson), { db: 'data', collection: 'businessAudit', val });
  },
  title: (claim) => claim ?? '',
});

// domain.md 4.11
test(
  'golden vector G7',
  becomes,
  '{"auditId":"q","aborted":false,"context":{"CITIZEN_ID":"c","AUDIT_ID":"q"},"auditType":"VIEW"}',
  `"${moment}"`,
  `{"AUDIT_EVENT":"VIEW","AUDIT_ID":"q","CITIZEN_ID":"c","TIME_STAMP":{"d_date":"2020-03-04T05:06:07.008Z"},"TIME_STAMP_ORIG":{"d_date":"2020-03-04T05:06:07.008Z"},${never}}`,
);
const timeless = `{"AUDIT_EVENT":"VIEW","CITIZEN_ID":"c","TIME_STAMP":"","TIME_STAMP_ORIG":"",${never}}`;
test('golden vector G8', becomes, '{"context":{"CITIZEN_ID":"c"},"auditType":"VIEW"}', undefined, timeless);
test('golden vector G9', becomes, '{"context":{"CITIZEN_ID":"c"},"auditType":"VIEW"}', 'null', timeless);
test('golden vector G10', becomes, '{"context":{"CITIZEN_ID":"c"},"auditType":"VIEW"}', '""', timeless);
test(
  'golden vector G11',
  becomes,
  '{"context":{"CITIZEN_ID":"c","_id":"1"},"auditType":"VIEW"}',
  '"2020-03-04T05:06:07.008-0100"',
  `{"AUDIT_EVENT":"VIEW","CITIZEN_ID":"c","TIME_STAMP":"2020-03-04T05:06:07.008-0100","TIME_STAMP_ORIG":"2020-03-04T05:06:07.008-0100","_id":{"d_oid":"1"},${never}}`,
);

const timed = test.macro({
  exec(t, lastModifiedJson: string, time: string) {
    const val = `{"AUDIT_EVENT":"X","TIME_STAMP":${time},"TIME_STAMP_ORIG":${time},${never},"a":1}`;
    t.like(read('{"context":{"a":1},"auditType":"X"}', lastModifiedJson), { val });
  },
  title: (_, lastModifiedJson: string, time: string) =>
    `the envelope's time ${lastModifiedJson.slice(0, 40)} is ${time.slice(0, 40)}`,
});
test(timed, '{"$date":"2020-03-04T05:06:07.008Z"}', '""');
test(timed, '["2020-03-04T05:06:07.008Z"]', '""');
test(timed, '1583298367008', '"1583298367008"');
test(timed, '-1.50', '"-1.50"');
test(timed, 'true', '"true"');
test(timed, '"yesterday"', '"yesterday"');
test(timed, String.raw`"5 US$ \"_archived\"\n\u0000é\u00e9"`, String.raw`"5 USd_ \"_removed\"\néé"`);
test(timed, String.raw`"2020-03-04T05:06:07.008\u005a"`, '{"d_date":"2020-03-04T05:06:07.008Z"}');
test(timed, `"${'$'.repeat(100_000)}"`, `"${'d_'.repeat(100_000)}"`);
test(timed, `"${String.raw`\u0001`.repeat(50_000)}"`, `"${String.raw`\u0001`.repeat(50_000)}"`);

test('an impossible time is an invalid date', (t) => {
  t.deepEqual(read('{"context":{"a":1},"auditType":"X"}', '"2020-02-30T05:06:07.008Z"'), {
    quarantine: 'invalid-date',
  });
});

test(
  'the context wins nothing over what is set in it',
  becomes,
  '{"context":{"TIME_STAMP":1,"TIME_STAMP_ORIG":{"x":1},"AUDIT_EVENT":null,"AUDIT_EVENT":2},"auditType":"X"}',
  '"t"',
  `{"AUDIT_EVENT":"X","TIME_STAMP":"t","TIME_STAMP_ORIG":"t",${never}}`,
);
test(
  'an auditType of any kind is the event',
  becomes,
  '{"context":{"a":1},"auditType":{"$date":"2020-03-04T05:06:07.008Z"}}',
  'null',
  `{"AUDIT_EVENT":{"d_date":"2020-03-04T05:06:07.008Z"},"TIME_STAMP":"","TIME_STAMP_ORIG":"",${never},"a":1}`,
);
test(
  "the context's own dates are kept",
  becomes,
  `{"context":{"_lastModifiedDateTime":"${moment}","createdDateTime":"${moment}"},"auditType":"X","_lastModifiedDateTime":"bad"}`,
  'null',
  '{"AUDIT_EVENT":"X","TIME_STAMP":"","TIME_STAMP_ORIG":"","_lastModifiedDateTime":{"d_date":"2020-03-04T05:06:07.008Z"},"createdDateTime":{"d_date":"2020-03-04T05:06:07.008Z"}}',
);
test(
  'a wide context is kept whole',
  becomes,
  `{"context":{${Array.from({ length: 60 }, (_, n) => `"k${n + 10}":${n}`).join()}},"auditType":"X"}`,
  'null',
  `{"AUDIT_EVENT":"X","TIME_STAMP":"","TIME_STAMP_ORIG":"",${never},${Array.from({ length: 60 }, (_, n) => `"k${n + 10}":${n}`).join()}}`,
);

test('only a removed date inside the context makes a delete', (t) => {
  t.like(read('{"context":{"_removedDateTime":null},"auditType":"X"}', 'null'), { db_type: 'DELETE' });
  t.like(read('{"context":{"a":1},"auditType":"X","_removedDateTime":null}', 'null'), { db_type: 'INSERT' });
});

const fails = test.macro({
  exec(t, document: string) {
    t.deepEqual(read(document, `"${moment}"`), { quarantine: 'transform-failed' });
  },
  title: (_, document: string) => `transform-failed: ${document}`,
});
for (const context of ['null', '{}', '""', '"x"', '5', 'true', '[]', '[{"a":1}]']) {
  test(fails, `{"context":${context},"auditType":"X"}`);
}
for (const auditType of ['null', '""', '0', '-0.0', 'false', '{}', '[]']) {
  test(fails, `{"context":{"a":1},"auditType":${auditType}}`);
}
test(fails, '{}');
test(fails, '{"context":{"a":1}}');
test(fails, '{"auditType":"X"}');
test(fails, '{"message":{"context":{"a":1},"auditType":"X"}}');
test(fails, '{"context":{"a":1},"context":{},"auditType":"X"}');

test('only the audit log is transformed', (t) => {
  const document = '{"context":{"a":1},"auditType":"X"}';
  const line = recordLine({ document, message: { db: 'data', collection: 'equality' } });
  t.like(asExpected(readLine(line)), { val: `{${never},"auditType":"X","context":{"a":1}}` });
});
