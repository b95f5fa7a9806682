import test from 'ava';
import {
  ARRAY,
  END,
  MAXIMUM_DEPTH,
  NEXT,
  NODE,
  NUMBER,
  OBJECT,
  START,
  STRING,
  TRUE,
  addString,
  emptyText,
  isFalsy,
  kindOf,
  scanJson,
  type JsonText,
} from '../../../consumer/record/json.ts';
import { stringValue } from '../../../consumer/record/strings.ts';
import { randomFrom } from '../../../schemas/sample/random.ts';
import { randomDocument } from '../../helpers/random-json.ts';
import { scan, scanInto } from '../../helpers/scan-text.ts';

const accepts = test.macro({
  exec(t, json: string) {
    const { text, result } = scan(json);
    t.is(result, 'ok');
    t.is(text.end, text.length);
    t.deepEqual(valueOf(text, 0), JSON.parse(json));
  },
  title: (claim = 'the text') => `${claim} is JSON`,
});

test('an empty object', accepts, '{}');
test('an empty array', accepts, '[]');
test('empty containers inside one another', accepts, '[[],{},[{}],{"a":[]}]');
test('a lone string', accepts, '"x"');
test('a lone number', accepts, '-1.5e-3');
test('a lone literal', accepts, 'null');
test('white space of the four kinds, anywhere,', accepts, ' \t\r\n{ "a" :\t[ 1 ,\r\n2 ] , "b":{ } } \n');
test('a zero with a fraction', accepts, '[0,0.0,-0,-0.0,0e0,0E+1,0e-1]');
test('an exponent of any sign', accepts, '[1e5,1E5,1e+5,1e-5,1.25E-02]');
test('a number beyond doubles', accepts, '[1e400,-1e400,123456789012345678901234567890]');
test('every short escape', accepts, String.raw`"\" \\ \/ \b \f \n \r \t"`);
test('an escape in hex of either case', accepts, String.raw`"\u00e9\u00E9\uABCD\uabcd"`);
test('an escaped NUL', accepts, String.raw`"\u0000"`);
test('a pair of surrogates in escapes', accepts, String.raw`"\ud83e\udd89"`);
test('a character of two, three and four bytes', accepts, '"é漢🦉"');
test('DEL and the line ends of Unicode, raw,', accepts, '"\u007f\u2028\u2029"');
test('an empty key', accepts, '{"":0}');
test('an escaped key', accepts, String.raw`{"\u0061\"\\":1}`);
test('a key that is no property name', accepts, '{"__proto__":1,"constructor":2,"10":3,"9":4}');
test('a duplicate key', accepts, '{"a":1,"b":2,"a":3}');
test('a backslash before the closing quote', accepts, String.raw`["\\","a"]`);
test('brackets inside strings', accepts, '["]","}","[{"]');

const refuses = test.macro({
  exec(t, json: string) {
    t.is(scan(json).result, 'invalid');
    t.is(scan(`[${json}]`).result, 'invalid');
    t.is(scan(`{"a":${json}}`).result, 'invalid');
  },
  title: (claim = 'the text') => `${claim} is not JSON`,
});

