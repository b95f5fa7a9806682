import test from 'ava';
import { ManifestError, manifestText, parseManifest, type Manifest } from '../../schemas/manifest.ts';

const file = {
  name: '00-ff-0.orc',
  rows: 2,
  bytes: 100,
  rawBytes: 200,
  sha256: 'a'.repeat(64),
  checksum: '0123456789abcdef',
};
const manifest: Manifest = {
  format: 1,
  version: '0123456789abcdef01234567',
  recipe: {
    kind: 'changes',
    db: 'core',
    collection: 'é+#🙂',
    exportDate: '2026-07-03',
    compression: 'ZLIB',
    generationFloor: 0,
    parts: [{ name: 'p', bytes: 1 }],
  },
  counts: {
    rowsIn: 3,
    duplicates: 1,
    superseded: 0,
    rowsOut: 2,
    checksumIn: '0123456789abcdef',
    checksumOut: '0123456789abcdef',
  },
  files: [file],
  tombstones: [],
  misfits: { a: 1 },
};

test('a manifest comes back from its text', (t) => {
  t.deepEqual(parseManifest(manifestText(manifest)), manifest);
  const { checksum: _, ...withoutChecksum } = file;
  const other = { ...manifest, files: [], tombstones: [withoutChecksum], misfits: {} };
  t.deepEqual(parseManifest(manifestText(other)), other);
});

test('the same manifest has the same text, whatever the order of its members', (t) => {
  const reversed = Object.fromEntries(Object.entries(manifest).toReversed()) as unknown as Manifest;
  t.is(manifestText(reversed), manifestText(manifest));
  t.true(manifestText(manifest).endsWith('}\n'));
});

const isRefused = test.macro({
  exec(t, members: object, message: string) {
    t.throws(() => parseManifest(JSON.stringify({ ...manifest, ...members })), {
      instanceOf: ManifestError,
      message,
    });
  },
  title: (claim) => `${claim} is refused`,
});
test('another format', isRefused, { format: 2 }, 'manifest is of an unknown format');
test('no version', isRefused, { version: undefined }, 'manifest.version is no text');
test('no recipe', isRefused, { recipe: null }, 'manifest.recipe is no object');
test('no counts', isRefused, { counts: undefined }, 'manifest.counts is no object');
test(
  'a count that is none',
  isRefused,
  { counts: { ...manifest.counts, rowsOut: -1 } },
  'manifest.counts.rowsOut is no count',
);
test(
  'a checksum that is none',
  isRefused,
  { counts: { ...manifest.counts, checksumOut: 'x' } },
  'manifest.counts.checksumOut is not of its shape',
);
test('no list of files', isRefused, { files: {} }, 'manifest.files is no list');
test('null as a file', isRefused, { files: [file, null] }, 'manifest.files[1] is no object');
test('no list of tombstones', isRefused, { tombstones: undefined }, 'manifest.tombstones is no list');
test('no misfits', isRefused, { misfits: undefined }, 'manifest.misfits is no object');
for (const [name, value] of [
  ['rows', 0.5],
  ['bytes', '1'],
  ['rawBytes', undefined],
] as const) {
  test(
    `${name} of a file as ${String(value)}`,
    isRefused,
    { tombstones: [{ ...file, [name]: value }] },
    `manifest.tombstones[0].${name} is no count`,
  );
}
for (const [name, value] of [
  ['name', '../00-ff-0.orc'],
  ['name', '_manifest.json'],
  ['name', 'part.orc'],
  ['sha256', 'A'.repeat(64)],
  ['checksum', 'abc'],
] as const) {
  test(
    `the ${name} ${value}`,
    isRefused,
    { files: [{ ...file, [name]: value }] },
    `manifest.files[0].${name} is not of its shape`,
  );
}

test('what is no JSON, or no object, is refused', (t) => {
  for (const text of ['', '{', manifestText(manifest).slice(0, -3), 'null', '[]', '"x"']) {
    t.throws(() => parseManifest(text), { instanceOf: ManifestError, message: /^manifest is no / });
  }
});
