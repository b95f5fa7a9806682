import test from 'ava';
import { decodeBase64 } from '../../../consumer/record/base64.ts';
import { randomFrom } from '../../../schemas/sample/random.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const decodes = test.macro({
  exec(t, text: string, expected: string) {
    t.is(decode(text)?.toString('latin1'), expected);
  },
  title: (_, text: string, expected: string) => `"${text}" is ${JSON.stringify(expected)}`,
});
// RFC 4648, section 10.
test(decodes, '', '');
test(decodes, 'Zg==', 'f');
test(decodes, 'Zm8=', 'fo');
test(decodes, 'Zm9v', 'foo');
test(decodes, 'Zm9vYg==', 'foob');
test(decodes, 'Zm9vYmE=', 'fooba');
test(decodes, 'Zm9vYmFy', 'foobar');
test(decodes, '+/+/', '\xfb\xff\xbf');
test('unused bits may be set:', decodes, 'Zh==', 'f');
test('unused bits may be set: in the third,', decodes, 'Zm9=', 'fo');

const refuses = test.macro({
  exec(t, text: string) {
    t.is(decode(text), undefined);
    t.is(decode(`Zm9v${text}`), undefined, 'behind a good group');
  },
  title: (_, text: string) => `${JSON.stringify(text)} is no base64`,
});
for (const text of [
  'Z',
  'Zg',
  'Zm9',
  'Zg=',
  'Zm9v=',
  'Zm8',
  'Z===',
  '====',
  '=',
  '==',
  '===A',
  'Z=g=',
  '=Zm9',
]) {
  test(refuses, text);
}
for (const text of [
  '-_-_',
  'Zm 9',
  'Zm\n9',
  'Zm9v\n',
  ' Zm9v',
  'Zm9v    ',
  'Zm*v',
  'Zm.v',
  'Zg==Zm9v',
  'Zm8=Zg==',
  'é9v',
]) {
  test(refuses, text);
}

test('every byte in every place counts only if the alphabet has it', (t) => {
  for (let place = 0; place < 4; place++) {
    for (let byte = 0; byte < 256; byte++) {
      const text = Buffer.from('AAAA');
      text[place] = byte;
      const isPadding = byte === 0x3d && place === 3;
      const isGood = ALPHABET.includes(String.fromCharCode(byte)) || isPadding;
      t.is(decodeBase64(text, 0, 4, new Uint8Array(8), 0) >= 0, isGood, `${byte} at ${place}`);
    }
  }
});

test('bytes of any length come back', (t) => {
  const random = randomFrom('base64');
  for (let length = 0; length < 300; length++) {
    const bytes = random.bytes(300).subarray(0, length);
    t.deepEqual(decode(bytes.toString('base64')), bytes);
  }
});

test('it is written where it was asked to be', (t) => {
  const text = Buffer.from('|Zm9vYmE=|');
  const out = Buffer.alloc(20, '.');
  t.is(decodeBase64(text, 1, 9, out, 3), 5);
  t.is(out.toString('latin1', 0, 8), '...fooba');
});

function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text);
  const out = Buffer.alloc(bytes.length + 4);
  const length = decodeBase64(bytes, 0, bytes.length, out, 0);
  return length < 0 ? undefined : out.subarray(0, length);
}