test('a colon alone', refuses, ':');
test('a comma alone', refuses, ',');
test('an array with a final comma', refuses, '[1,]');
test('an object with a final comma', refuses, '{"a":1,}');
test('an array that begins with a comma', refuses, '[,1]');
test('an array with two commas', refuses, '[1,,2]');
test('an object with two commas', refuses, '{"a":1,,"b":2}');
test('an array without commas', refuses, '[1 2]');
test('an object without commas', refuses, '{"a":1 "b":2}');
test('a colon in an array', refuses, '["a":1]');
test('a comma for a colon', refuses, '{"a","b"}');
test('a member without a value', refuses, '{"a":}');
test('a member without a colon', refuses, '{"a" 1}');
test('a key without a member', refuses, '{"a"}');
test('a key without quotes', refuses, '{a:1}');
test('a key in single quotes', refuses, "{'a':1}");
test('a number for a key', refuses, '{1:1}');
test('null for a key', refuses, '{null:1}');
test('an open array', refuses, '[1');
test('an open object', refuses, '{"a":1');
test('an array closed as an object', refuses, '[1}');
test('an object closed as an array', refuses, '{"a":1]');
test('an empty array closed as an object', refuses, '[}');
test('a string in single quotes', refuses, "'a'");
test('an open string', refuses, '"a');
test('a string that ends in a backslash', refuses, '"a\\');
test('a string whose closing quote is escaped', refuses, String.raw`"a\"`);
test('an unknown escape', refuses, String.raw`"\a"`);
test('an escape in capitals', refuses, String.raw`"\N"`);
test('an escaped quote of the other kind', refuses, String.raw`"\'"`);
test('an escape of two hex digits', refuses, String.raw`"\x41"`);
test('a capital U', refuses, String.raw`"\U0041"`);
test('an escape cut short', refuses, String.raw`"\u12"`);
test('an escape that is not hex', refuses, String.raw`"\u12g4"`);
test('an escaped line end', refuses, '"a\\\nb"');
test('a raw line feed in a string', refuses, '"a\nb"');
test('a raw tab in a string', refuses, '"a\tb"');
test('a raw NUL in a string', refuses, '"a\0b"');
test('a raw unit separator in a string', refuses, '"a\u001fb"');
test('a leading zero', refuses, '01');
test('a negative leading zero', refuses, '-01');
test('two zeros', refuses, '00');
test('a lone minus', refuses, '-');
test('two signs', refuses, '--1');
test('a plus', refuses, '+1');
test('a minus before a space', refuses, '- 1');
test('a fraction without digits', refuses, '1.');
test('a fraction without a whole', refuses, '.5');
test('a negative fraction without a whole', refuses, '-.5');
test('two fractions', refuses, '1.2.3');
test('an exponent without digits', refuses, '1e');
test('an exponent of a sign alone', refuses, '1e+');
test('an exponent behind a bare point', refuses, '1.e1');
test('a fraction of the exponent', refuses, '1e1.5');
test('a number in hex', refuses, '0x1F');
test('a number with a separator', refuses, '1_000');
test('a number in other digits', refuses, '１');
test('NaN', refuses, 'NaN');
test('negative NaN', refuses, '-NaN');
test('Infinity', refuses, 'Infinity');
test('negative Infinity', refuses, '-Infinity');
test('undefined', refuses, 'undefined');
test('a literal cut short', refuses, 'tru');
test('a literal too long', refuses, 'nulls');
test('a capital literal', refuses, 'True');
test('a literal with another letter', refuses, 'falze');
test('a comment', refuses, '/* 1 */ 1');
test('a comment behind', refuses, '1 // 1');
test('a byte order mark', refuses, '\uFEFF1');
test('a space of another kind', refuses, '\u00a01');
test('a form feed', refuses, '\f1');
test('a NUL behind', refuses, '1\0');

const beginsNothing = test.macro({
  exec(t, json: string) {
    t.is(scan(json).result, 'invalid');
  },
  title: (claim = 'the text') => `${claim} is not JSON`,
});
test('no text', beginsNothing, '');
test('only white space', beginsNothing, ' \n');
test('a closing bracket too many', beginsNothing, '[]]');
test('a closing brace too many', beginsNothing, '{}}');
test('a value and a comma', beginsNothing, '1,');

const secondAt = test.macro({
  exec(t, json: string, end: number) {
    const { text, result } = scan(json);
    t.is(result, 'invalid');
    t.is(text.end, end);
  },
  title: (claim) => `where something begins behind the value is known: ${claim}`,
});
test('an object', secondAt, '{"a":1}{"b":2}', 7);
test('an object and a space', secondAt, '{} {', 3);
test('a brace', secondAt, '[1]}', 3);
test('nothing, when the value itself is wrong', secondAt, '{"a":}{"b":2}', 0);
test('nothing, when the text ended early', secondAt, '{"a":1', 0);

