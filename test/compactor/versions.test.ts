import test from 'ava';
import { hash } from 'node:crypto';
import { manifestOf } from '../../compactor/build.ts';
import {
  fileMetadata,
  manifestDigest,
  readManifest,
  sizeOf,
  writeManifest,
} from '../../compactor/versions.ts';
import { ManifestError } from '../../schemas/manifest.ts';
import { localStore } from '../../storage/local-store.ts';
import { bodyOf } from '../helpers/published.ts';
import { newFolder } from '../helpers/queue-place.ts';

const day = { db: 'core', collection: 'é+#🙂', exportDate: '2026-07-03' };
const PREFIX = 'changes/a b+#🙂/version=01/';
const counts = { rowsIn: 0, duplicates: 0, superseded: 0, rowsOut: 0 };
const checksums = { checksumIn: '0'.repeat(16), checksumOut: '0'.repeat(16) };
const manifest = manifestOf(
  {
    recipe: { kind: 'changes', ...day, compression: 'ZLIB', generationFloor: 0, parts: [] },
    version: '01',
    prefix: PREFIX,
  },
  { counts: { ...counts, ...checksums }, files: [] },
);

test('a manifest is read as it was written, and its digest is that of its file', async (t) => {
  const store = localStore(await newFolder(t));
  await writeManifest(store, PREFIX, manifest);
  t.deepEqual(await readManifest(store, PREFIX), manifest);
  t.is(manifestDigest(manifest), hash('sha256', await bodyOf(store, `${PREFIX}_manifest.json`)));
});

test('without a manifest there is no version', async (t) => {
  const store = localStore(await newFolder(t));
  await store.put(`${PREFIX}00-ff-0.orc`, Buffer.from(''));
  t.is(await readManifest(store, PREFIX), undefined);
});

test('a manifest that is none is named', async (t) => {
  const store = localStore(await newFolder(t));
  await store.put(`${PREFIX}_manifest.json`, Buffer.from('{"format":2}'));
  await t.throwsAsync(readManifest(store, PREFIX), {
    instanceOf: ManifestError,
    message: `${PREFIX}_manifest.json: manifest is of an unknown format`,
  });
});

test('the size of a version is that of its files together', (t) => {
  const file = { name: '', sha256: '' };
  const files = [
    { ...file, rows: 1, bytes: 20, rawBytes: 300 },
    { ...file, rows: 2, bytes: 30, rawBytes: 400 },
  ];
  t.deepEqual(sizeOf(files), { files: 2, rows: 3, bytes: 50, rawBytes: 700 });
  t.deepEqual(sizeOf([]), { files: 0, rows: 0, bytes: 0, rawBytes: 0 });
});

test('files say of what they are, and nothing that another run would not', (t) => {
  t.deepEqual(fileMetadata(day, '01'), {
    'cdi.db': 'core',
    'cdi.collection': 'é+#🙂',
    'cdi.export-date': '2026-07-03',
    'cdi.version': '01',
  });
});
