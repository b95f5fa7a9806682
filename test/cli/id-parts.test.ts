import test from 'ava';
import { possibleIdParts } from '../../cli/id-parts.ts';
import { asExpected, lineReader } from '../helpers/read-line.ts';
import { recordLine } from '../helpers/record-line.ts';

const readLine = lineReader();

const ids = [
  '{"id":"ab12cd34"}',
  '{"type":"CHILD","id":"AB12"}',
  String.raw`{"\u0069d":"\u0066F"}`,
  '{"declarationId":"ab12"}',
  '{"id":42}',
  '{"id":"a"}',
  '{"id":"0g"}',
  '{"id":null,"x":[]}',
  '"ab12"',
  '"42"',
  '42',
  '-1',
  '"x"',
  String.raw`"{\"id\":\"ab12\"}"`,
  '"[]"',
  '"🦉"',
];

test('the id_part of a row is among those that its id may have, of which there are few', (t) => {
  for (const json of ids) {
    const line = recordLine({ message: { _id: 'ID' } }).replace('"ID"', () => json);
    const row = asExpected(readLine(line)) as { id?: string; id_part?: string };
    const possible = possibleIdParts(row.id ?? '');
    t.true(possible.includes(row.id_part ?? ''), json);
    t.true(possible.length <= 2, json);
  }
});
