import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { QUARANTINE_REASONS } from '../../../consumer/record/reason.ts';
import { fixtureRecords } from '../../helpers/make-fixture-records.ts';
import { asExpected, lineReader, type ExpectedRow } from '../../helpers/read-line.ts';

interface GoldenRecord {
  readonly n: number;
  readonly topic: string;
  readonly line: string;
  readonly expect: ExpectedRow | { readonly quarantine: string };
}

const fixture = readFileSync(new URL('../../fixtures/records.jsonl', import.meta.url), 'utf8');
const shared = new URL('../../../../shared/golden/records.jsonl.gz', import.meta.url);

const becomeWhatTheyMust = test.macro((t, records: readonly GoldenRecord[]) => {
  const readLine = lineReader();
  for (const { n, topic, line, expect } of records) {
    t.deepEqual(asExpected(readLine(line, topic)), expect, `record ${n}`);
  }
});

test('the records of the fixture become what they must', becomeWhatTheyMust, recordsOf(fixture));

test('the fixture has rows and every reason of a line', (t) => {
  const expected = new Set(
    recordsOf(fixture).map(({ expect }) => ('val' in expect ? 'row' : expect.quarantine)),
  );
  const ofLines = QUARANTINE_REASONS.filter((reason) => !reason.endsWith('gzip'));
  t.deepEqual([...expected].toSorted(), ['row', ...ofLines].toSorted());
});

test('the fixture is what its maker writes', (t) => {
  t.is(fixture, fixtureRecords());
});

if (existsSync(shared)) {
  const records = recordsOf(gunzipSync(readFileSync(shared)).toString());
  test('the golden records become what they must', becomeWhatTheyMust, records);
} else {
  test('there are no golden records beside this checkout', (t) => {
    t.log('skipped');
    t.pass();
  });
}

function recordsOf(text: string): GoldenRecord[] {
  return text
    .trimEnd()
    .split('\n')
    .map((json) => JSON.parse(json) as GoldenRecord);
}
