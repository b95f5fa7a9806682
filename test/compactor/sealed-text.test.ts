import test from 'ava';
import { sealedText, unsealed } from '../../compactor/sealed-text.ts';

const value = { sum: 2n ** 64n - 1n, list: [{ text: 'a\n"b"\u2028🙂' }, null, -1n], flag: true };

test('what is sealed is read back, large integers too', (t) => {
  t.deepEqual(unsealed(sealedText(value)), value);
});

test('a text in which anything is changed, added or missing is none', (t) => {
  const text = sealedText(value);
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === '0' ? '1' : '0';
    t.is(unsealed(text.slice(0, at) + other + text.slice(at + 1)), undefined, `at ${at}`);
    t.is(unsealed(text.slice(0, at)), undefined, `up to ${at}`);
  }
  for (const wrong of [undefined, '', `${text}${text}`, `${text}\n`, '{}']) t.is(unsealed(wrong), undefined);
});
