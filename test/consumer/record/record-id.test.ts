import { hash } from 'node:crypto';
import test from 'ava';
import { asExpected, lineReader } from '../../helpers/read-line.ts';
import { recordLine } from '../../helpers/record-line.ts';

const readLine = lineReader();

function read(idJson: string) {
  return asExpected(readLine(recordLine({ message: { _id: 'ID' } }).replace('"ID"', () => idJson)));
}

const identifies = test.macro({
  exec(t, idJson: string, id: string, part = hash('sha256', id).slice(0, 2)) {
    t.like(read(idJson), { id, id_part: part });
  },
  title: (claim = '', idJson: string, id: string, part?: string) =>
    `the _id ${idJson} is ${id} in ${part ?? "the part of its text's SHA-256"} ${claim}`.trim(),
});
test(
  identifies,
  '{"id":"ab12cd34-0000-4000-8000-000000000001"}',
  '{"id":"ab12cd34-0000-4000-8000-000000000001"}',
  'ab',
);
test(identifies, '{"type":"CHILD","id":"ab12"}', '{"id":"ab12","type":"CHILD"}', 'ab');
test(identifies, '{ "type" : "CHILD" , "id" : "00" }', '{"id":"00","type":"CHILD"}', '00');
test(identifies, '{"id":"AB12"}', '{"id":"AB12"}', 'ab');
test(identifies, '{"id":"1e2"}', '{"id":"1e2"}', '1e');
test(identifies, String.raw`{"\u0069d":"\u0066F"}`, '{"id":"fF"}', 'ff');
test(identifies, '{"id":"zz","id":"12"}', '{"id":"12"}', '12');
test(identifies, '{"z":1,"a":{"d":[1.0,2],"b":"é"}}', '{"a":{"b":"é","d":[1.0,2]},"z":1}');
test(identifies, '{"declarationId":"ab12"}', '{"declarationId":"ab12"}');
test(identifies, '{"auditId":"q"}', '{"auditId":"q"}', hash('sha256', '{"auditId":"q"}').slice(0, 2));
test(identifies, '{"id":42}', '{"id":42}');
test(identifies, '{"id":{"id":"ab12"}}', '{"id":{"id":"ab12"}}');
test(identifies, '{"id":null}', '{"id":null}');
test(identifies, '{"id":"a"}', '{"id":"a"}');
test(identifies, '{"id":""}', '{"id":""}');
test(identifies, '{"id":"g0"}', '{"id":"g0"}');
test(identifies, '{"id":"0g"}', '{"id":"0g"}');
test(identifies, '{"id":"0:"}', '{"id":"0:"}');
test(identifies, '{"id":"@1"}', '{"id":"@1"}');
test(identifies, '{"id":"`1"}', '{"id":"`1"}');
test(identifies, '{"id":"１１"}', '{"id":"１１"}');
test(identifies, '{"nested":{"id":"ab12"}}', '{"nested":{"id":"ab12"}}');
test(identifies, '{}', '{}');
test(
  '(dates and dollars stay)',
  identifies,
  '{"id":"ab","at":"2020-01-02T03:04:05.678Z","$x":"_archived"}',
  '{"$x":"_archived","at":"2020-01-02T03:04:05.678Z","id":"ab"}',
  'ab',
);
test(identifies, '"ab12"', 'ab12', 'ab');
test(identifies, '"42"', '42', '42');
test(identifies, '"x"', 'x', '2d');
test(identifies, '"🦉 owl"', '🦉 owl');
test(identifies, String.raw`"a\"b\\c\/d"`, 'a"b\\c/d');
test(identifies, '"{\\"id\\":\\"ab12\\"}"', '{"id":"ab12"}');
test(identifies, '" "', ' ');
test(identifies, '42', '42', '73');
test(identifies, '0', '0', '5f');
test(identifies, '-42', '-42');
test(identifies, '12', '12', '6b');
test(identifies, '1180591620717411303424', '1180591620717411303424');

const identifiesNothing = test.macro({
  exec(t, idJson: string, reason = 'invalid-id') {
    t.deepEqual(read(idJson), { quarantine: reason });
  },
  title: (_, idJson: string, reason?: string) => `${reason ?? 'invalid-id'}: the _id ${idJson}`,
});
for (const idJson of ['null', 'true', 'false', '""', '[]', '["ab12"]', '1.5', '1.0', '1e5', '-1E2', '-0.0']) {
  test(identifiesNothing, idJson);
}
test(identifiesNothing, String.raw`"\ud800"`, 'unsupported-value');
test(identifiesNothing, String.raw`{"id":"ab\udc00"}`, 'unsupported-value');
test(identifiesNothing, String.raw`{"\ud800":"ab"}`, 'unsupported-value');

test('equal ids in any spelling are one id', (t) => {
  const spellings = ['{"a":"é","b":1}', '{ "b": 1, "a": "é" }', String.raw`{"b":1,"\u0061":"\u00e9"}`];
  const rows = spellings.map(read);
  for (const row of rows)
    t.like(row, { id: '{"a":"é","b":1}', id_part: hash('sha256', '{"a":"é","b":1}').slice(0, 2) });
});