test('what the buffer held behind the text is not read', (t) => {
  const text = emptyText();
  for (const whole of ['"abc"', '[1,2]', '123', 'true', '"\\u0041"', '{"a":{}}', '1.5e10']) {
    scanInto(text, `${whole}${whole}`);
    scanInto(text, whole);
    for (let length = 0; length < whole.length; length++) {
      text.length = length;
      const expected = isJson(whole.slice(0, length)) ? 'ok' : 'invalid';
      t.is(scanJson(text), expected, whole.slice(0, length));
      scanInto(text, whole);
    }
  }
});

test('objects are followed by key, value, key, value, and arrays by their elements', (t) => {
  const { text } = scan('{"a":[1,true],"b":{}}');
  t.deepEqual(nodesOf(text), [
    { kind: OBJECT, source: '{"a":[1,true],"b":{}}', next: 7 },
    { kind: STRING, source: 'a', next: 2 },
    { kind: ARRAY, source: '[1,true]', next: 5 },
    { kind: NUMBER, source: '1', next: 4 },
    { kind: TRUE, source: 'true', next: 5 },
    { kind: STRING, source: 'b', next: 6 },
    { kind: OBJECT, source: '{}', next: 7 },
  ]);
});

test('containers nest to the limit and no deeper', (t) => {
  t.is(scan(nested('[', ']', MAXIMUM_DEPTH)).result, 'ok');
  t.is(scan(nested('{"a":', '}', MAXIMUM_DEPTH, '0')).result, 'ok');
  t.is(scan(nested('[', ']', MAXIMUM_DEPTH + 1)).result, 'too-deep');
  t.is(scan(nested('{"a":', '}', MAXIMUM_DEPTH + 1, '0')).result, 'too-deep');
});

test('nesting 10,000 deep, closed or not, ends in a result', (t) => {
  t.is(scan(nested('[', ']', 10_000)).result, 'too-deep');
  t.is(scan(nested('{"a":[', ']}', 5_000)).result, 'too-deep');
  t.is(scan('['.repeat(10_000)).result, 'too-deep');
  t.is(scan('{"a":'.repeat(10_000)).result, 'too-deep');
});

test('containers side by side do not count as nested', (t) => {
  t.is(scan(`[${Array(2_000).fill('[{}]').join()}]`).result, 'ok');
});

test('a text that was too deep leaves nothing behind for the next', (t) => {
  const text = emptyText();
  t.is(scanInto(text, '[{"a":'.repeat(900)), 'too-deep');
  t.is(scanInto(text, '{"a":1}'), 'ok');
  t.deepEqual(valueOf(text, 0), { a: 1 });
});

test('nodes grow at any count, in arrays and in objects', (t) => {
  for (let count = 120; count < 270; count++) {
    const numbers = `[${Array(count).fill('0').join()}]`;
    const nodes = scan(numbers).text;
    t.is(nodes.nodes[NEXT], (count + 1) * NODE, numbers);
    const members = Array.from({ length: count }, (_, index) => `"${index}":[${index}]`).join();
    const { text, result } = scan(`{${members}}`);
    t.is(result, 'ok');
    t.is(text.nodes[NEXT], (3 * count + 1) * NODE);
    const last = scan(`[${'0,'.repeat(count)}{"a":{"b":[]}}]`).text;
    t.deepEqual(valueOf(last, (count + 1) * NODE), { a: { b: [] } }, `behind ${count}`);
  }
});

test('a text of a million nodes is scanned whole', (t) => {
  const count = 250_000;
  const { text, result } = scan(`[${Array(count).fill('{"a":1}').join()}]`);
  t.is(result, 'ok');
  t.is(text.nodes[NEXT], (3 * count + 1) * NODE);
  const last = count * 3 * NODE;
  t.is(Buffer.from(text.bytes.subarray(text.nodes[last + START], text.nodes[last + END])).toString(), '1');
});

