import test from 'ava';
import type { NestedValue } from 'orc-writer-wasm';
import { parseDdl } from '../../../schemas/typed/ddl.ts';
import { typedRows } from '../../helpers/typed-rows.ts';

/** What Spark 4.3 gave for each value of the member `a`, and in how many of them something is lost, whole or inside. */
const givesPartly = test.macro({
  async exec(
    t,
    type: string,
    expectedMisfits: number,
    values: readonly (readonly [json: string, expected: NestedValue])[],
  ) {
    const { rows, misfits } = await typedRows(
      parseDdl(`a ${type}`),
      values.map(([json]) => `{"a":${json}}`),
    );
    t.deepEqual(
      rows,
      values.map(([, expected]) => [expected]),
    );
    t.deepEqual(misfits, [expectedMisfits]);
  },
  title: (title = '', type: string) => `${type}: ${title}`,
});

test('a struct stays without what does not fit in it', givesPartly, 'struct<b:int,c:string>', 4, [
  ['{"b":1,"c":"x"}', { b: 1, c: 'x' }],
  ['{"b":"x","c":"y"}', { b: null, c: 'y' }],
  ['{"b":[],"c":{"q":"1"}}', { b: null, c: '{"q":"1"}' }],
  ['{"b":null,"d":5}', { b: null, c: null }],
  ['{}', { b: null, c: null }],
  ['[{"b":1}]', null],
  ['""', null],
  ['null', null],
]);
test('a struct in an array too', givesPartly, 'array<struct<b:int,c:string>>', 4, [
  ['[{"b":1},null,{"c":"x"}]', [{ b: 1, c: null }, null, { b: null, c: 'x' }]],
  [
    '[{"b":"x","c":"y"},{"b":"z"},{"b":2}]',
    [
      { b: null, c: 'y' },
      { b: null, c: null },
      { b: 2, c: null },
    ],
  ],
  ['{"b":1}', null],
  ['[{"b":2},1,{"b":9}]', null],
  ['[1]', null],
  ['[{"b":3}]', [{ b: 3, c: null }]],
]);
test('a struct in a map too', givesPartly, 'map<string,struct<b:int,c:array<int>>>', 3, [
  ['{"x":{"b":"q","c":[1]},"y":{"b":2}}', mapOf({ x: { b: null, c: [1] }, y: { b: 2, c: null } })],
  ['{"x":{"b":1,"c":["q"]}}', mapOf({ x: { b: 1, c: null } })],
  ['{"x":{"b":1},"y":3}', null],
  ['{"x":null}', mapOf({ x: null })],
]);

function mapOf(entries: Readonly<Record<string, NestedValue>>): NestedValue {
  return new Map(Object.entries(entries));
}
