import test from 'ava';
import { openReader } from '../src/reader.ts';
import { writeColumns } from './helpers/memory-file.ts';
import { random } from './helpers/random.ts';
import { streamsOf } from './helpers/streams.ts';

/** Writes each of the strings twice, with a dictionary, and reads them again. */
async function throughDictionary(strings: readonly string[]) {
  const values = [...strings, ...strings];
  const file = await writeColumns([{ name: 's', type: 'string', values }], {
    compression: 'NONE',
    dictionaryKeySizeThreshold: 1,
  });
  await using reader = await openReader(file);
  const rows = await Array.fromAsync(reader.rows());
  const { footers, streams } = await streamsOf(file);
  return {
    size: footers[0]?.encodings[1]?.dictionarySize,
    entries: streams.get('0/1/DICTIONARY_DATA')?.toString(),
    isEqual: values.every((value, i) => rows[i]?.s === value),
  };
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

test('strings that differ in one byte, wherever it is, are different entries', async (t) => {
  const strings: string[] = [''];
  for (let length = 1; length <= 90; length++) {
    strings.push('a'.repeat(length));
    for (let at = 0; at < length; at++) strings.push(`${'a'.repeat(at)}b${'a'.repeat(length - at - 1)}`);
  }
  const { size, entries, isEqual } = await throughDictionary(strings);
  t.is(size, strings.length);
  t.is(entries, strings.toSorted(byBytes).join(''));
  t.true(isEqual);
});

for (const [title, prefix, letters] of [
  ['zero bytes and beginnings of one another', '', ['\0', 'a', 'b']],
  ['a long common beginning', 'x'.repeat(3000), ['a', 'b']],
  ['bytes above 0x7f', 'å', ['\u007f', '\u0080', '\u{1f642}', 'z']],
] as const) {
  test(`entries are sorted as unsigned bytes: ${title}`, async (t) => {
    const r = random(4);
    const strings = new Set<string>();
    for (let i = 0; i < 3000; i++) {
      strings.add(prefix + Array.from({ length: r.below(24) }, () => r.pick(letters)).join(''));
    }
    const { size, entries, isEqual } = await throughDictionary([...strings]);
    t.is(size, strings.size);
    t.is(entries, [...strings].toSorted(byBytes).join(''));
    t.true(isEqual);
  });
}