test('a string of megabytes is one node', (t) => {
  const { text, result } = scan(`"${'é'.repeat(3_000_000)}"`);
  t.is(result, 'ok');
  t.is(text.nodes[END], 6_000_001);
});

test('a string node can be added behind the scanned ones, also when they fill their room', (t) => {
  for (let count = 250; count < 260; count++) {
    const { text } = scan(`[${Array(count).fill('0').join()}]`);
    const start = text.free;
    text.free += text.bytes.length > start + 5 ? Buffer.from('added').copy(text.bytes, start) : 0;
    const node = addString(text, start, text.free, 0);
    t.is(stringValue(text, node), 'added');
    t.is(kindOf(text, node - NODE), NUMBER);
  }
});

const falsy = test.macro({
  exec(t, json: string, expected: boolean) {
    t.is(isFalsy(scan(json).text, 0), expected);
  },
  title: (_, json: string, expected: boolean) => `${json} is ${expected ? '' : 'not '}nothing`,
});
for (const json of ['null', 'false', '0', '-0', '0.00', '-0.0', '0e5', '0.0E9', '""', '[]', '{}', '[ ]']) {
  test(falsy, json, true);
}
for (const json of ['true', '1', '-1', '0.1', '1e5', '10', '0.01e0', '" "', '"0"', '[0]', '{"":0}']) {
  test(falsy, json, false);
}

test('random documents, whole and damaged, are taken and refused as by another parser', (t) => {
  const random = randomFrom('json');
  const text = emptyText();
  const noise = '"\\{}[]:,0123456789.-+eE \n\ttrufalsn/bu\u0000\u001f';
  let taken = 0;
  for (let round = 0; round < 5_000; round++) {
    let json = randomDocument(random);
    for (let change = random.below(3); change > 0; change--) {
      const at = random.below(json.length);
      const replaced = random.below(3);
      const changed =
        json.slice(0, at) + noise.charAt(random.below(noise.length)) + json.slice(at + replaced);
      json = changed.toWellFormed();
    }
    const isValid = isJson(json);
    const result = scanInto(text, json);
    if ((result === 'ok') !== isValid) return t.fail(`${result}: ${json}`);
    if (!isValid) continue;
    taken += 1;
    if (!json.toLowerCase().includes('\\ud')) t.deepEqual(valueOf(text, 0), JSON.parse(json));
  }
  t.true(taken > 1_000 && taken < 7_000, `${taken} of them were JSON`);
});

function isJson(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

function nested(open: string, close: string, depth: number, core = ''): string {
  return open.repeat(depth) + core + close.repeat(depth);
}

/** What another parser makes of the text, from the nodes. */
function valueOf(text: JsonText, node: number): unknown {
  const end = text.nodes[node + NEXT] ?? 0;
  switch (kindOf(text, node)) {
    case STRING:
      return stringValue(text, node);
    case OBJECT: {
      const entries: [string, unknown][] = [];
      for (let key = node + NODE; key < end; key = text.nodes[key + NODE + NEXT] ?? end) {
        entries.push([stringValue(text, key) ?? '', valueOf(text, key + NODE)]);
      }
      return Object.fromEntries(entries);
    }
    case ARRAY: {
      const elements: unknown[] = [];
      for (let element = node + NODE; element < end; element = text.nodes[element + NEXT] ?? end) {
        elements.push(valueOf(text, element));
      }
      return elements;
    }
    default:
      return JSON.parse(source(text, node));
  }
}

function nodesOf(text: JsonText): { kind: number; source: string; next: number }[] {
  const count = (text.nodes[NEXT] ?? 0) / NODE;
  return Array.from({ length: count }, (_, index) => ({
    kind: kindOf(text, index * NODE),
    source: source(text, index * NODE),
    next: (text.nodes[index * NODE + NEXT] ?? 0) / NODE,
  }));
}

function source(text: JsonText, node: number): string {
  return Buffer.from(text.bytes.subarray(text.nodes[node + START], text.nodes[node + END])).toString();
}
