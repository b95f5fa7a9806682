import { existsSync, readdirSync } from 'node:fs';
import test from 'ava';
import { covers, coveringPrefix, parseSourceObject } from '../../schemas/source-object.ts';
import type { DataObject } from '../../schemas/source-object.ts';

const folder = 'corporate_storage/ucfs_main/2023/07/02/db/collection/';

const data = test.macro({
  exec(t, key: string, expected: Partial<DataObject>) {
    const parsed = parseSourceObject(key);
    t.like(parsed, expected);
    t.is(parsed.key, key);
  },
  title: (claim) => claim ?? '',
});

test('an original names its topic, partition, offsets, dates and collection', (t) => {
  const key =
    'corporate_storage/ucfs_main/2023/07/02/calculator/calculationParts/db.calculator.calculationParts_7_1000-1999.jsonl.gz';
  t.deepEqual(parseSourceObject(key), {
    kind: 'original',
    key,
    folder: 'corporate_storage/ucfs_main/2023/07/02/calculator/calculationParts/',
    topic: 'db.calculator.calculationParts',
    partition: 7,
    from: 1000n,
    to: 1999n,
    sourceDate: '2023-07-02',
    exportDate: '2023-07-03',
    topicCollection: { db: 'calculator', collection: 'calculationParts' },
  });
});

test('a single character makes it coalesced', data, `${folder}db.core.toDo_0_51_51.jsonl.gz`, {
  kind: 'coalesced',
  from: 51n,
  to: 51n,
});
test('a second coalesced copy has a number', data, `${folder}data.businessAudit_2_0_99999.jsonl.gz.2`, {
  kind: 'coalesced',
  copy: 2,
  topicCollection: { db: 'data', collection: 'businessAudit' },
});
test(
  'db and collection keep hyphens and dots, which the folder has lost',
  data,
  'a/2023/07/02/penalties_and_deductions/x/db.penalties-and-deductions.sanction_0_51-51.jsonl.gz',
  { topicCollection: { db: 'penalties-and-deductions', collection: 'sanction' } },
);
test(
  'a collection may hold a dot',
  data,
  'a/2023/07/02/crypto/encryptedData_unencrypted/db.crypto.encryptedData.unencrypted_1_0-9.jsonl.gz',
  { topicCollection: { db: 'crypto', collection: 'encryptedData.unencrypted' } },
);
test(
  'underscores and digits in a topic stay there',
  data,
  `${folder}db.a_1.b_2_3_4-5.jsonl.gz`.replace('a_1', 'a-1'),
  {
    topic: 'db.a-1.b_2',
    partition: 3,
    from: 4n,
    to: 5n,
  },
);
test(
  'offsets beyond 2^53 lose nothing',
  data,
  `${folder}data.equality_0_9007199254740993-9223372036854775807.jsonl.gz`,
  { from: 9007199254740993n, to: 9223372036854775807n },
);
test(
  'the archive directory may have any depth and awkward characters',
  data,
  'a +#/😀/2020/01/01/z/2024/02/28/d/c/db.d.c_0_0-0.jsonl.gz',
  { sourceDate: '2024-02-28', exportDate: '2024-02-29' },
);
test('the archive directory may be missing', data, '2023/12/31/d/c/db.d.c_0_0-0.jsonl.gz', {
  exportDate: '2024-01-01',
});

const other = test.macro({
  exec(t, key: string, why: RegExp) {
    const parsed = parseSourceObject(key);
    t.is(parsed.kind, 'other');
    t.is(parsed.key, key);
    t.regex(parsed.kind === 'other' ? parsed.why : '', why);
  },
  title: (claim) => `${claim} is not data`,
});

