import test from 'ava';
import { randomFrom } from '../../../schemas/sample/random.ts';
import { canonicalId } from '../../helpers/canonical-val.ts';
import { parseLossless, writeLossless } from '../../helpers/lossless-json.ts';
import { randomDocument } from '../../helpers/random-json.ts';

// An id that is an object is its canonical text and nothing else, so ids show what canonical text is.
const canonical = test.macro({
  exec(t, json: string, expected: string) {
    t.is(canonicalId(json), expected);
    t.is(canonicalId(expected), expected, 'once more');
  },
  title: (claim) => `canonical text ${claim}`,
});

test(
  'has no white space',
  canonical,
  ' {"a" : [ 1 ,\n2 ] ,\t"b": { } , "c":[ ]}\r\n',
  '{"a":[1,2],"b":{},"c":[]}',
);
test(
  'has its keys in order, at every level',
  canonical,
  '{"b":{"z":1,"y":[{"d":1,"c":2}]},"a":0}',
  '{"a":0,"b":{"y":[{"c":2,"d":1}],"z":1}}',
);
test('keeps the order of arrays', canonical, '{"a":[3,1,2,"b","a"]}', '{"a":[3,1,2,"b","a"]}');
test(
  'has numbers as they were written',
  canonical,
  '{"n":[1.0,1.10,1e5,1E+5,-0,-0.0,0.1e-7,1e400]}',
  '{"n":[1.0,1.10,1e5,1E+5,-0,-0.0,0.1e-7,1e400]}',
);
test(
  'has integers of any size',
  canonical,
  '{"n":1180591620717411303424,"m":-9007199254740993}',
  '{"m":-9007199254740993,"n":1180591620717411303424}',
);
test(
  'has other alphabets as they are',
  canonical,
  String.raw`{"\u00e9":"\u6f22\ud83e\udd89é"}`,
  '{"é":"漢🦉é"}',
);
test(
  'escapes what must be escaped, and in the shortest way',
  canonical,
  String.raw`{"a":"\u0022\u005c\u0008\u000c\u000a\u000d\u0009\u0001\u001F\u007f"}`,
  String.raw`{"a":"\"\\\b\f\n\r\t\u0001\u001f` + '\u007f"}',
);
test('does not escape slashes', canonical, String.raw`{"a\/b":"\/"}`, '{"a/b":"/"}');
test(
  'has the line ends of Unicode as they are',
  canonical,
  String.raw`{"a":"\u2028\u2029"}`,
  '{"a":"\u2028\u2029"}',
);
test(
  'keeps NULs, dollars and dates, as nothing is sanitised',
  canonical,
  String.raw`{"$a":"\u0000$_archived","d":"2020-01-02T03:04:05.678Z"}`,
  String.raw`{"$a":"\u0000$_archived","d":"2020-01-02T03:04:05.678Z"}`,
);
test(
  'sorts integer-like keys as text',
  canonical,
  '{"9":1,"10":2,"1":3,"-1":4}',
  '{"-1":4,"1":3,"10":2,"9":1}',
);
test(
  'has keys that other parsers treat as properties',
  canonical,
  '{"constructor":1,"__proto__":{"toString":2},"hasOwnProperty":3}',
  '{"__proto__":{"toString":2},"constructor":1,"hasOwnProperty":3}',
);
test(
  'sorts by code point, not by UTF-16 unit',
  canonical,
  '{"\u{1d4b3}":1,"\uff61":2,"z":3,"\ue000":4,"é":5}',
  '{"z":3,"é":5,"\ue000":4,"\uff61":2,"\u{1d4b3}":1}',
);
test(
  'sorts a key before those that go on',
  canonical,
  '{"abcdefgh":1,"abcdefg":2,"a":3,"":4,"abcdef":5}',
  '{"":4,"a":3,"abcdef":5,"abcdefg":2,"abcdefgh":1}',
);
test(
  'sorts keys that differ behind their sixth byte',
  canonical,
  '{"prefix_c":1,"prefix_a":2,"prefix_b":3}',
  '{"prefix_a":2,"prefix_b":3,"prefix_c":1}',
);
test(
  'tells NUL from nothing in keys',
  canonical,
  String.raw`{"a\u0000":1,"a":2,"\u0000":3,"":4}`,
  String.raw`{"":4,"\u0000":3,"a":2,"a\u0000":1}`,
);
test(
  'sorts keys by their characters, not by their escapes',
  canonical,
  String.raw`{"b":1,"\u0061":2,"\"":3,"\n":4}`,
  String.raw`{"\n":4,"\"":3,"a":2,"b":1}`,
);
test('has the last of duplicate keys', canonical, '{"a":1,"b":2,"a":{"x":3},"a":4}', '{"a":4,"b":2}');
test(
  'has the last of keys that are spelled in two ways',
  canonical,
  String.raw`{"\u0061":1,"a":2,"é":3,"\u00e9":4}`,
  '{"a":2,"é":4}',
);
test(
  'has the last of duplicate keys also deep inside',
  canonical,
  '{"o":[{"a":1,"a":{"b":1,"b":2}}]}',
  '{"o":[{"a":{"b":2}}]}',
);
test('keeps empty keys and strings', canonical, '{"":{"":""}}', '{"":{"":""}}');

test('a lone surrogate is not supported, wherever it is', (t) => {
  for (const json of [
    String.raw`{"a":"\ud800"}`,
    String.raw`{"a":["x",{"b":"\udc00"}]}`,
    String.raw`{"\ud800":1}`,
    String.raw`{"a":{"\ud83e\ud83e":1}}`,
  ]) {
    t.is(canonicalId(json), 'unsupported-value', json);
  }
});

test('objects of any number of members are sorted', (t) => {
  const random = randomFrom('members');
  for (const count of [2, 31, 32, 33, 34, 63, 64, 65, 129, 1_000, 5_000]) {
    // Some keys occur twice, many share their first bytes.
    const members = Array.from({ length: count }, (_, index) => {
      const key =
        random.pick(['shared prefix ', '', 'é', '\u{1d4b3}', '\uff61']) + String(random.below(count));
      return `${JSON.stringify(key)}:${index}`;
    });
    const json = `{${members.join()}}`;
    t.is(canonicalId(json), writeLossless(parseLossless(json), 'by code point'), `${count} members`);
  }
});

test('wide objects inside wide objects keep their members apart', (t) => {
  const wide = (value: string) =>
    `{${Array.from({ length: 35 }, (_, n) => `"k${(n * 12) % 35}":${value}`).join()}}`;
  const json = wide(wide(wide('1')));
  t.is(canonicalId(json), writeLossless(parseLossless(json), 'by code point'));
});

test('long strings and keys are kept whole', (t) => {
  const long = 'é"\\\n🦉x'.repeat(100_000);
  const json = JSON.stringify({ [long]: [long, `${long}\u0000`] });
  t.is(canonicalId(json), json);
});

test('objects nested to the limit are written', (t) => {
  const json = `${'{"b":0,"a":'.repeat(999)}{}${'}'.repeat(999)}`;
  t.is(canonicalId(json), writeLossless(parseLossless(json), 'by code point'));
});

test('random objects are what a plain parser, map and sort make of them', (t) => {
  const random = randomFrom('canonical');
  for (let round = 0; round < 2_000; round++) {
    const json = randomDocument(random);
    const expected = writeLossless(parseLossless(json), 'by code point');
    if (canonicalId(json) !== expected) return t.is(canonicalId(json), expected, json);
  }
  t.pass();
});
