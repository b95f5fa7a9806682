import test from 'ava';
import {
  DOLLAR,
  ESCAPE,
  NODE,
  UNDERSCORE,
  addString,
  emptyText,
  type JsonText,
} from '../../../consumer/record/json.ts';
import {
  AS_THEY_ARE,
  decodeString,
  escapeInto,
  findMember,
  isString,
  isVerbatim,
  stringValue,
  utf8,
  type StringRules,
} from '../../../consumer/record/strings.ts';
import { randomFrom } from '../../../schemas/sample/random.ts';
import { scan, scanInto } from '../../helpers/scan-text.ts';

const SANITISED: StringRules = { sanitise: true, stripLineBreaks: false };
const STRIPPED: StringRules = { sanitise: true, stripLineBreaks: true };

const reads = test.macro({
  exec(t, source: string, value: string) {
    t.is(stringValue(scanned(`"${source}"`), 0), value);
  },
  title: (_, source: string, value: string) => `the source text ${source} is ${JSON.stringify(value)}`,
});
test(reads, '', '');
test(reads, 'plain', 'plain');
test(reads, String.raw`\"\\\/\b\f\n\r\t`, '"\\/\b\f\n\r\t');
test(reads, String.raw`http:\/\/x`, 'http://x');
test(reads, String.raw`\u0041\u00e9\u6f22`, 'Aé漢');
test(reads, String.raw`\u006A\u006a`, 'jj');
test(reads, String.raw`\u0000`, '\0');
test(reads, String.raw`\ud83e\udd89`, '🦉');
test(reads, String.raw`\uD800\uDC00\uDBFF\uDFFF`, '\u{10000}\u{10ffff}');
test(reads, String.raw`\ud7ff\ue000\uffff`, '\ud7ff\ue000\uffff');
test(reads, String.raw`é\u00e9漢🦉`, 'éé漢🦉');
test(reads, String.raw`\\u0041`, '\\u0041');
test(reads, String.raw`\\\u0041`, '\\A');
test(reads, String.raw`\\n`, '\\n');

const hasNoValue = test.macro({
  exec(t, source: string) {
    t.is(stringValue(scanned(`"${source}"`), 0), undefined);
  },
  title: (_, source: string) => `${source} is no Unicode text`,
});
test(hasNoValue, String.raw`\ud800`);
test(hasNoValue, String.raw`\udfff`);
test(hasNoValue, String.raw`\ud83ex`);
test(hasNoValue, String.raw`\ud83e\n`);
test(hasNoValue, String.raw`\ud83e\\udd89`);
test(hasNoValue, String.raw`\ud83e\u0041`);
test(hasNoValue, String.raw`\ud83e\ue000`);
test(hasNoValue, String.raw`\ud83e\ud83e\udd89`);
test(hasNoValue, String.raw`\udd89\ud83e`);
test(hasNoValue, String.raw`\ud83e🦉`);
test(hasNoValue, String.raw`fine until here \udbff`);

test('every escaped code point of the first plane is the character another parser reads', (t) => {
  const text = emptyText();
  for (let block = 0; block < 0x10000; block += 256) {
    if (block >= 0xd800 && block < 0xe000) continue;
    const codes = Array.from({ length: 256 }, (_, index) => (block + index).toString(16).padStart(4, '0'));
    const json = `"${codes.map((code) => `\\u${code}`).join('')}"`;
    scanInto(text, json);
    if (stringValue(text, 0) !== JSON.parse(json)) t.fail(`from ${codes[0]}`);
  }
  t.pass();
});

test('pairs of surrogates are the characters another parser reads', (t) => {
  const random = randomFrom('surrogates');
  const text = emptyText();
  for (let round = 0; round < 3_000; round++) {
    const high = (0xd800 + random.below(0x400)).toString(16);
    const low = (0xdc00 + random.below(0x400)).toString(16);
    const json = `"\\u${high}\\u${low}"`;
    scanInto(text, json);
    t.is(stringValue(text, 0), JSON.parse(json));
  }
});

test('the surrogate at the end of a string takes nothing from what follows', (t) => {
  t.is(stringValue(scanned(String.raw`["\ud83e","\udd89"]`), NODE), undefined);
  const text = scanned(String.raw`"\ud83e\udd89"`);
  t.is(stringValue(text, 0), '🦉');
  t.is(stringValue(text, addString(text, 1, 7, ESCAPE)), undefined, 'not even its other half');
});