test('a folder marker', other, folder, /named/);
test('the empty key', other, '', /named/);
test('a manifest', other, `${folder}_manifest.txt`, /named/);
test('a manifest of the dump', other, `${folder}db.a.b_0_1-db.a.b_0_2.txt`, /named/);
test(
  'an end-to-end test file',
  other,
  `${folder}db.core.toDo_0_1-7b1f0c1e-2222-4b4b-8d8d-000000000003.jsonl.gz`,
  /UUID/,
);
test('an original with a copy number', other, `${folder}db.core.toDo_0_1-2.jsonl.gz.2`, /named/);
test('a name that ends in a newline', other, `${folder}db.core.toDo_0_1-2.jsonl.gz\n`, /named/);
test('a name in other digits', other, `${folder}db.core.toDo_٠_1-2.jsonl.gz`, /named/);
test('a range that ends before it starts', other, `${folder}db.core.toDo_0_2-1.jsonl.gz`, /offset/);
test('an offset that is no long', other, `${folder}db.core.toDo_0_1-9223372036854775808.jsonl.gz`, /range/);
test('a partition that is no int', other, `${folder}db.core.toDo_2147483648_1-2.jsonl.gz`, /range/);
test('a topic without a collection', other, `${folder}businessAudit_0_1-2.jsonl.gz`, /topic/);
test('a key without a date', other, 'a/b/c/db.core.toDo_0_1-2.jsonl.gz', /date/);
test('an impossible date', other, 'a/2023/02/29/d/c/db.core.toDo_0_1-2.jsonl.gz', /impossible/);
test('a date of longer numbers', other, 'a/12023/02/21/d/c/db.core.toDo_0_1-2.jsonl.gz', /date/);

function dataObject(key: string): DataObject {
  const parsed = parseSourceObject(key);
  if (parsed.kind === 'other') throw new Error(parsed.why);
  return parsed;
}

const coverage = test.macro({
  exec(t, coalescedKey: string, originalKey: string, expected: boolean) {
    t.is(covers(dataObject(coalescedKey), dataObject(originalKey)), expected);
  },
  title: (claim) => `R-404: ${claim}`,
});
const original = `${folder}db.core.toDo_1_10-19.jsonl.gz`;

test(
  'a coalesced object covers a range it contains',
  coverage,
  `${folder}db.core.toDo_1_0_99.jsonl.gz`,
  original,
  true,
);
test('a copy covers too', coverage, `${folder}db.core.toDo_1_10_19.jsonl.gz.3`, original, true);
test(
  'a range that starts later does not cover',
  coverage,
  `${folder}db.core.toDo_1_11_99.jsonl.gz`,
  original,
  false,
);
test(
  'a range that ends earlier does not cover',
  coverage,
  `${folder}db.core.toDo_1_0_18.jsonl.gz`,
  original,
  false,
);
test('another partition does not cover', coverage, `${folder}db.core.toDo_11_0_99.jsonl.gz`, original, false);
test(
  'another topic does not cover',
  coverage,
  `${folder}db.core.toDoArchive_1_0_99.jsonl.gz`,
  original,
  false,
);
test('an original does not cover', coverage, `${folder}db.core.toDo_1_0-99.jsonl.gz`, original, false);
test(
  'another day does not cover',
  coverage,
  `${folder.replace('/02/', '/03/')}db.core.toDo_1_0_99.jsonl.gz`,
  original,
  false,
);

test('the covering prefix finds covering objects and not those of partition 11', (t) => {
  const prefix = coveringPrefix(dataObject(original));
  t.true(`${folder}db.core.toDo_1_0_99.jsonl.gz`.startsWith(prefix));
  t.false(`${folder}db.core.toDo_11_0_99.jsonl.gz`.startsWith(prefix));
});

// A bucket of another maker, for whoever has it beside the checkout.
const golden = new URL('../../../shared/golden/bucket/corporate/', import.meta.url);
if (existsSync(golden)) {
  test('every object of the golden bucket but the planted two is data', (t) => {
    const others = readdirSync(golden, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => parseSourceObject(`${entry.parentPath}/${entry.name}`))
      .filter((object) => object.kind === 'other')
      .map(({ key }) => key.slice(key.lastIndexOf('/') + 1));
    t.deepEqual(others.toSorted(), ['_manifest.txt', 'db.core.toDo_0_0-1-5d3c7a.jsonl.gz']);
  });
}
