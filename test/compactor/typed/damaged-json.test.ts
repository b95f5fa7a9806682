import test from 'ava';
import { parseDdl } from '../../../schemas/typed/ddl.ts';
import { typedRows } from '../../helpers/typed-rows.ts';

const columns = parseDdl(
  'a STRUCT<b: ARRAY<STRUCT<c: STRING, d: INT>>, e: MAP<STRING, DOUBLE>>, f STRING, g TIMESTAMP, h DECIMAL(20,2), ' +
    'i BINARY',
);
const document =
  String.raw`{"a":{"b":[{"c":"x\n","d":1},{"c":{"y":[1.5,true]}}],"e":{"k":-1.5e3}},"f":"é","g":"2020-01-02",` +
  String.raw`"h":12.5,"i":"YQ==","j":[null,"\u00e9"]}`;

test('a text that is cut off anywhere has nulls only, and so has one with anything behind it', async (t) => {
  const damaged = [
    ...Array.from({ length: document.length }, (_, end) => document.slice(0, end)),
    `${document}x`,
    document + document,
    `${document}}`,
  ];
  // Between good ones, as a damaged text must not reach into the next.
  const texts = damaged.flatMap((text) => [text, document]);
  const { rows, misfits, unusable } = await typedRows(columns, texts);
  const [good] = (await typedRows(columns, [document])).rows;
  t.is(unusable, damaged.length);
  t.deepEqual(misfits, [0, 0, 0, 0, 0]);
  for (const [i, row] of rows.entries()) {
    t.deepEqual(row, i % 2 === 1 ? good : [null, null, null, null, null]);
  }
});

test('texts with any character replaced have nulls only, but where they are JSON still', async (t) => {
  const characters = ['"', '\\', '{', '}', '[', ']', ':', ',', 'x', '0', ' ', '\u0001'];
  const texts = Array.from({ length: document.length }, (_, at) =>
    characters.map((character) => document.slice(0, at) + character + document.slice(at + 1)),
  ).flat();
  const { rows, unusable } = await typedRows(columns, texts);
  const isDamaged = texts.map((text) => !isJsonObject(text));
  t.is(unusable, isDamaged.filter(Boolean).length);
  t.true(rows.every((row, i) => !isDamaged[i] || row.every((value) => value === null)));
});

test('what is no object has nulls only', async (t) => {
  const texts = [
    '',
    ' ',
    'null',
    '1',
    '"x"',
    'true',
    '[]',
    '[{"a":1}]',
    "{'a':1}",
    '{"a":NaN}',
    '{"a":01}',
    '{"a":1,}',
  ];
  const { rows, misfits, unusable } = await typedRows(parseDdl('a STRING'), texts);
  t.true(rows.every(([value]) => value === null));
  t.deepEqual({ misfits, unusable }, { misfits: [0], unusable: texts.length });
});

test('what is nested too deeply has nulls only', async (t) => {
  const nested = (depth: number) => `{"a":1,"b":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const texts = [nested(999), nested(1_000), '[', nested(1_000_000), nested(999)];
  const { rows, unusable } = await typedRows(parseDdl('a INT, b STRING'), texts);
  t.deepEqual(
    rows.map(([value]) => value),
    [1, null, null, null, 1],
  );
  t.is(unusable, 3);
});

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
