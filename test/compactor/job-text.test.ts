import test from 'ava';
import { JobTextError, jobText, parseJob } from '../../compactor/job-text.ts';
import type { Job, MergeJob } from '../../compactor/jobs.ts';

const merge: MergeJob = {
  kind: 'merge',
  rule: 'delete-wins',
  inputs: [[{ key: 'a b+#🙂.orc', size: 3 }], []],
  ranges: [{ first: 0, last: 255 }],
  prefix: 'version=1/',
  tombstonesPrefix: 'apart/',
  compression: 'ZSTD',
  userMetadata: { 'cdi.db': 'core', 'cdi.collection': 'toDo' },
  mostInputs: 256,
  readSizes: { batchSize: 128, batchBytes: 256, windowBytes: 512 },
};
const { tombstonesPrefix: _, ...plain } = merge;
const typed: Job = {
  kind: 'typed',
  file: { key: 'x.orc', size: 9 },
  key: 'y.orc',
  columns: '`a` STRING',
  paths: { a: '$' },
  isCaseSensitive: false,
  compression: 'ZLIB',
  userMetadata: {},
};

test('a job is read back from its text, however its members were ordered', (t) => {
  for (const job of [merge, plain, typed, { ...typed, isCaseSensitive: true }]) {
    t.deepEqual(parseJob(jobText(job)), job);
    t.deepEqual(parseJob(JSON.stringify(Object.fromEntries(Object.entries(job).toReversed()))), job);
  }
});

test('metadata keeps its order, which is that in files', (t) => {
  t.deepEqual(Object.keys(parseJob(jobText(merge)).userMetadata), ['cdi.db', 'cdi.collection']);
});

test('what is not a job is refused, and what has more members or fewer', (t) => {
  const wrong = [
    { ...merge, rule: 'oldest' },
    { ...merge, more: 1 },
    { ...merge, inputs: [{}] },
    { ...typed, isCaseSensitive: 'no' },
    { ...typed, kind: 'other' },
  ];
  const texts = ['', 'null', ...wrong.map((job) => jobText(job as unknown as Job))];
  for (const text of texts) t.throws(() => parseJob(text), { instanceOf: JobTextError }, text);
});
