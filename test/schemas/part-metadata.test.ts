import test from 'ava';
import { parsePartMetadata, PartMetadataError } from '../../schemas/part-metadata.ts';

const source = { key: 'a b+#🙂', eTag: 'e', rows: 2, firstLine: 1, lastLine: 3 };
const summary = { lines: 4, rows: 2, quarantined: 1, blank: 1, reasons: { 'invalid-id': 1 } };
const metadata = {
  'cdi.sources': JSON.stringify([source, { ...source, versionId: 'v', object: summary }]),
  'cdi.db': 'core',
  'cdi.collection': 'é🙂',
  'cdi.export-date': '2026-07-03',
  'cdi.generation': '1783000000123',
  'cdi.software': 'cdi 1',
};

test('metadata is read as it was written', (t) => {
  t.deepEqual(parsePartMetadata(bytesOf(metadata)), {
    db: 'core',
    collection: 'é🙂',
    exportDate: '2026-07-03',
    generation: 1_783_000_000_123,
    sources: [source, { ...source, versionId: 'v', object: summary }],
  });
});

const withSource = (changes: object) => ({
  'cdi.sources': JSON.stringify([source, { ...source, ...changes }]),
});

const refused: [string, Record<string, string | undefined>][] = [
  ['cdi.db is missing', { 'cdi.db': undefined }],
  ['cdi.generation is no number', { 'cdi.generation': '-1' }],
  ['cdi.sources is no JSON', { 'cdi.sources': '[{"key":"secret"' }],
  ['cdi.sources is no list', { 'cdi.sources': '{}' }],
  ['cdi.sources[0] is no object', { 'cdi.sources': '[null]' }],
  ['cdi.sources[1].key is no text', withSource({ key: 5 })],
  ['cdi.sources[1].versionId is no text', withSource({ versionId: null })],
  ['cdi.sources[1].rows is no count', withSource({ rows: 1.5 })],
  ['cdi.sources[1].lastLine is no count', withSource({ lastLine: -1 })],
  ['cdi.sources[1].object is no object', withSource({ object: 'x' })],
  ['cdi.sources[1].object.reasons.x is no count', withSource({ object: { ...summary, reasons: { x: -1 } } })],
  ['cdi.sources[1].object.blank is no count', withSource({ object: { ...summary, blank: '1' } })],
];

for (const [message, changes] of refused) {
  test(`metadata is refused when ${message}`, (t) => {
    t.throws(() => parsePartMetadata(bytesOf({ ...metadata, ...changes })), {
      instanceOf: PartMetadataError,
      message,
    });
  });
}

function bytesOf(texts: Record<string, string | undefined>): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : [[name, Buffer.from(text)]])),
  );
}
