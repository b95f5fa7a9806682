import test from 'ava';
import {
  areaPrefix,
  certificateKey,
  collectionPrefix,
  dayPrefix,
  fitsKey,
  floorKey,
  namesOfPrefix,
  parsePublishedKey,
  publishedKey,
  typedTablePrefix,
  versionOfPrefix,
  versionPrefix,
} from '../../schemas/layout.ts';

const day = { db: 'crypto', collection: 'encryptedData.unencrypted', exportDate: '2026-11-18' };

test('ordinary names stay as they are', (t) => {
  t.is(
    publishedKey({ area: 'live', ...day, name: 'ab12-0' }),
    'corporate_data_ingestion/live/crypto/encryptedData.unencrypted/export_date=2026-11-18/ab12-0.orc',
  );
  t.is(
    publishedKey({
      area: 'quarantine',
      ...day,
      db: 'penalties-and-deductions',
      collection: 'a_b',
      name: 'ab12',
    }),
    'corporate_data_ingestion/quarantine/penalties-and-deductions/a_b/export_date=2026-11-18/ab12.jsonl',
  );
});

// Beside odd names, names that look like the escapes of others, to provoke a collision.
const names = [
  ...[
    'core',
    '',
    '.',
    '..',
    '...',
    '/',
    'a/b',
    '../..',
    'a b',
    'a+b',
    'a#b',
    '😀',
    'é',
    'e\u0301',
    'ß',
    '\0',
    '\n',
  ],
  ...[
    '%',
    '%%',
    '%.',
    '%..',
    '%2E',
    '%2E%2E',
    '%2F',
    'a%2Fb',
    '%uD800',
    '%25',
    'export_date=2026-11-18',
    '*',
    '\\',
    'C:',
  ],
  ...['\uD800', '\uDE00', '\uD800\uDE00x', '\uDE00\uD800', '__proto__', 'constructor', 'a'.repeat(240)],
];

test('any name comes back from its key, stays in its place and collides with no other', (t) => {
  const keys = names.flatMap((name) =>
    [
      { ...day, db: name },
      { ...day, collection: name },
    ].map((named) => {
      const file = { area: 'live', ...named, name: 'part' } as const;
      const key = publishedKey(file);
      t.deepEqual(parsePublishedKey(key), file);
      t.true(key.startsWith(areaPrefix('live')) && key.startsWith(dayPrefix('live', named)));
      t.is(new URL(key, 'file:///bucket/').pathname.split('/').length, 8, key);
      t.regex(key, /^[-.\w%=/]+$/);
      t.true(key.length < 1024 && key.split('/').every((segment) => segment.length <= 255 && segment !== ''));
      return key;
    }),
  );
  t.is(new Set(keys).size, keys.length);
});

test('a name too long for a key is told before and refused', (t) => {
  const long = { ...day, collection: '😀'.repeat(21) };
  t.false(fitsKey(long));
  t.true(fitsKey({ ...day, collection: '😀'.repeat(20) }));
  t.throws(() => publishedKey({ area: 'live', ...long, name: 'part' }), { instanceOf: RangeError });
});

const foreign = test.macro({
  exec: (t, key: string) => t.is(parsePublishedKey(`corporate_data_ingestion/${key}`), undefined),
  title: (claim) => `${claim} is not parsed`,
});
test('another area', foreign, 'constructor/a/b/export_date=2026-11-18/part.orc');
test('another extension', foreign, 'live/a/b/export_date=2026-11-18/part.jsonl');
test('a deeper key', foreign, 'live/a/b/export_date=2026-11-18/version=1/part.orc');
test('a malformed date', foreign, 'live/a/b/export_date=20261118/part.orc');
test('an escape that was not needed', foreign, 'live/%61/b/export_date=2026-11-18/part.orc');
test('an escape in lower case', foreign, 'live/a%2fb/b/export_date=2026-11-18/part.orc');
test('an escape of invalid UTF-8', foreign, 'live/%FF/b/export_date=2026-11-18/part.orc');
test('a surrogate pair in halves', foreign, 'live/%uD83D%uDE00/b/export_date=2026-11-18/part.orc');
test('an unescaped character', foreign, 'live/a b/b/export_date=2026-11-18/part.orc');

test('what is not a file of a day has its place, too', (t) => {
  const folder = 'crypto/encryptedData.unencrypted';
  t.is(certificateKey(day), `corporate_data_ingestion/certificates/${folder}/2026-11-18.json`);
  t.is(floorKey(day), `corporate_data_ingestion/floors/${folder}/2026-11-18.json`);
  for (const area of ['changes', 'exports', 'tombstones'] as const) {
    t.is(dayPrefix(area, day), `corporate_data_ingestion/${area}/${folder}/export_date=2026-11-18/`);
  }
  const table = { database: 'uc', table: 'a b' };
  t.is(typedTablePrefix(table), 'corporate_data_ingestion/tables/uc/a%20b/');
  t.is(
    typedTablePrefix(table, { key: 'date_str', value: '2026-11-18' }),
    'corporate_data_ingestion/tables/uc/a%20b/date_str=2026-11-18/',
  );
});

test('a collection comes back from its folder in any area', (t) => {
  for (const name of names) {
    for (const collection of [
      { db: name, collection: 'b' },
      { db: 'a', collection: name },
    ]) {
      for (const area of ['live', 'certificates'] as const) {
        t.deepEqual(namesOfPrefix(collectionPrefix(area, collection)), collection);
      }
    }
  }
});

test('a version comes back from its folder', (t) => {
  const prefix = versionPrefix(dayPrefix('changes', day), '0123456789abcdef');
  t.is(
    prefix,
    'corporate_data_ingestion/changes/crypto/encryptedData.unencrypted/export_date=2026-11-18/version=0123456789abcdef/',
  );
  t.is(versionOfPrefix(prefix), '0123456789abcdef');
});

const isNoVersion = test.macro((t, prefix: string) => t.is(versionOfPrefix(prefix), undefined));
test('the folder of live parts is no version', isNoVersion, dayPrefix('live', day));
test('a file of a version is no version', isNoVersion, 'a/version=12/00-ff-0.orc');
test('a folder inside a version is no version', isNoVersion, 'a/version=12/b/');
test('a version has a name of hex digits', isNoVersion, 'a/version=x1/');

const isNoCollection = test.macro({
  exec: (t, prefix: string) => t.is(namesOfPrefix(prefix), undefined),
  title: (claim) => `${claim} is no collection's`,
});
test('the folder of an area', isNoCollection, areaPrefix('live'));
test('the folder of a database', isNoCollection, 'corporate_data_ingestion/live/a/');
test('the folder of a day', isNoCollection, dayPrefix('live', day));
test('a folder with an escape that was not needed', isNoCollection, 'corporate_data_ingestion/live/a/%61/');
test('a folder with a character that needs one', isNoCollection, 'corporate_data_ingestion/live/a/b c/');
test('a folder of somebody else', isNoCollection, 'other/live/a/b/');