const becomes = test.macro({
  exec(t, source: string, sanitised: string, stripped?: string) {
    const results = [[SANITISED, sanitised] as const, [STRIPPED, stripped ?? sanitised] as const];
    for (const [rules, expected] of results) {
      const text = scanned(`"${source}"`);
      t.is(decoded(text, rules), expected);
      if (isVerbatim(text, 0, rules)) t.is(source, expected);
    }
  },
  title: (_, source: string, sanitised: string, stripped?: string) =>
    `sanitising makes ${source} ${JSON.stringify(sanitised)}` +
    (stripped === undefined ? '' : `, or ${JSON.stringify(stripped)} without line breaks`),
});
test(becomes, '5 US$', '5 USd_');
test(becomes, '$$a$', 'd_d_ad_');
test(becomes, String.raw`\u0024`, 'd_');
test(becomes, '_archived', '_removed');
test(becomes, '_archivedDateTime', '_removedDateTime');
test(becomes, 'x_archived_archivedThing', 'x_removed_removedThing');
test(becomes, 'archived _Archived _archive', 'archived _Archived _archive');
test(becomes, '__archived', '__removed');
test(becomes, '_arch_archived', '_arch_removed');
test(becomes, String.raw`\u005farchived`, '_removed');
test(becomes, String.raw`_arch\u0069ved`, '_removed');
test(becomes, '$archived', 'd_removed');
test(becomes, String.raw`x\u0000y`, 'xy');
test(becomes, String.raw`\u0000\u0000`, '');
test(becomes, String.raw`_arch\u0000ived`, '_removed');
test(becomes, String.raw`C:\\u0000dir`, 'C:\\u0000dir');
test(becomes, String.raw`\\\u0000`, '\\');
test(becomes, String.raw`a\nb`, 'a\nb', 'ab');
test(becomes, String.raw`a\r\nb`, 'a\r\nb', 'ab');
test(becomes, String.raw`\n\n`, '\n\n', '');
test(becomes, String.raw`a\u000ab\u000D`, 'a\nb\r', 'ab');
test(becomes, String.raw`a\\nb`, 'a\\nb');
test(becomes, String.raw`a\\\nb`, 'a\\\nb');
test(becomes, String.raw`a\\\r\nb`, 'a\\\r\nb', 'a\\\rb');
test(becomes, String.raw`a\\\\\nb`, 'a\\\\\nb');
test(becomes, String.raw`a\u005c\nb`, 'a\\\nb');
test(becomes, String.raw`a\\\u0000\nb`, 'a\\\nb', 'a\\b');
test(becomes, String.raw`_arch\nived`, '_arch\nived', '_removed');
test(becomes, String.raw`\t\f\b\u2028`, '\t\f\b\u2028');
test(becomes, String.raw`\\|`, '\\|');
test(becomes, '|é漢🦉', '|é漢🦉');

test('as they are, characters stay', (t) => {
  t.is(decoded(scanned(String.raw`"$_archived\u0000\n"`), AS_THEY_ARE), '$_archived\0\n');
});

test('a string is known for what sanitising looks for', (t) => {
  const flags = (json: string) => (scanned(json).nodes[0] ?? 0) & (ESCAPE | DOLLAR | UNDERSCORE);
  t.is(flags('"a-b c"'), 0);
  t.is(flags('"a$"'), DOLLAR);
  t.is(flags('"_a"'), UNDERSCORE);
  t.is(flags('"$_\\n"'), DOLLAR | UNDERSCORE | ESCAPE);
});

test('only what changes is not verbatim', (t) => {
  t.true(isVerbatim(scanned('"_id, _removed, archived"'), 0, STRIPPED));
  t.true(isVerbatim(scanned('"a$_archived"'), 0, AS_THEY_ARE));
  t.false(isVerbatim(scanned('"a$"'), 0, SANITISED));
  t.false(isVerbatim(scanned('"_archived"'), 0, SANITISED));
  t.false(isVerbatim(scanned('"\\/"'), 0, AS_THEY_ARE));
});

test('characters are escaped as JSON.stringify does it', (t) => {
  for (let code = 0; code < 0x100; code++) {
    const source = Buffer.from(`a${String.fromCharCode(code)}z`);
    const out = new Uint8Array(32);
    const end = escapeInto(source, 0, source.length, out, 1);
    t.is(`"${utf8(out, 1, end)}"`, JSON.stringify(source.toString()));
  }
});

test('a string is compared by its characters, whatever their spelling', (t) => {
  const name = Buffer.from('put_time');
  t.true(isString(scanned('"put_time"'), 0, name));
  t.true(isString(scanned(String.raw`"put\u005ftim\u0065"`), 0, name));
  t.false(isString(scanned('"put_timE"'), 0, name));
  t.false(isString(scanned('"put_tim"'), 0, name));
  t.false(isString(scanned('"put_time "'), 0, name));
  t.false(isString(scanned(String.raw`"put_tim\ud800"`), 0, name));
  t.false(isString(scanned('""'), 0, name));
});

const finds = test.macro({
  exec(t, json: string, value: string | undefined) {
    const text = scanned(json);
    const node = findMember(text, 0, Buffer.from('a'));
    t.is(node === undefined ? undefined : stringValue(text, node), value);
  },
  title: (claim = '', json: string, value: string | undefined) =>
    `the member "a" of ${json} is ${value ?? 'absent'} ${claim}`.trim(),
});
test(finds, '{"a":"1"}', '1');
test(finds, '{}', undefined);
test(finds, '{"b":{"a":"1"}}', undefined);
test(finds, '{"b":{"a":"1"},"c":["a","x"],"a":"2"}', '2');
test('(the last one)', finds, '{"a":"1","b":"x","a":"2"}', '2');
test(finds, String.raw`{"\u0061":"1"}`, '1');
test(finds, '{"A":"1","aa":"2","":"3"}', undefined);

function scanned(json: string): JsonText {
  const { text, result } = scan(json);
  if (result !== 'ok') throw new Error(json);
  return text;
}

function decoded(text: JsonText, rules: StringRules): string | undefined {
  const end = decodeString(text, 0, rules);
  return end < 0 ? undefined : utf8(text.bytes, text.free, end);
}
