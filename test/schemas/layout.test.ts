import test from 'ava';
import { areaPrefix, dayPrefix, fitsKey, parsePublishedKey, publishedKey } from '../../schemas/layout.ts';

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
